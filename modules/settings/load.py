"""Reads the fleet's settings from a folder of YAML files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from modules.settings.fleet import Fleet

SHARED = ("organisation", "tenant", "account")


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def load_fleet(folder: Path) -> Fleet:
    """Return the fleet that `folder` describes."""
    clusters = [_read(path) for path in sorted(folder.glob("*.yaml")) if path.stem not in SHARED]
    return Fleet.model_validate({**{name: _read(folder / f"{name}.yaml") for name in SHARED}, "clusters": clusters})

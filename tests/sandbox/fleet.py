"""Writes a fleet for a sandbox: local state, charts from a folder, nothing that only a real account could give."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules.settings.fleet import Fleet

Change = Callable[[dict[str, Any]], None]


def sandboxed(fleet: Fleet, *, change: Change | None = None) -> Fleet:
    """Return `fleet` with its state beside each stack and, after `change` of its plain data, checked anew."""
    data = fleet.model_dump()
    data["organisation"]["state"]["backend"] = "local"
    if change is not None:
        change(data)
    return Fleet.model_validate(data)


def synthesize(fleet: Fleet, folder: Path) -> Path:
    """Write `fleet` to `folder` and return the folder of its stacks."""
    from modules import app

    folder.mkdir(parents=True, exist_ok=True)
    app.synthesize(fleet, folder)
    return folder / "stacks"


def charts_folder() -> Path | None:
    """Return the folder of charts that `CHARTS_DIR` names."""
    named = os.environ.get("CHARTS_DIR")
    return Path(named).resolve() if named else None


def remote_charts(stack: Path) -> dict[str, str]:
    """Return the repositories that a stack fetches charts from, by chart."""
    content = json.loads((stack / "cdk.tf.json").read_text())
    releases = content.get("resource", {}).get("helm_release", {}).values()
    return {each["chart"]: each["repository"] for each in releases if "repository" in each}


def take_charts_from(stack: Path, charts: Path) -> None:
    """Let the releases of a stack take their charts from a folder, where they are the same charts without a network."""
    path = stack / "cdk.tf.json"
    content = json.loads(path.read_text())
    for release in content["resource"]["helm_release"].values():
        if release.pop("repository", None) is not None:
            release.pop("version")
            release["chart"] = str(charts / release["chart"])
    path.write_text(json.dumps(content, indent=2))

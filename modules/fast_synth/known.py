"""Says whether the installed packages are those whose inside a short cut knows."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping

Versions = Mapping[str, tuple[str, ...]]
"""Packages and the versions that are known of each."""


def are_known(packages: Versions) -> bool:
    """Return whether at least one of the packages is installed, and each that is in a version that is known."""
    found = {name: _version(name) for name in packages}
    installed = {name: version for name, version in found.items() if version is not None}
    return bool(installed) and all(version in packages[name] for name, version in installed.items())


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None

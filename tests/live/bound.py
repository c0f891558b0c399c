"""A stack bound to servers here: they stand in the place of EKS, and charts from a folder in that of their repositories."""

from __future__ import annotations

import json
from pathlib import Path

from tests import toolchain
from tests.decisions.rendering import Helm
from tests.live.servers import Servers
from tests.sandbox.terraform import Providers, missing_terraform, providers_at_hand


def at_hand(folder: Path, charts: Helm | None) -> tuple[Providers, str]:
    """Return the providers of the stack in `folder`, and why it cannot be bound to servers here; empty where it can."""
    if reason := missing_terraform():
        return Providers({}, None), reason
    providers = providers_at_hand([folder], folder.parent / "providers")
    lacking = [
        *toolchain.missing(*toolchain.CONTROL_PLANE),
        *providers.lacking(folder),
        *([] if charts else ["the real charts"]),
    ]
    return providers, f"not at hand: {', '.join(lacking)}" if lacking else ""


def bind(path: Path, servers: Servers, charts: Helm) -> frozenset[str]:
    """Bind the stack in the file `path` and return its addresses."""
    stack = json.loads(path.read_text())
    cluster = servers.connection()
    stack["provider"] = {"kubernetes": [cluster], "helm": [{"kubernetes": cluster}]}
    for release in stack["resource"]["helm_release"].values():
        if "repository" in release:
            charts.require_pinned_version(release)
            release["chart"] = str(charts.charts[release["chart"]])
            del release["repository"], release["version"]
    path.write_text(json.dumps(stack))
    return frozenset(f"{type_}.{name}" for type_, named in stack["resource"].items() for name in named)

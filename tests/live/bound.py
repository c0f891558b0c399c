"""A stack bound to servers here: they stand in the place of EKS, and charts from a folder in that of their repositories."""

from __future__ import annotations

import json
from pathlib import Path

from tests.decisions.rendering import Helm
from tests.live.servers import Servers


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

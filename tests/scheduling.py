"""How the workers of a run share the tests.

They are handed out by the folder where its tests share something costly, else by file: handing out thousands of tests
one by one keeps both cores busy with that alone for ten seconds. Tests with an `xdist_group` go by that.
"""

from __future__ import annotations

from typing import Final

from xdist.scheduler import LoadGroupScheduling

COSTLY: Final = ("policies", "synth", "providers", "live", "aws", "login")
"""Folders whose tests share something costly, such as servers: each runs in one worker, and they begin in this order."""


def place(path: str) -> int:
    """Return where a test's file, such as `tests/live/test_alerts.py`, stands in the order of a run."""
    folder = path.split("/")[1]
    return COSTLY.index(folder) if folder in COSTLY else len(COSTLY)


class ByFolderAndFile(LoadGroupScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands out tests by group, costly folder or file."""

    def _split_scope(self, nodeid: str) -> str:
        """Return what a test is handed out with."""
        group = str(super()._split_scope(nodeid))
        if group != nodeid:
            return group
        path = nodeid.partition("::")[0]
        return path.split("/")[1] if place(path) < len(COSTLY) else path

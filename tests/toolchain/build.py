"""Build the live tests' tools that are missing: `python tests/toolchain/build.py [TOOL ...] [--list]`.

Every tool is built from its pinned Go module beside this file into a folder of the cache that is named by its version.
A tool appears there only when it is whole: interrupting or starting the command twice does no harm.

Exit status: 0 when every tool asked for is there, 1 when a build failed, 2 when it cannot start (no Go, an unknown
tool, a cache that cannot be written to), 130 when interrupted.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests import toolchain
from tests.toolchain import TOOLS, Tool, ToolchainError

PROGRESS_SECONDS: Final = 15.0
"""Time between two lines of progress where the output is not a terminal."""

_PARTIAL: Final = ".partial-"
_COMPLAINT_LINES: Final = 20
_CLEAR_LINE: Final = "\r\033[K"


class BuildError(Exception):
    """Go ran and could not build a tool."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="build.py", description="Build the live tests' tools that are missing.")
    parser.add_argument("tools", nargs="*", metavar="TOOL", help=f"one of {', '.join(TOOLS)}; all when none is named")
    parser.add_argument("--list", action="store_true", help="say of each tool its version and where it is, and end")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        unknown = [name for name in options.tools if name not in TOOLS]
        if unknown:
            raise ToolchainError(f"no tool is called {', '.join(unknown)}; there are {', '.join(TOOLS)}")
        chosen = list(options.tools) or list(TOOLS)
        if options.list:
            print_list(chosen)
        else:
            build_missing(chosen)
    except BuildError as error:
        return _complain(error, 1)
    except (ToolchainError, OSError) as error:
        return _complain(error, 2)
    except KeyboardInterrupt:
        return _complain("interrupted; what is built stays, run it again for the rest", 130)
    return 0


def print_list(names: list[str]) -> None:
    """Print each tool's name, version and place, or `missing`."""
    for name in names:
        sys.stdout.write(f"{name:<24}{toolchain.version(TOOLS[name]):<12}{toolchain.locate(name) or 'missing'}\n")


def build_missing(names: list[str]) -> None:
    """Build those of `names` that are not in the cache, one after the other.

    Raises ToolchainError when Go or a writable cache is wanting, BuildError when Go fails.
    """
    absent = toolchain.missing(*names)
    if not absent:
        _say(f"all there, nothing to build: {', '.join(names)}")
        return
    go = shutil.which("go")
    if go is None:
        raise ToolchainError(f"Go is not installed (no `go` on PATH), so not built: {', '.join(absent)}")
    with _sole_builder(toolchain.cache_folder()):
        absent = toolchain.missing(*names)
        for position, name in enumerate(absent, start=1):
            _build(TOOLS[name], go, f"[{position}/{len(absent)}] {name} {toolchain.version(TOOLS[name])}")


def _build(tool: Tool, go: str, title: str) -> None:
    target = toolchain.binary(tool)
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=toolchain.cache_folder()))
    linking = " ".join(["-s", "-w", *(f"-X {stamp}" for stamp in toolchain.stamps(tool))])
    command = [go, "build", "-v", "-ldflags", linking, "-o", str(partial / tool.name), tool.package]
    started = time.monotonic()
    try:
        _run_go(command, toolchain.module_folder(tool), title)
        partial.chmod(0o755)
        # A folder that is here holds no whole tool, else it would not be built again.
        shutil.rmtree(target.parent, ignore_errors=True)
        partial.rename(target.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _say(f"{title}: built in {time.monotonic() - started:.0f} s: {target}")


def _run_go(command: list[str], folder: Path, title: str) -> None:
    progress = _Progress(title)
    environment = os.environ | toolchain.GO_SETTINGS
    # A session of its own, so that an interrupt ends the compilers that Go started as well.
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
    )  # fmt: skip
    last: deque[str] = deque(maxlen=_COMPLAINT_LINES)
    try:
        with progress:
            assert process.stderr is not None
            _follow(process.stderr, progress, last)
            status = process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if status != 0:
        raise BuildError(f"{title}: go ended with {status}:\n" + "".join(f"  {line}\n" for line in last).rstrip())


def _follow(lines: IO[str], progress: _Progress, last: deque[str]) -> None:
    for line in lines:
        text = line.rstrip()
        last.append(text)
        if text.startswith("go: downloading "):
            progress.downloaded += 1
        elif " " not in text:
            progress.compiled += 1


class _Progress:
    """Says from time to time how far a build is: every second on a terminal, else every `PROGRESS_SECONDS`."""

    def __init__(self, title: str) -> None:
        self.downloaded = 0
        self.compiled = 0
        self._title = title
        self._started = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._ended = threading.Event()
        self._teller = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> None:
        _say(f"{self._title}: building")
        self._teller.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._teller.join()
        if self._terminal:
            _write(_CLEAR_LINE)

    def _tell(self) -> None:
        while not self._ended.wait(1.0 if self._terminal else PROGRESS_SECONDS):
            text = (
                f"{self._title}: {time.monotonic() - self._started:.0f} s, "
                f"{self.downloaded} modules fetched, {self.compiled} packages compiled"
            )
            if self._terminal:
                _write(_CLEAR_LINE + text)
            else:
                _say(text)


@contextmanager
def _sole_builder(cache: Path) -> Iterator[None]:
    """Hold the cache for this process; what an earlier build left unfinished is removed."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"another build is at work in {cache}; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in cache.glob(f"{_PARTIAL}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _complain(reason: object, status: int) -> int:
    _say(str(reason))
    return status


def _say(text: str) -> None:
    _write(f"toolchain: {text}\n")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())

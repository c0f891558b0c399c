"""Server processes that end with the session, even where it is killed."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.sandbox.companions import MODEST, die_with_parent


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nothing listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Processes:
    """What one set of servers runs, in the order in which it was started; the last one ends first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        atexit.register(self.stop)

    def start(self, command: Sequence[str | Path]) -> None:
        """Start a server; its log is `<name>.log` in the folder."""
        name = Path(command[0]).name
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [os.fspath(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=os.environ | MODEST,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._running.append((name, process))

    def log(self, name: str) -> str:
        """The end of a server's log."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]

    def wait_until(self, ready: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
        """Wait for `ready`; raises RuntimeError with the log of a server that ended, or when `seconds` are over."""
        deadline = time.monotonic() + seconds
        while not ready():
            for name, process in self._running:
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended with {process.returncode}:\n{self.log(name)}")
            if time.monotonic() > deadline:
                logs = "\n".join(self.log(name) for name, _ in self._running)
                raise RuntimeError(f"{what} is not ready after {seconds} s:\n{logs}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End all servers: nothing they keep outlives the session, so none is asked twice."""
        for _, process in reversed(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()
        atexit.unregister(self.stop)

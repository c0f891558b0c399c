"""What is common to the processes beside a test run: they tell in a file, and end with the run."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


def tell(live: Callable[[Path], dict[str, Any]], result: Path) -> None:
    """Write what happened to a file; end at once, with all children, when the standard input does."""
    gc.disable()  # a life of minutes, in which little becomes garbage
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    folder = result.parent / result.stem
    folder.mkdir()
    with _mark(result).open("w") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)  # until the end, whatever that is
        told = json.dumps(live(folder))
        # Whoever waits for the file finds it whole.
        part = result.with_suffix(".part")
        part.write_text(told)
        part.replace(result)


def _mark(result: Path) -> Path:
    return result.with_suffix(".alive")


def has_ended(result: Path) -> bool:
    """Whether the process that is to write `result` has begun and is no more."""
    if not _mark(result).exists():
        return False
    with _mark(result).open() as alive:
        try:
            fcntl.flock(alive, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _end_with_the_caller() -> None:
    sys.stdin.read()
    os.killpg(os.getpgid(0), signal.SIGKILL)

"""What is common to the processes beside a test run: they tell in a file, and end with the run."""

from __future__ import annotations

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
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    folder = result.parent / result.stem
    folder.mkdir()
    told = json.dumps(live(folder))
    # Whoever waits for the file finds it whole.
    part = result.with_suffix(".part")
    part.write_text(told)
    part.replace(result)


def _end_with_the_caller() -> None:
    sys.stdin.read()
    os.killpg(os.getpgid(0), signal.SIGKILL)

"""Programs that stand by while others come and go, and end with the one that started them, even where that is killed."""

from __future__ import annotations

import ctypes
import signal
import sys
from typing import Final

MODEST: Final = {"GOGC": "400", "GOMAXPROCS": "1"}
"""What servers are told: to look for garbage seldom, and to leave alone the second core, on which the tests run."""
PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Let the process that is about to become a program end with the thread that started it."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

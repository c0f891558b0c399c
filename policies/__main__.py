"""Entry point of `python -m policies`."""

from __future__ import annotations

import gc
import os
import sys

from policies.cli import main


def run() -> int:
    """Run the command line and write out all that it said; 2 where that cannot be written."""
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return 2
    return code


if __name__ == "__main__":
    gc.disable()  # one run, then the end: walking the model for garbage would double the time
    os._exit(run())  # and taking the model apart, piece by piece, would take a tenth of it

"""Entry point of `python -m policies`."""

from __future__ import annotations

import gc
import sys

from policies.cli import main

if __name__ == "__main__":
    gc.disable()  # one run, then the end: walking the model for garbage would double the time
    sys.exit(main())

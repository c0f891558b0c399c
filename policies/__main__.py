"""Entry point of `python -m policies`."""

from __future__ import annotations

import sys

from policies.cli import main

if __name__ == "__main__":
    sys.exit(main())

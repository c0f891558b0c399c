"""Writes the Terraform JSON of the whole fleet: `python main.py --help`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def main() -> int:
    """Run the command line; return the exit code."""
    from modules.app import build_app
    from modules.settings.load import load_fleet

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=Path, default=Path(__file__).with_name("clusters"))
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("CDKTF_OUTDIR") or "terraform-out"))
    options = parser.parse_args()
    fleet = load_fleet(options.clusters)
    build_app(fleet, options.out).synth()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

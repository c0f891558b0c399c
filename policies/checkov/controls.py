"""Registers every control with checkov, which runs this file when it is given this folder."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # checkov starts anywhere and loses what fails to import

from policies.second_engine.asked import reads_terraform

if reads_terraform():
    from policies.second_engine.checks import register  # takes long to load, and a dozen runners have no use for it

    register()

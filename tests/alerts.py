"""Alert rules in Prometheus's own rule engine: which of them fire on given series."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

from tests.sandbox.terraform import SHORT_LIVED

Report = dict[str, Any]
MINUTES: Final = 16
"""How long series are evaluated: one minute more than the rules wait."""


def evaluate(evaluator: Path, rules: list[Any], series: list[Any]) -> Report:
    """Return what the engine says of `rules` on `series` of `MINUTES`."""
    scenario = {"rules": rules, "series": series, "duration": f"{MINUTES}m"}
    done = subprocess.run(
        [evaluator],
        input=json.dumps(scenario),
        env=os.environ | SHORT_LIVED,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: Report = json.loads(done.stdout)
    return report


def firing(report: Report) -> set[tuple[str, str]]:
    """Return name and resource of each alert that fires at the end."""
    return {
        (alert["alert"], one["labels"].get("resource", ""))
        for alert in report["alerts"]
        for one in alert["instances"]
        if one["state"] == "firing"
    }

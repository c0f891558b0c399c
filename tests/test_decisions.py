"""Every control on every cluster of the committed output, one test each: `pytest tests/test_decisions.py -k "D15 and live"`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from policies.cli import EXCEPTIONS
from policies.engine.control import Control, load_controls
from policies.engine.exceptions import CONTROL, read_exceptions
from policies.engine.judge import Report, check
from policies.engine.load import load

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "terraform-out"
CONTROLS = load_controls()
CLUSTERS = sorted(
    path.name.removesuffix("-workloads") for path in (OUTPUT / "stacks").glob("*-workloads") if path.is_dir()
)
CASES = [
    pytest.param(control, cluster, id=f"{control.id}-{cluster or 'estate'}")
    for control in CONTROLS.values()
    for cluster in (CLUSTERS if control.scope == "cluster" else [""])
]


@pytest.fixture(scope="module")
def report() -> Report:
    exceptions = read_exceptions(EXCEPTIONS, CONTROLS | {CONTROL.id: CONTROL})
    return check(load([OUTPUT]), today=date.today(), exceptions=exceptions)


@pytest.mark.parametrize(("control", "cluster"), CASES)
def test_decision(control: Control, cluster: str, report: Report) -> None:
    results = [each for each in report.results if each.control.id == control.id and each.cluster == cluster]
    assert results, f"{control.id} did not run"
    broken = [each.message for each in results if each.verdict in ("FAIL", "UNKNOWN")]
    assert not broken, "\n".join([*broken, f"decided: {control.title}", f"mend: {control.remediation}"])


def test_the_whole(report: Report) -> None:
    assert CLUSTERS, f"{OUTPUT} shows no cluster"
    assert report.verdict == "holds"
    assert {each.cluster for each in report.results if each.cluster} == {*CLUSTERS}

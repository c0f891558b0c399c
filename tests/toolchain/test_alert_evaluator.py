"""The alert evaluator as the live tests use it: JSON in, JSON out. Its own Go tests say what it does in detail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import toolchain

RULE = {"alert": "NodesFull", "expr": "1 - free / total > 0.9", "for": "10m", "labels": {"severity": "warning"}}


@pytest.fixture
def go_modules() -> str:
    """Go, with the modules of the evaluator."""
    found = shutil.which("go")
    assert found is not None
    return found


def evaluate(evaluator: Path, scenario: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([evaluator], input=json.dumps(scenario), capture_output=True, text=True, check=False)


def scenario(free: str) -> dict[str, Any]:
    return {
        "rules": [RULE],
        "series": [{"series": "total", "values": "100x60"}, {"series": "free", "values": free}],
        "interval": "1m",
        "duration": "1h",
    }


def test_a_full_cluster_fires_after_the_rules_time(evaluator: Path) -> None:
    done = evaluate(evaluator, scenario("50x19 5x40"))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    [alert] = report["alerts"]
    assert (alert["alert"], alert["state"], alert["ever_fired"]) == ("NodesFull", "firing", True)
    [instance] = alert["instances"]
    assert instance["labels"] == {"alertname": "NodesFull", "severity": "warning"}
    assert (instance["first_active"], instance["first_firing"], instance["last_firing"]) == (1200, 1800, 3600)
    assert report["evaluations"] == 61
    assert report["selectors_without_series"] == []


def test_a_cluster_with_room_fires_nothing(evaluator: Path) -> None:
    report = json.loads(evaluate(evaluator, scenario("50x60")).stdout)
    assert report["alerts"] == [{"alert": "NodesFull", "state": "inactive", "ever_fired": False, "instances": []}]


def test_its_own_tests_pass(go_modules: str) -> None:
    tool = toolchain.TOOLS["alert-evaluator"]
    done = subprocess.run(
        [go_modules, "test", "./..."],
        cwd=toolchain.module_folder(tool),
        env={**os.environ, **toolchain.GO_SETTINGS, **toolchain.OFFLINE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no test files" not in done.stdout


def test_one_scenario_gives_one_report(evaluator: Path) -> None:
    assert evaluate(evaluator, scenario("5x60")).stdout == evaluate(evaluator, scenario("5x60")).stdout


def test_a_bad_rule_is_named(evaluator: Path) -> None:
    done = evaluate(evaluator, {**scenario("5x60"), "rules": [{**RULE, "expr": "free >"}]})
    assert done.returncode == 2
    assert done.stdout == ""
    assert "rules[0]: expr" in done.stderr

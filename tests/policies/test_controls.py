"""The controls themselves: each belongs to a decision, sees objects, and is the only one to see a violation of its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from policies.catalogue import DECISIONS
from policies.engine.control import Control, load_controls
from policies.engine.judge import check
from policies.engine.load import load
from tests.policies.judged import TODAY, failed, judge
from tests.violations.catalogue import violations

CONTROLS = load_controls()
ROOT = Path(__file__).resolve().parents[2]


def silent(_: Any) -> None:
    """A control that was emptied."""


@pytest.mark.parametrize("control", CONTROLS.values(), ids=list(CONTROLS))
def test_control_is_sound(control: Control) -> None:
    assert control.decision in DECISIONS or control.decision == "X" or control.decision[0] == "B"
    assert control.judge.__doc__, "says nothing of itself"
    assert control.title[0].isupper()
    assert not control.title.endswith(".")
    if control.decision in DECISIONS:
        places = control.module.removeprefix("policies.").split(".")
        assert DECISIONS[control.decision].name in places, "stands in a module of another name than its decision"
        assert control.references, "names no heading"
        assert control.references[0] == DECISIONS[control.decision].heading


@pytest.mark.parametrize("control", CONTROLS)
def test_control_has_a_violation(control: str) -> None:
    killed = [each for each in violations() if each.kills == control]
    assert len(killed) >= 2, f"two ways to break {control} are asked for, there are {len(killed)}"


@pytest.mark.parametrize("control", [each for each in CONTROLS if not each.startswith("X")])
def test_emptied_control_fails(control: str, synthesized: Any, synthesized_folder: Path) -> None:
    """A control that looks at nothing, whatever its presence says, does not pass."""
    import dataclasses

    emptied = dataclasses.replace(CONTROLS[control], judge=silent, presence=())
    report = judge(synthesized, folder=synthesized_folder, controls={control: emptied})
    assert control in failed(report)


def test_raising_control_fails(synthesized: Any) -> None:
    import dataclasses

    def raising(_: Any) -> None:
        raise KeyError("enabled_cluster_log_types")

    broken = dataclasses.replace(CONTROLS["D15-all-log-types"], judge=raising)
    assert "raised KeyError" in str(failed(judge(synthesized, controls={broken.id: broken})))


def test_every_control_sees_every_cluster(synthesized_folder: Path) -> None:
    report = check(load([synthesized_folder]), today=TODAY)
    clusters = {each.cluster for each in report.results if each.cluster}
    assert len(clusters) >= 3
    for control in CONTROLS.values():
        judged = [each for each in report.results if each.control.id == control.id]
        assert judged, f"{control.id} did not run"
        if control.scope == "cluster" and "synth" in control.layers:
            assert {each.cluster for each in judged} == clusters
        if not control.id.startswith("X"):
            assert all(each.objects for each in judged)


def test_ids_are_written_once() -> None:
    texts = [
        line.strip()
        for path in (ROOT / "policies").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith('id="')
    ]
    assert not [text for text, count in Counter(texts).items() if count > 1]


def test_policies_import_nothing_from_modules() -> None:
    for path in (ROOT / "policies").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "from modules" not in text, path
        assert "import modules" not in text, path
        assert "clusters/" not in "".join(
            line for line in text.splitlines() if "open(" in line or "read_text" in line
        ), path


def test_decisions_name_modules_that_exist() -> None:
    for decision in DECISIONS.values():
        for module in decision.modules:
            assert (ROOT / "modules" / module).exists(), f"{decision.id} names modules/{module}"


def test_headings_stand_in_the_record_of_decisions() -> None:
    assert sorted(DECISIONS) == [f"D{number:02}" for number in range(1, 23)]

"""What stands is judged as what is written: the fleet's state holds, and what is done to it is seen by the control it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.policies.judged import failed, judge
from tests.policies.shown_in_states import CONTROLS, NOT_SHOWN, is_shown, report_on_state
from tests.policies.standing import States
from tests.violations.catalogue import Stacks, Violation, violations
from tests.violations.standing import states_of

SHOWN = [each for each in violations() if is_shown(each)]


def test_the_fleet_holds_as_it_stands(synthesized: dict[str, Any], synthesized_folder: Path) -> None:
    """Given alone it is judged by all controls that read states, and beside the stacks it says the same."""
    states = states_of(synthesized)
    alone = judge({}, states, controls=CONTROLS)
    assert failed(alone) == {}
    held = {each.control.id for each in alone.results if each.verdict == "PASS"}
    silent = {each.control.id for each in alone.results if each.verdict == "NOT_APPLICABLE"}
    assert held | silent == CONTROLS.keys()
    assert failed(judge(synthesized, states, synthesized_folder, layers=("state",), controls=CONTROLS)) == {}


def test_nearly_all_controls_are_tried() -> None:
    judging = {key for key, each in CONTROLS.items() if not each.decision.startswith("X")}
    tried = {each.kills for each in SHOWN}
    assert len(tried) > 0.9 * len(judging), judging - tried
    assert not NOT_SHOWN.keys() - {each.id for each in violations()}


@pytest.mark.parametrize("violation", SHOWN[::40], ids=lambda each: each.id)
def test_what_stands_is_made_up_as_if_nothing_were_known(
    violation: Violation, synthesized: dict[str, Any], standing: States
) -> None:
    stacks = Stacks(synthesized)
    violation.function(stacks)
    concerned = stacks.concerned(synthesized)
    assert standing.of(concerned) == states_of(concerned)


@pytest.mark.parametrize("violation", [each for each in violations() if each.id in NOT_SHOWN], ids=lambda each: each.id)
def test_what_a_state_does_not_show_is_not_seen_there(
    violation: Violation, synthesized: dict[str, Any], standing: States
) -> None:
    stacks = Stacks(synthesized)
    violation.function(stacks)
    assert failed(report_on_state(standing, violation, stacks.concerned(synthesized))) == {}

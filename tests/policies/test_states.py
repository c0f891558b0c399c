"""What stands is judged as what is written: the fleet's state holds, and what is done to it is seen by the control it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policies.engine.control import load_controls
from tests.policies.judged import failed, judge
from tests.violations.catalogue import Stacks, Violation, violations
from tests.violations.standing import states_of

CONTROLS = {key: each for key, each in load_controls().items() if "state" in each.layers and each.begins is None}
"""Those that read a state. Login code is the same text in every layer, and runs for seconds: it is tried in the others."""
NOT_SHOWN = {
    "B14-addons-of-this-version:defaults_mixed_up": "a state holds the version that was found, not how",
    "B09-no-literal-secret:key_in_an_output": "outputs are judged as they are written",
    "B09-no-literal-secret:sensitive_output": "outputs are judged as they are written",
    "B10-no-secret-in-state:parameter_decrypted": "a state holds what was read, and no reference to where",
    "B11-iam-without-wildcards:attached_to_a_computed_role": "a state spells the role's name, so that it is no secret whose policy it is",
    "D02-secrets:parameter_read_into_the_state": "a state holds what was read, and no reference to where",
    "D02-secrets:written_out_in_the_code": "what is write-only is in no state",
    "D08-able-cni:default_of_an_old_kubernetes": "a state holds the version that was found, not how",
    "D12-no-autoscaler:discovery_by_default_tags": "tags of the provider are not made up here",
    "D15-log-group-encrypted:logs_go_with_the_cluster": "a state does not hold that the cluster is protected",
}
"""Violations that a state does not show, and why; all others are killed there."""
SPELLED = ("D02-secrets:client_secret_in_the_open", "D20-tokens-and-one-hop:version_before_the_latest")
"""Violations by a reference, of which a state shows the value alone: tried as well."""


def _one_for_each_control() -> list[Violation]:
    """Return the first way to break each control that a state shows; all ways were tried, and would take minutes."""
    found: dict[str, Violation] = {}
    for each in violations():
        shown = each.on == "synth" and "plan" in each.layers and each.id not in NOT_SHOWN
        if shown and not each.decision.startswith("X") and each.kills in CONTROLS:
            found.setdefault(each.kills, each)
    return [*found.values(), *(each for each in violations() if each.id in SPELLED and each not in found.values())]


SAMPLE = _one_for_each_control()


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
    tried = {each.kills for each in SAMPLE}
    assert len(tried) > 0.9 * len(judging), judging - tried
    assert not NOT_SHOWN.keys() - {each.id for each in violations()}


@pytest.mark.parametrize("violation", [each for each in violations() if each.id in NOT_SHOWN], ids=lambda each: each.id)
def test_what_a_state_does_not_show_is_not_seen_there(violation: Violation, synthesized: dict[str, Any]) -> None:
    assert _found(violation, synthesized)[0] == []


@pytest.mark.parametrize("violation", SAMPLE, ids=[each.id for each in SAMPLE])
def test_violation_is_killed_in_the_state(violation: Violation, synthesized: dict[str, Any]) -> None:
    found, touched = _found(violation, synthesized)
    messages = " | ".join(found)
    culprits = [violation.names] if violation.names else touched
    assert any(each in messages for each in culprits), f"{violation.story} {messages!r} names none of {culprits}"


def _found(violation: Violation, synthesized: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return what the control says of the state of the changed fleet, and the addresses that were changed."""
    stacks = Stacks(synthesized)
    violation.function(stacks)
    states = states_of(stacks.concerned(synthesized))
    found = failed(judge({}, states, controls={violation.kills: CONTROLS[violation.kills]}))
    return found.get(violation.kills, []), list(stacks.touched)

"""What stands is judged as what is written: the fleet's state holds, and what is done to it is seen by the control it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policies.engine.control import load_controls
from tests.policies.judged import failed, judge
from tests.policies.standing import States
from tests.violations.catalogue import Stacks, Violation, violations
from tests.violations.standing import states_of

CONTROLS = {key: each for key, each in load_controls().items() if "state" in each.layers and each.begins is None}
"""Those that read a state. Login code is the same text in every layer, and runs for seconds: it is tried in the others."""
NOT_SHOWN = {
    "B10-no-secret-in-state:parameter_decrypted": "a state holds what was read, and no reference to where",
    "B10-no-secret-in-state:secret_of_somebodys_choice": "a state holds no reference by which somebody opens the parameter",
    "B11-iam-without-wildcards:attached_to_a_computed_role": "a state spells the role's name, so that it is no secret whose policy it is",
    "B11-iam-without-wildcards:document_laid_over_by_a_former_argument": "a state holds what the provider made of it",
    "B11-iam-without-wildcards:resource_by_a_parameter": "a state holds what was read: what the policy allows is no secret",
    "B14-addons-of-this-version:defaults_mixed_up": "a state holds the version that was found, not how",
    "D02-secrets:parameter_read_into_the_state": "a state holds what was read, and no reference to where",
    "D02-secrets:version_that_follows_another": "a state holds a number, not what it follows",
    "D02-secrets:written_out_in_the_code": "what is write-only is in no state",
    "D08-able-cni:default_of_an_old_kubernetes": "a state holds the version that was found, not how",
    "D12-no-autoscaler:discovery_by_default_tags": "tags of the provider are not made up here",
    "D15-log-group-encrypted:logs_go_with_the_cluster": "a state does not hold that the cluster is protected",
    "D22-alert-is-heard:key_that_the_secret_lacks": "what is write-only is in no state: which keys the Secret has is not known",
}
"""Violations that a state does not show, and why; all others are killed there."""
NAMED_THERE = {"B14-addons-of-this-version:proxy_of_another_version": "aws_eks_addon.kube-proxy"}
"""Violations for which a state shows another culprit: the add-on that has the version, not what found it."""
SHOWN = [
    each
    for each in violations()
    if each.on == "synth"
    and "plan" in each.layers
    and each.id not in NOT_SHOWN
    and each.kills in CONTROLS
    and not each.decision.startswith("X")
]
"""All that is done to stacks and shows in plans shows in states too."""


@pytest.fixture(scope="session")
def standing(synthesized: dict[str, Any]) -> States:
    """The states of the committed fleet, of which what is not changed need not be made up anew."""
    return States(synthesized)


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
    assert _found(violation, synthesized, standing)[0] == []


@pytest.mark.parametrize(
    "violation", [pytest.param(each, id=each.id, marks=pytest.mark.xdist_group(each.id)) for each in SHOWN]
)  # in the worker that judges it on other layers, and remembers what it tried
def test_violation_is_killed_in_the_state(violation: Violation, synthesized: dict[str, Any], standing: States) -> None:
    found, touched = _found(violation, synthesized, standing)
    messages = " | ".join(found)
    named = NAMED_THERE.get(violation.id, violation.names)
    culprits = [named] if named else touched
    assert any(each in messages for each in culprits), f"{violation.story} {messages!r} names none of {culprits}"


def _found(violation: Violation, synthesized: dict[str, Any], standing: States) -> tuple[list[str], list[str]]:
    """Return what the control says of the state of the changed fleet, and the addresses that were changed."""
    stacks = Stacks(synthesized)
    violation.function(stacks)
    states = standing.of(stacks.concerned(synthesized))
    found = failed(judge({}, states, controls={violation.kills: CONTROLS[violation.kills]}))
    return found.get(violation.kills, []), list(stacks.touched)

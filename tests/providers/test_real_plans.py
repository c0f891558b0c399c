"""Violations in what terraform itself plans, with the real AWS provider: not in a plan that only looks like one.

The plans are judged alone, as an apply job sees them, and beside the synthesized fleet, as a pull request does.
"""

from __future__ import annotations

import re
from itertools import permutations
from typing import Final

import pytest

from policies.engine.control import load_controls
from policies.engine.judge import Report
from tests.policies.judged import judge
from tests.providers.batches import BATCHES, BY_ID, PLANNED, Broken
from tests.providers.conftest import BROKEN
from tests.providers.planning import Documents, Planned
from tests.sandbox.at_hand import lacking_aws

NEEDS_MORE: Final = "D16-sessions-logged:sessions_for_ever"
"""Seen beside the synthesized form alone: a local holds the preferences, and names a key that is not made yet."""


@pytest.fixture(scope="module")
def plans(planned: Planned, left_out: list[str]) -> Documents:
    """What terraform plans for the broken stacks of `BATCHES`; nothing where it cannot be asked."""
    found = {name.removeprefix(BROKEN): each for name, each in planned.standing_by.items() if name.startswith(BROKEN)}
    assert found.keys() == (BATCHES.keys() if planned.standing_by else set())
    if not planned.standing_by:
        left_out.append(f"{len(PLANNED)} violations in real plans: {lacking_aws()}")
    return found


@pytest.fixture(scope="module")
def beside(broken: Broken, plans: Documents) -> Report:
    """The verdicts on the plans, with the synthesized fleet beside them."""
    return judge(broken.stacks, plans, layers=("plan",))


@pytest.fixture(scope="module")
def alone(plans: Documents) -> Report:
    """The verdicts on the plans and nothing else."""
    return judge({}, plans, layers=("plan",))


def told(report: Report, control: str, *verdicts: str) -> list[str]:
    """Return what a control says under these verdicts."""
    return [each.message for each in report.results if each.control.id == control and each.verdict in verdicts]


def names_one_of(message: str, culprits: list[str]) -> bool:
    """Whether a message spells one of the addresses, and no longer one that begins with it."""
    return any(re.search(rf"{re.escape(each)}(?![\w-])", message) for each in culprits)


def test_a_batch_can_be_told_apart(broken: Broken) -> None:
    """What a control says of a resource is the work of one violation."""
    assert len(PLANNED) == sum(map(len, BATCHES.values())) >= 50
    for id_, other in permutations(PLANNED, 2):
        kills = BY_ID[id_].kills
        assert broken.culprits[id_], id_
        assert kills not in BY_ID[other].also, f"{id_} and {other}"
        assert kills != BY_ID[other].kills or not set(broken.culprits[id_]) & set(broken.culprits[other]), id_


@pytest.mark.parametrize("id_", PLANNED)
def test_violation_is_killed(id_: str, broken: Broken, plans: Documents, beside: Report) -> None:
    if plans:
        found, culprits = told(beside, BY_ID[id_].kills, "FAIL"), broken.culprits[id_]
        assert any(names_one_of(each, culprits) for each in found), f"{found} names none of {culprits}"


def test_plans_alone_say_the_same_of_what_they_show(broken: Broken, plans: Documents, alone: Report) -> None:
    """Where a control reads a stack that was not planned here, the answer is unknown, never that it holds."""
    if not plans:
        return
    killed = set()
    for id_ in PLANNED:
        control = load_controls()[BY_ID[id_].kills]
        found = told(alone, control.id, "FAIL")
        if any(names_one_of(each, broken.culprits[id_]) for each in found):
            killed.add(id_)
            continue
        assert told(alone, control.id, "UNKNOWN"), id_
        assert set(control.reads) - {"account", "cluster"} or id_ == NEEDS_MORE, id_
    assert len(killed) >= 40


def test_nothing_else_is_seen(broken: Broken, plans: Documents, beside: Report, alone: Report) -> None:
    """No false alarm in real plans: what fails is named by a violation, and so is the resource."""
    if not plans:
        return
    assert {each.verdict for each in beside.results} == {"PASS", "FAIL", "NOT_APPLICABLE"}
    named: dict[str, list[str]] = {}
    expected = set()
    for id_ in PLANNED:
        named.setdefault(BY_ID[id_].kills, []).extend(broken.culprits[id_])
        expected |= {BY_ID[id_].kills, *BY_ID[id_].also}
    assert {each.refusal.control for each in beside.refused} <= expected
    for report in (beside, alone):
        failed = {each.control.id for each in report.results if each.verdict == "FAIL"}
        assert failed <= expected
        for control, culprits in named.items():
            for message in told(report, control, "FAIL"):
                assert names_one_of(message, culprits), message

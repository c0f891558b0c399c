"""What stands is judged like what is to be made: a plan without change, and a state, hold values that nobody configured.

An attribute that nobody set is "" or 0 there, names that AWS gives are spelled out, and a role lists what is attached to it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.aws.lifecycle import CLUSTER
from tests.policies.judged import judge
from tests.violations.standing import states_of

pytestmark = pytest.mark.xdist_group("lifecycle")

Json = dict[str, Any]


def broken(documents: Json) -> dict[str, list[str]]:
    """Return what does not hold and is seen, by control."""
    found: dict[str, list[str]] = {}
    for each in judge({}, documents).results:
        if each.verdict == "FAIL":
            found.setdefault(each.control.id, []).append(each.message)
    return found


def held(documents: Json) -> set[str]:
    """Return the controls that hold."""
    return {each.control.id for each in judge({}, documents).results if each.verdict == "PASS"}


def standing(lived: Json) -> Json:
    """The plans that show no change."""
    return {"account": lived["account"]["standing"], CLUSTER: lived["cluster"]["standing"]}


def states(lived: Json) -> Json:
    """The states before the end."""
    return {"account": lived["account"]["state"], CLUSTER: lived["cluster"]["state"]}


def resource(plan: Json, address: str) -> Json:
    """A resource's values in a plan, for a test to change."""
    (change,) = (each["change"] for each in plan["resource_changes"] if each["address"] == address)
    after: Json = change["after"]
    return after


def test_a_plan_without_change_breaks_nothing(lived: Json | None) -> None:
    if lived is None:
        return
    assert broken(standing(lived)) == {}
    assert len(held(standing(lived))) > 50


@pytest.mark.parametrize(
    ("address", "change", "control"),
    [
        ("aws_launch_template.main_template", {"key_name": "shared"}, "D16-no-keys"),
        ("aws_launch_template.main_template", {"user_data": "IyEvYmluL3No"}, "D11-nothing-at-boot"),
        ("aws_eks_access_entry.access_deploy", {"user_name": "system:admin"}, "D04-access-entries"),
        ("aws_eks_access_entry.access_deploy", {"kubernetes_groups": ["github:webops"]}, "D04-access-entries"),
        ("aws_iam_role.nodes", {"managed_policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}, None),
        ("aws_iam_openid_connect_provider.service_accounts", {"client_id_list": ["sts.amazonaws.com", "me"]}, "D19-one-issuer"),
    ],
)  # fmt: skip
def test_what_was_changed_by_hand_is_seen(lived: Json | None, address: str, change: Json, control: str | None) -> None:
    """No configuration says these values; they drifted."""
    if lived is None:
        return
    plans = copy.deepcopy(standing(lived))
    before = set(broken(plans))
    resource(plans[CLUSTER], address).update(change)
    seen = set(broken(plans)) - before
    assert seen
    assert control is None or control in seen


def test_a_state_breaks_nothing(lived: Json | None) -> None:
    if lived is None:
        return
    assert broken(states(lived)) == {}
    assert len(held(states(lived))) > 50


@pytest.mark.parametrize(
    ("address", "change", "control"),
    [
        ("aws_eks_cluster.cluster", {"enabled_cluster_log_types": ["api"]}, "D15-all-log-types"),
        ("aws_eks_node_group.main", {"instance_types": ["r5.xlarge", "m5.large"]}, "D07-main-types"),
        ("aws_launch_template.prometheus_template", {"image_id": "ami-0123456789abcdef0"}, "D11-optimised-image"),
    ],
)
def test_what_stands_otherwise_is_seen_in_the_state(
    lived: Json | None, address: str, change: Json, control: str
) -> None:
    if lived is None:
        return
    found = copy.deepcopy(states(lived))
    (entry,) = (each for each in found[CLUSTER]["values"]["root_module"]["resources"] if each["address"] == address)
    entry["values"].update(change)
    assert control in broken(found)


def unlike(made_up: Any, real: Any, where: str) -> Iterator[str]:
    """Yield where the shape of what is made up is not that of what stands."""
    if made_up is None or real is None or all(str(each).isdigit() for each in (made_up, real)):
        return  # a number and its text are the same
    if type(made_up) is not type(real):
        yield f"{where}: {made_up!r}, but {real!r}"
    elif isinstance(made_up, dict):
        yield from (f"{where}.{key}" for key in made_up.keys() - real.keys())
        for key in made_up.keys() & real.keys():
            yield from unlike(made_up[key], real[key], f"{where}.{key}")
    elif isinstance(made_up, list):
        for one, other in zip(made_up, real, strict=False):
            yield from unlike(one, other, f"{where}[]")


def test_states_that_are_made_up_have_the_shape_of_what_stands(lived: Json | None, synthesized: Json) -> None:
    """The violations of `tests/policies/test_violations.py` are done to such states."""
    if lived is None:
        return
    made_up = states_of(synthesized)
    for name, state in states(lived).items():
        real, mine = (
            {each["address"]: each for each in document["values"]["root_module"]["resources"]}
            for document in (state, made_up[name])
        )
        assert real.keys() == mine.keys()
        for address, each in mine.items():
            assert each.keys() - {"depends_on"} <= real[address].keys()
            assert list(unlike(each["values"], real[address]["values"], address)) == []

"""A plan that Terraform 1.11.4 made of counts and for_each holds the instances that are synthesized; any other is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.engine.load import estates
from policies.engine.resource import Stack
from tests.policies.judged import loaded_of

FOLDER = Path(__file__).parent / "plans" / "instances"
WRITTEN: dict[str, Any] = json.loads((FOLDER / "cdk.tf.json").read_text())
ONE, COUNTED = "terraform_data.one", "terraform_data.counted"


def read(written: dict[str, Any], plan: dict[str, Any]) -> tuple[list[Stack], dict[str, set[str]]]:
    """Return the stack as synthesized and as planned, and what is refused by which control."""
    views = estates(loaded_of({"s": written}, {"s": plan}, Path("nowhere")))
    refused: dict[str, set[str]] = {}
    for each in views[0].refusals:
        refused.setdefault(each.control, set()).add(each.address)
    return [stack for view in views for stack in view.stacks], refused


@pytest.fixture
def plan() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "plan.json").read_text())
    return found


def without(plan: dict[str, Any], *addresses: str) -> list[dict[str, Any]]:
    """Take instances out of a plan and return their changes."""
    values = (plan["planned_values"], plan["prior_state"]["values"])
    for root in (each["root_module"] for each in values):
        root["resources"] = [each for each in root["resources"] if each["address"] not in addresses]
    taken = [each for each in plan["resource_changes"] if each["address"] in addresses]
    plan["resource_changes"] = [each for each in plan["resource_changes"] if each["address"] not in addresses]
    return taken


def renamed(plan: dict[str, Any], before: str, after: str, index: Any) -> None:
    """Give an instance another index."""
    for entry in (*plan["planned_values"]["root_module"]["resources"], *plan["resource_changes"]):
        if entry["address"] == before:
            entry["address"] = after
            entry.pop("index", None)
            if index is not None:
                entry["index"] = index


def test_instances_agree(plan: dict[str, Any]) -> None:
    (synthesized, planned), refused = read(WRITTEN, plan)
    assert refused == {}
    assert {each.address for each in synthesized.resources} == {each.address for each in planned.resources}
    assert f'{COUNTED.replace("counted", "mapped")}["k\\"q"]' in {each.address for each in planned.resources}


def test_quoted_keys_find_their_configuration(plan: dict[str, Any]) -> None:
    """Without it, whatever is unknown of such an instance would pass as the provider's own choice."""
    _, planned = read(WRITTEN, plan)[0]
    mapped = planned.instances("terraform_data.mapped")
    assert len(mapped) == 2
    assert all(getattr(each, "expressions", None) for each in mapped)


def one_less(plan: dict[str, Any]) -> None:
    without(plan, f"{COUNTED}[1]")


def one_key_less(plan: dict[str, Any]) -> None:
    without(plan, 'terraform_data.listed["b"]')


def one_read_less(plan: dict[str, Any]) -> None:
    without(plan, "data.terraform_remote_state.read[1]")


def no_read(plan: dict[str, Any]) -> None:
    without(plan, "data.terraform_remote_state.read[0]", "data.terraform_remote_state.read[1]")


def one_more(plan: dict[str, Any]) -> None:
    entries = plan["planned_values"]["root_module"]["resources"]
    (first,) = (each for each in entries if each["address"] == f"{COUNTED}[0]")
    entries.append({**first, "address": f"{COUNTED}[2]", "index": 2})


def hidden_count(plan: dict[str, Any]) -> None:
    renamed(plan, ONE, f"{ONE}[0]", 0)


def hidden_for_each(plan: dict[str, Any]) -> None:
    renamed(plan, ONE, f'{ONE}["x"]', "x")


def count_taken_away(plan: dict[str, Any]) -> None:
    without(plan, "terraform_data.by_local[1]")
    renamed(plan, "terraform_data.by_local[0]", "terraform_data.by_local", None)


def in_no_configuration(plan: dict[str, Any]) -> None:
    entries = plan["planned_values"]["root_module"]["resources"]
    entries.append({"address": "terraform_data.extra", "mode": "managed", "type": "terraform_data", "name": "extra"})


@pytest.mark.parametrize(
    ("change", "culprits"),
    [
        (one_less, {f"{COUNTED}[1]"}),
        (one_key_less, {'terraform_data.listed["b"]'}),
        (one_read_less, {"data.terraform_remote_state.read[1]"}),
        (no_read, {"data.terraform_remote_state.read[0]", "data.terraform_remote_state.read[1]"}),
        (one_more, {f"{COUNTED}[2]"}),
        (hidden_count, {ONE, f"{ONE}[0]"}),
        (hidden_for_each, {ONE, f'{ONE}["x"]'}),
        (count_taken_away, {"terraform_data.by_local", "terraform_data.by_local[0]", "terraform_data.by_local[1]"}),
        (in_no_configuration, {"terraform_data.extra"}),
    ],
)
def test_other_instances_are_refused(
    change: Callable[[dict[str, Any]], None], culprits: set[str], plan: dict[str, Any]
) -> None:
    change(plan)
    assert read(WRITTEN, plan)[1] == {"X10-same-addresses": culprits}


def test_no_instance_at_all_is_refused(plan: dict[str, Any]) -> None:
    """A variable or a file that nobody sees sets the count to 0."""
    without(plan, f"{COUNTED}[0]", f"{COUNTED}[1]")
    assert read(WRITTEN, plan)[1] == {"X01-count-zero": {COUNTED}}


def test_instances_of_what_has_none_are_refused(plan: dict[str, Any]) -> None:
    written = json.loads(json.dumps(WRITTEN))
    written["resource"]["terraform_data"]["counted"]["count"] = 0
    assert read(written, plan)[1] == {
        "X01-count-zero": {COUNTED},
        "X10-same-addresses": {f"{COUNTED}[0]", f"{COUNTED}[1]"},
    }


def test_a_count_that_mentions_a_resource_hides_none(plan: dict[str, Any]) -> None:
    """Looking for it comes before all resources are read, and is not what is known of them afterwards."""
    written = json.loads(json.dumps(WRITTEN))
    types = written["resource"]["terraform_data"]
    written["resource"]["terraform_data"] = {"first": {"count": "${length(terraform_data.one.input)}"}, **types}
    written["resource"]["terraform_data"]["second"] = {"count": "${terraform_data.one.input}"}
    (synthesized, *_), _ = read(written, plan)
    assert [each.address for each in synthesized.instances(ONE)] == [ONE]
    assert synthesized.instances("terraform_data.second")

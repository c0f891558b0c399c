"""Elements are named by their path, whether Node or Python does it."""

from __future__ import annotations

from pathlib import Path

import pytest

from modules.bindings import App, Construct, TerraformLocal, TerraformOutput
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack, terraform_name


@pytest.fixture
def stack(fleet: Fleet, tmp_path: Path) -> FleetStack:
    return FleetStack(App(outdir=str(tmp_path)), "stack", fleet=fleet, state_key="key")


@pytest.mark.parametrize(
    "ids", ["plain", "a-b", "a.b", "9lives", "é", "a b", "deep/er", "deep/Default", "Default/deep"]
)
def test_the_name_is_the_path(stack: FleetStack, ids: str) -> None:
    *above, last = ids.split("/")
    scope: Construct = stack
    for each in above:
        scope = Construct(scope, each)
    assert TerraformLocal(scope, last, 1).friendly_unique_id == terraform_name(ids)


@pytest.mark.parametrize("ids", [("a_b", "a.b"), ("a.b", "a_b"), ("_1", "1"), ("a.b", "a b")])
def test_two_of_one_type_cannot_share_a_name(stack: FleetStack, ids: tuple[str, str]) -> None:
    one, other = (TerraformLocal(stack, each, 1) for each in ids)
    assert one.friendly_unique_id
    first, second = sorted(ids)
    with pytest.raises(RuntimeError, match=f"stack/{first} and stack/{second} would both be named"):
        assert other.friendly_unique_id


def test_two_of_different_types_can(stack: FleetStack) -> None:
    local, output = TerraformLocal(stack, "a_b", 1), TerraformOutput(stack, "a.b", value="1")
    assert local.friendly_unique_id == output.friendly_unique_id == "a_b"

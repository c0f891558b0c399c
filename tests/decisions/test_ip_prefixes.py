"""D08 under attack: values that vpc-cni would not take, or that an update of the add-on would lose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted_aws import resources


def configuration(stack: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(resources(stack, "aws_eks_addon")["vpc-cni"]["configuration_values"]))


@pytest.mark.parametrize("name", ["live", "manager", "test"])
def test_prefixes_are_part_of_the_add_on_and_spelled_as_strings(synthesized: Stacks, name: str) -> None:
    environment = configuration(synthesized[name])["env"]
    assert environment["ENABLE_PREFIX_DELEGATION"] == "true"
    assert int(environment["WARM_PREFIX_TARGET"]) >= 1
    assert all(isinstance(value, str) for value in environment.values()), "vpc-cni refuses anything but strings"
    addon = resources(synthesized[name], "aws_eks_addon")["vpc-cni"]
    assert addon["resolve_conflicts_on_update"] == "OVERWRITE"


def test_switched_off_it_is_said_so(fleet_data: dict[str, Any], variant: Variant) -> None:
    for each in fleet_data["clusters"]:
        each["prefix_delegation"] = False
    environment = configuration(variant(only(fleet_data, "test"))["test"])["env"]
    assert environment["ENABLE_PREFIX_DELEGATION"] == "false"
    assert "WARM_PREFIX_TARGET" not in environment

"""D07 and D09 under attack: an order that somebody sorted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted_aws import resources


@pytest.mark.parametrize("name", ["live", "manager", "test"])
def test_the_committed_clusters_have_the_types_of_the_adr_in_its_order(synthesized: Stacks, name: str) -> None:
    groups = resources(synthesized[name], "aws_eks_node_group")
    assert groups["main"]["instance_types"] == ["r5.xlarge", "r5.2xlarge", "r5a.xlarge"]
    assert groups["prometheus"]["instance_types"] == ["r5.2xlarge", "r4.2xlarge"]


@pytest.mark.parametrize("types", [["r5a.xlarge", "r5.xlarge"], ["r5.xlarge", "r5a.xlarge"]])
def test_preference_is_the_settings_order(fleet_data: dict[str, Any], variant: Variant, types: list[str]) -> None:
    fleet_data["clusters"][0]["main"]["instance_types"] = types
    name = fleet_data["clusters"][0]["name"]
    assert resources(variant(only(fleet_data, name))[name], "aws_eks_node_group")["main"]["instance_types"] == types


@pytest.mark.parametrize("name", ["live", "manager", "test"])
def test_the_template_names_no_type_of_its_own(synthesized: Stacks, name: str) -> None:
    for template in resources(synthesized[name], "aws_launch_template").values():
        assert not {"instance_type", "instance_requirements"} & set(template)

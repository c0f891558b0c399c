"""D06 under attack: a third group, a Prometheus group in the wrong zone, pods that slip onto its nodes."""

from __future__ import annotations

from typing import Any

import pytest

from modules.settings import names
from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted_aws import resources


@pytest.mark.parametrize("name", ["live", "manager", "test"])
def test_there_are_two_groups_and_the_second_takes_prometheus_alone(synthesized: Stacks, name: str) -> None:
    groups = resources(synthesized[name], "aws_eks_node_group")
    assert set(groups) == {"main", "prometheus"}
    assert "taint" not in groups["main"]
    assert names.MONITORING_LABEL not in groups["main"].get("labels", {})
    assert groups["prometheus"]["labels"] == {names.MONITORING_LABEL: "true"}
    assert groups["prometheus"]["taint"] == [{"key": names.MONITORING_TAINT, "value": "true", "effect": "NO_SCHEDULE"}]
    assert groups["prometheus"]["scaling_config"]["desired_size"] == 2


@pytest.mark.parametrize("zone", ["eu-west-2a", "eu-west-2b", "eu-west-2c"])
def test_the_prometheus_group_is_in_the_zone_that_is_named(
    fleet_data: dict[str, Any], variant: Variant, zone: str
) -> None:
    for each in fleet_data["clusters"]:
        each["prometheus"]["zone"] = zone
    stack = variant(only(fleet_data, "live"))["live"]
    groups = resources(stack, "aws_eks_node_group")
    (subnet,) = groups["prometheus"]["subnet_ids"]
    found = stack["data"]["aws_subnet"][subnet.removeprefix("${data.aws_subnet.").removesuffix(".id}")]
    assert found["availability_zone"] == zone
    assert len(set(groups["main"]["subnet_ids"])) == 3


def test_a_look_up_refuses_subnets_that_the_cluster_file_does_not_state(synthesized: Stacks) -> None:
    data = synthesized["live"]["data"]
    for subnet in data["aws_subnet"].values():
        (held,) = subnet["lifecycle"]["postcondition"]
        assert f'self.availability_zone == "{subnet["availability_zone"]}"' in held["condition"]
        assert 'self.cidr_block == "172.20.' in held["condition"]
    (held,) = data["aws_subnets"]["network_node"]["lifecycle"]["postcondition"]
    assert held["condition"] == "${length(self.ids) == 3}"

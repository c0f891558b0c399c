"""D12 under attack: a number that Terraform ignores, a tag that an autoscaler would find."""

from __future__ import annotations

import pytest

from modules.settings.fleet import Fleet
from tests.conftest import Stacks
from tests.decisions.emitted_aws import all_resources, resources, texts

CLUSTERS = ("live", "manager", "test")


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_number_is_a_constant_that_terraform_holds(synthesized: Stacks, fleet: Fleet, name: str) -> None:
    groups = resources(synthesized[name], "aws_eks_node_group")
    (size,) = [each.main.size for each in fleet.clusters if each.name == name]
    assert groups["main"]["scaling_config"] == {
        "desired_size": size.desired,
        "min_size": size.minimum,
        "max_size": size.maximum,
    }
    for group in groups.values():
        assert all(isinstance(number, int) for number in group["scaling_config"].values())
    assert not [address for address, body in all_resources(synthesized[name]) if "ignore_changes" in str(body)]


@pytest.mark.parametrize("name", CLUSTERS)
def test_nothing_invites_or_allows_an_autoscaler(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    assert not [text for text in texts([stack["resource"], stack["data"]]) if text.startswith("autoscaling:")]
    assert "k8s.io/cluster-autoscaler" not in str(stack)
    assert not [type_ for type_ in stack["resource"] if type_.startswith(("aws_autoscaling", "aws_appautoscaling"))]

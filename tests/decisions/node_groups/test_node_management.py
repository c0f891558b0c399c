"""D05 under attack: compute that EKS does not manage, a role that may do more, a cluster without nodes."""

from __future__ import annotations

import pytest

from tests.conftest import Stacks
from tests.decisions.emitted_aws import attached, before, resources, role_statements

CLUSTERS = ("live", "manager", "test")
FORBIDDEN = (
    "aws_autoscaling_",
    "aws_batch_",
    "aws_ec2_fleet",
    "aws_eks_fargate_profile",
    "aws_iam_instance_profile",
    "aws_instance",
    "aws_key_pair",
    "aws_launch_configuration",
    "aws_spot_",
)


@pytest.mark.parametrize("name", ["account", *CLUSTERS])
def test_no_node_is_started_by_other_means(synthesized: Stacks, name: str) -> None:
    assert not [type_ for type_ in synthesized[name]["resource"] if type_.startswith(FORBIDDEN)]


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_nodes_role_may_do_what_a_node_does_and_no_more(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    assert {arn.rpartition("/")[2] for arn in attached(stack, "nodes")} == {
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKSWorkerNodePolicy",
        "AmazonSSMManagedInstanceCore",
    }
    allowed = [each for each in role_statements(stack, "nodes") if each["effect"] == "Allow"]
    actions = {action for statement in allowed for action in statement["actions"]}
    assert not [action for action in actions if "*" in action]
    assert {action.partition(":")[0] for action in actions} == {"kms", "logs"}
    assert not [action for action in actions if action.startswith(("sts:", "autoscaling:"))]


@pytest.mark.parametrize("name", CLUSTERS)
def test_nodes_wait_for_network_and_for_all_their_role_may_do(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    for group in resources(stack, "aws_eks_node_group"):
        first = before(stack, f"aws_eks_node_group.{group}")
        assert {"aws_eks_addon.vpc-cni", "aws_eks_addon.kube-proxy", "aws_iam_role_policy.nodes_permissions"} <= first
        assert len([each for each in first if each.startswith("aws_iam_role_policy_attachment.nodes_")]) == 3
        assert not first & {"aws_eks_addon.coredns", "aws_eks_addon.aws-ebs-csi-driver"}


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_new_group_stands_before_the_former_goes(synthesized: Stacks, name: str) -> None:
    for body in resources(synthesized[name], "aws_eks_node_group").values():
        assert body["lifecycle"] == {"create_before_destroy": True}
        assert "node_group_name" not in body
        assert len(body["node_group_name_prefix"]) <= 37, "EKS appends 26 characters to at most 63"
        assert body["capacity_type"] == "ON_DEMAND"
        assert len(body["update_config"]) == 1
        assert "remote_access" not in body

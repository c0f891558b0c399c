"""D15 under attack: logs that EKS would start elsewhere, or that another cluster's key could read."""

from __future__ import annotations

import pytest

from tests.conftest import Stacks
from tests.decisions.emitted_aws import before, resources, statements

CLUSTERS = ("live", "manager", "test")


@pytest.mark.parametrize("name", CLUSTERS)
def test_all_types_go_to_the_group_that_eks_will_look_for(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    (cluster,) = resources(stack, "aws_eks_cluster").values()
    (group,) = resources(stack, "aws_cloudwatch_log_group").values()
    assert set(cluster["enabled_cluster_log_types"]) == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }
    assert group["name"] == f"/aws/eks/{cluster['name']}/cluster"
    assert group["retention_in_days"] >= 395, "13 months"
    assert group["log_group_class"] == "STANDARD"


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_group_never_waits_for_the_cluster(synthesized: Stacks, name: str) -> None:
    first = before(synthesized[name], "aws_cloudwatch_log_group.control_plane_logs")
    assert not [address for address in first if address.startswith("aws_eks_")]


@pytest.mark.parametrize("name", CLUSTERS)
def test_its_key_serves_this_clusters_group_alone(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    (group,) = resources(stack, "aws_cloudwatch_log_group").values()
    assert group["kms_key_id"] == "${aws_kms_key.control_plane_logs_key.arn}"
    policy = resources(stack, "aws_kms_key")["control_plane_logs_key"]["policy"]
    (logs,) = [each for each in statements(stack, policy) if each["sid"] == "LogGroups"]
    assert logs["condition"][0]["values"] == [f"arn:aws:logs:eu-west-2:111122223333:log-group:/aws/eks/{name}/cluster"]

"""D05: EKS manages every node, on demand."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.resource import Resource

_OTHER_COMPUTE = (
    "aws_autoscaling_group",
    "aws_launch_configuration",
    "aws_instance",
    "aws_spot_instance_request",
    "aws_spot_fleet_request",
    "aws_ec2_fleet",
    "aws_eks_fargate_profile",
    "aws_batch_compute_environment",
    "aws_ec2_capacity_reservation",
    "aws_autoscaling_attachment",
)
_ADR = "Node management"


@control(
    id="D05-managed-only",
    title="Managed node groups are the only compute",
    severity="high",
    scope="estate",
    reads=("cluster", "account"),
    presence=(Presence("aws_eks_node_group", 1),),
    remediation="Run nodes in aws_eks_node_group; remove instances, groups, fleets and Fargate profiles of our own.",
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html"),
)
def managed_only(estate: Cluster) -> Iterator[Finding]:
    """No machine runs outside a managed node group."""
    others = [each for each in _OTHER_COMPUTE if each not in parameters.OTHER_COMPUTE]
    yield from estate.none_of(*others, why="nodes belong to managed node groups")
    for eks in estate.resources("aws_eks_cluster"):
        yield from eks["compute_config.enabled"].must_be_one_of((None, False))
        yield from eks["outpost_config"].must_be_absent("nodes and control plane stand in the region")
        yield from eks["remote_network_config"].must_be_absent("no node of another network joins")
    for entry in estate.resources("aws_eks_access_entry"):
        yield from entry["type"].must_be_one_of((None, "STANDARD"))


@control(
    id="D05-on-demand",
    title="Nodes are bought on demand",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    remediation="Set capacity_type to ON_DEMAND and leave market options out of the launch template.",
    references=(_ADR,),
)
def on_demand(cluster: Cluster) -> Iterator[Finding]:
    """Each group says ON_DEMAND itself, and no launch template asks for Spot."""
    for group in cluster.node_groups():
        yield from group["capacity_type"].must_be(parameters.CAPACITY_TYPE)
        if group.launch_template is not None:
            yield from group.launch_template["instance_market_options"].must_be_absent("Spot is not decided")


@control(
    id="D05-group-of-this-cluster",
    title="Each node group belongs to its cluster and follows its version",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    remediation="Refer to the cluster's name, give version and update_config, and let EC2 alone assume the nodes' role.",
    references=(_ADR,),
)
def group_of_this_cluster(cluster: Cluster) -> Iterator[Finding]:
    """Each group joins this cluster, at its version, rolls its nodes in a stated measure, with a role for EC2 alone."""
    eks = cluster.eks
    for group in cluster.node_groups():
        yield from group["cluster_name"].must_refer_to(eks, "this cluster")
        yield from group["version"].must_be(eks["version"].text())
        yield from _update_config(group.resource)
        if group.role is None:
            yield group.resource.finding("has no role of this stack", expected="an aws_iam_role")
    for role in cluster.roles():
        if any(group.role is role.resource for group in cluster.node_groups()):
            for statement in role.trust.statements:
                if statement.allows and (
                    statement.principals != {"Service": ["ec2.amazonaws.com"]}
                    or statement.actions != ["sts:AssumeRole"]
                ):
                    yield role.finding(
                        "may be assumed by others than EC2", found=statement.principals, expected="ec2.amazonaws.com"
                    )


def _update_config(group: Resource) -> Iterator[Finding]:
    share, count = group["update_config.max_unavailable_percentage"], group["update_config.max_unavailable"]
    if share.absent == count.absent:
        yield group.finding(
            "must say how many nodes an update may take away at once, as a number or a share",
            found=group["update_config"].node,
            expected="max_unavailable or max_unavailable_percentage",
        )
    elif not share.absent:
        yield from share.must_be_between(1, 50)
    else:
        yield from count.must_be_between(1, 1 + parameters.PROMETHEUS_NODES)

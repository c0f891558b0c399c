"""Ways to run nodes that EKS does not manage, or that may vanish (D05)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation


@violation(kills="D05-managed-only")
def a_group_of_our_own(stacks: Stacks) -> None:
    """An Auto Scaling group joins the cluster by user data: more nodes, nobody recycles them."""
    stacks.add("live", "aws_autoscaling_group", "extra", {"min_size": 1, "max_size": 3, "name": "extra"})


@violation(kills="D05-managed-only")
def one_instance_for_a_tool(stacks: Stacks) -> None:
    """A single machine in the account's stack, away from every cluster: a bastion by another name."""
    stacks.add("account", "aws_instance", "tools", {"ami": "ami-0123456789abcdef0", "instance_type": "t3.micro"})


@violation(kills="D05-managed-only")
def fargate_for_one_namespace(stacks: Stacks) -> None:
    """Fargate is tried "just for one namespace"; fluent-bit and the node exporter never see it."""
    stacks.add(
        "test",
        "aws_eks_fargate_profile",
        "trial",
        {
            "cluster_name": "${aws_eks_cluster.cluster.name}",
            "fargate_profile_name": "trial",
            "pod_execution_role_arn": "arn:aws:iam::111122223333:role/trial",
            "selector": [{"namespace": "trial"}],
        },
    )


@violation(kills="D05-managed-only")
def auto_mode(stacks: Stacks) -> None:
    """Auto Mode brings nodes that no node group shows."""
    cluster = stacks.one("live", "aws_eks_cluster")
    cluster["compute_config"] = {"enabled": True, "node_pools": ["general-purpose"]}
    cluster["kubernetes_network_config"]["elastic_load_balancing"] = {"enabled": True}
    cluster["storage_config"] = {"block_storage": {"enabled": True}}


@violation(kills="D05-managed-only")
def hybrid_nodes(stacks: Stacks) -> None:
    """Machines of another network join as hybrid nodes by an access entry of their own type."""
    stacks.add(
        "live",
        "aws_eks_access_entry",
        "hybrid",
        {
            "cluster_name": "${aws_eks_cluster.cluster.name}",
            "principal_arn": "arn:aws:iam::111122223333:role/cloud-platform-deploy",
            "type": "HYBRID_LINUX",
        },
    )


@violation(kills="D05-on-demand")
def spot(stacks: Stacks) -> None:
    """Cheaper nodes that vanish with two minutes' notice."""
    stacks.one("live", "aws_eks_node_group", "main")["capacity_type"] = "SPOT"


@violation(kills="D05-on-demand")
def capacity_left_to_the_provider(stacks: Stacks) -> None:
    """Without a word the provider decides; a plan shows it as unknown."""
    del stacks.one("manager", "aws_eks_node_group", "main")["capacity_type"]


@violation(kills="D05-on-demand")
def spot_in_the_template(stacks: Stacks) -> None:
    """The group says ON_DEMAND, its template asks for Spot."""
    stacks.one("live", "aws_launch_template", "main_template")["instance_market_options"] = {"market_type": "spot"}


@violation(kills="D05-group-of-this-cluster", also=("D05-managed-only",))
def group_of_another_cluster(stacks: Stacks) -> None:
    """The group stands in this stack and joins another cluster by its literal name."""
    stacks.one("live", "aws_eks_node_group", "main")["cluster_name"] = "manager"


@violation(kills="D05-group-of-this-cluster")
def all_nodes_at_once(stacks: Stacks) -> None:
    """An update may take away every node at once."""
    stacks.one("live", "aws_eks_node_group", "main")["update_config"] = {"max_unavailable_percentage": 100}


@violation(kills="D05-group-of-this-cluster")
def nodes_left_behind(stacks: Stacks) -> None:
    """The control plane is upgraded, the nodes stay at the old version."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["version"] = "1.33"


@violation(kills="D05-group-of-this-cluster", names="aws_iam_role.nodes")
def role_for_everybody(stacks: Stacks) -> None:
    """The nodes' role may be assumed by any principal of the account."""
    document = stacks.one("live", "data.aws_iam_policy_document", "nodes_trust")
    document["statement"][0]["principals"].append({"type": "AWS", "identifiers": ["arn:aws:iam::111122223333:root"]})

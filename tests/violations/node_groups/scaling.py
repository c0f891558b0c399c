"""Ways to let machines decide on the number of machines (D12)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation


@violation(kills="D12-size-is-written")
def size_from_a_variable(stacks: Stacks) -> None:
    """The number of nodes comes from outside the review."""
    stacks["live"]["variable"] = {"nodes": {"type": "number"}}
    stacks.one("live", "aws_eks_node_group", "main")["scaling_config"]["desired_size"] = "${var.nodes}"


@violation(kills="D12-size-is-written")
def scaled_to_nothing(stacks: Stacks) -> None:
    """Zero nodes at night: nothing runs, and nothing says so."""
    stacks.one("test", "aws_eks_node_group", "main")["scaling_config"].update(desired_size=0, min_size=0)


@violation(kills="D12-size-is-written")
def desired_above_the_most(stacks: Stacks) -> None:
    """The API refuses it in the middle of an apply."""
    stacks.one("live", "aws_eks_node_group", "main")["scaling_config"]["max_size"] = 40


@violation(kills="X02-ignore-changes", layers=("synth",))
def size_drifts(stacks: Stacks) -> None:
    """Terraform ignores the size, so that an autoscaler or a console may change it."""
    stacks.one("live", "aws_eks_node_group", "main")["lifecycle"]["ignore_changes"] = ["scaling_config[0].desired_size"]


@violation(kills="D12-no-autoscaler", also=("X14-recorded-releases",))
def autoscaler_under_another_name(stacks: Stacks) -> None:
    """The chart is cluster-autoscaler, the release is called "capacity"."""
    stacks.add(
        "live-workloads",
        "helm_release",
        "capacity",
        {
            "name": "capacity",
            "chart": "cluster-autoscaler",
            "repository": "https://kubernetes.github.io/autoscaler",
            "version": "9.51.0",
            "namespace": "kube-system",
        },
    )


@violation(kills="D12-no-autoscaler")
def karpenter_by_object(stacks: Stacks) -> None:
    """A NodePool stands ready for a Karpenter that comes by another way."""
    stacks.add(
        "live-workloads",
        "kubernetes_manifest",
        "pool",
        {
            "manifest": {
                "apiVersion": "karpenter.sh/v1",
                "kind": "NodePool",
                "metadata": {"name": "default"},
                "spec": {},
            }
        },
    )


@violation(kills="D12-no-autoscaler")
def night_schedule(stacks: Stacks) -> None:
    """A schedule on the group's Auto Scaling group, in the account's stack."""
    stacks.add(
        "account",
        "aws_autoscaling_schedule",
        "night",
        {"autoscaling_group_name": "eks-main", "scheduled_action_name": "night", "desired_capacity": 1},
    )


@violation(kills="D12-no-autoscaler")
def discovery_tags(stacks: Stacks) -> None:
    """Tags by which an autoscaler finds its groups."""
    stacks.one("live", "aws_eks_node_group", "main")["tags"] = {"k8s.io/cluster-autoscaler/enabled": "true"}


@violation(kills="D12-no-autoscaler", also=("B11-iam-without-wildcards",))
def permission_to_scale(stacks: Stacks) -> None:
    """A role may set the number of nodes: an autoscaler in waiting, with a wildcard in the middle of a word."""
    stacks.add(
        "live",
        "aws_iam_policy",
        "capacity",
        {
            "name": "live-capacity",
            "policy": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"autoscaling:Set*","Resource":"*"}]}',
        },
    )


@violation(kills="D12-no-autoscaler", names="provider.aws.default")
def discovery_by_default_tags(stacks: Stacks) -> None:
    """The provider tags whatever it makes for an autoscaler to find."""
    stacks["live"]["provider"]["aws"][0]["default_tags"][0]["tags"]["k8s.io/cluster-autoscaler/enabled"] = "true"


@violation(kills="D12-no-autoscaler")
def tag_by_an_expression(stacks: Stacks) -> None:
    """The tag's name is put together, so that it does not stand in the code."""
    key = '${join("/", ["k8s.io", "cluster-autoscaler", "enabled"])}'
    stacks.one("live", "aws_eks_node_group", "main")["tags"] = {key: "true"}


@violation(kills="D12-no-autoscaler")
def tag_by_a_variable(stacks: Stacks) -> None:
    """Whoever plans says what the tag is called."""
    stacks["live"]["variable"] = {"tag": {"type": "string"}}
    stacks.one("live", "aws_eks_node_group", "main")["tags"] = {"${var.tag}": "true"}

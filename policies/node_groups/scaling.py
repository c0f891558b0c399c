"""D12: people change the number of nodes; nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.kubernetes import containers
from policies.engine.templates import is_template
from policies.engine.values import Unknown

_ADR = "Cluster scaling"
_SCALERS = (
    "aws_autoscaling_policy",
    "aws_autoscaling_schedule",
    "aws_autoscaling_group_tag",
    "aws_autoscalingplans_scaling_plan",
    "aws_appautoscaling_target",
    "aws_appautoscaling_policy",
    "aws_autoscaling_lifecycle_hook",
)
_CHARTS = (
    "autoscaler",
    "karpenter",
    "keda",
    "cluster-proportional",
    "overprovisioner",
    "cluster-overprovisioner",
    "descheduler",
    "escalator",
    "kube-downscaler",
)
_KINDS = ("NodePool", "EC2NodeClass", "NodeClass", "Provisioner", "AWSNodeTemplate", "ScaledObject", "NodeClaim")
_ACTIONS = (
    "autoscaling:SetDesiredCapacity",
    "autoscaling:UpdateAutoScalingGroup",
    "autoscaling:TerminateInstanceInAutoScalingGroup",
    "eks:UpdateNodegroupConfig",
    "ec2:RunInstances",
    "ec2:CreateFleet",
)


@control(
    id="D12-size-is-written",
    title="The number of nodes is written down and kept",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    remediation="Give desired_size, min_size and max_size as numbers, min ≤ desired ≤ max.",
    references=(_ADR,),
)
def size_is_written(cluster: Cluster) -> Iterator[Finding]:
    """Each size is a literal number, in order."""
    for group in cluster.node_groups():
        block = group["scaling_config"]
        try:
            low, wanted, high = (block[f"{name}_size"].number() for name in ("min", "desired", "max"))
        except Unknown as error:
            yield block.finding(str(error), expected="numbers", unknown=True)
            continue
        if low is None or wanted is None or high is None or not 1 <= low <= wanted <= high:
            yield block.finding("does not order its sizes", expected="1 ≤ min_size ≤ desired_size ≤ max_size")


@control(
    id="D12-no-autoscaler",
    title="No autoscaler of any kind runs",
    severity="high",
    scope="estate",
    reads=("cluster", "workloads", "account"),
    remediation="Remove the autoscaler; a change of size is a pull request. Its adoption needs an amendment of AUTOSCALERS in policies/parameters.",
    references=(_ADR,),
)
def no_autoscaler(estate: Cluster) -> Iterator[Finding]:
    """No scaling policy, chart, object, tag or permission changes the number of nodes."""
    yield from estate.none_of(*_SCALERS, why="the number of nodes is changed by people")
    for release in estate.releases():
        words = f"{release.chart} {release.name}".lower()
        if release.chart not in parameters.AUTOSCALERS and any(word in words for word in _CHARTS):
            yield release.finding("scales nodes or moves pods to save them", found=release.chart, expected="absent")
    for thing in estate.objects(*_KINDS):
        yield thing.finding("belongs to an autoscaler", found=thing.kind, expected="absent")
    for workload in estate.objects():
        for container in containers(workload):
            if any(word in (container["image"].text() or "").lower() for word in _CHARTS):
                yield container["image"].finding("is an autoscaler", expected="absent")
    tagging = [each["tags"] for each in estate.resources("aws_eks_node_group", "aws_launch_template")]
    for tags in (*tagging, *(each["default_tags.tags"] for each in estate.resources("provider.aws"))):
        for key, _ in tags.items():
            if key.startswith(("k8s.io/cluster-autoscaler", "karpenter.sh/")):
                yield tags.finding(f"invites an autoscaler by the tag {key}", expected="absent")
            elif is_template(key):
                yield tags.finding(f"has the key {key}, which only Terraform can tell", unknown=True)
    for policy in estate.policies():
        for statement in policy.statements:
            granted = [action for action in _ACTIONS if statement.grants(action)]
            if granted:
                yield policy.finding(
                    "lets its holder change the number of nodes", found=granted, expected="none of these"
                )

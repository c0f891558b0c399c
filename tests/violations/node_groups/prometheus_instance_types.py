"""Ways to run Prometheus on other machines (D09)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation

_KILLS = "D09-prometheus-types"


@violation(kills=_KILLS)
def half_the_memory(stacks: Stacks) -> None:
    """The main group's type: Prometheus is killed when it runs out of memory."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["instance_types"] = ["r5.xlarge"]


@violation(kills=_KILLS)
def fallback_first(stacks: Stacks) -> None:
    """The older generation first, as a copy of the real fleet once had it."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["instance_types"].reverse()


@violation(kills=_KILLS)
def small_in_the_test_cluster(stacks: Stacks) -> None:
    """The test cluster takes a burstable type, as it once did."""
    stacks.one("test", "aws_eks_node_group", "prometheus")["instance_types"] = ["t3.medium", "t2.medium"]


@violation(kills=_KILLS)
def the_same_type_twice(stacks: Stacks) -> None:
    """Two entries, no fallback."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["instance_types"] = ["r5.2xlarge", "r5.2xlarge"]


@violation(kills=_KILLS)
def chosen_by_the_template(stacks: Stacks) -> None:
    """List and template both name a type; EKS refuses, or a provider lets the template win."""
    stacks.one("manager", "aws_launch_template", "prometheus_template")["instance_type"] = "r5.large"

"""Ways to run other machines in the main group (D07)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation

_KILLS = "D07-main-types"


@violation(kills=_KILLS)
def order_turned_round(stacks: Stacks) -> None:
    """The same three types, the dearest first: a check that compares sets sees no difference."""
    stacks.one("live", "aws_eks_node_group", "main")["instance_types"].reverse()


@violation(kills=_KILLS)
def burstable_fallback(stacks: Stacks) -> None:
    """A cheap burstable type is added at the end, where nobody looks."""
    stacks.one("live", "aws_eks_node_group", "main")["instance_types"].append("t3a.xlarge")


@violation(kills=_KILLS)
def arm_fallback(stacks: Stacks) -> None:
    """An ARM type for which no image is built."""
    stacks.one("live", "aws_eks_node_group", "main")["instance_types"].append("r6g.xlarge")


@violation(kills=_KILLS, also=("D08-nitro",))
def not_nitro(stacks: Stacks) -> None:
    """r4 takes no prefixes and lowers the pods of every node of the group."""
    stacks.one("manager", "aws_eks_node_group", "main")["instance_types"] = ["r5.xlarge", "r4.xlarge"]


@violation(kills=_KILLS)
def type_in_the_template(stacks: Stacks) -> None:
    """The list is gone and the launch template chooses."""
    del stacks.one("live", "aws_eks_node_group", "main")["instance_types"]
    stacks.one("live", "aws_launch_template", "main_template")["instance_type"] = "m5.large"


@violation(kills=_KILLS)
def requirements_in_the_template(stacks: Stacks) -> None:
    """Attribute-based selection lets AWS choose any type that fits."""
    stacks.one("live", "aws_launch_template", "main_template")["instance_requirements"] = {
        "memory_mib": {"min": 32768},
        "vcpu_count": {"min": 4},
    }


@violation(kills=_KILLS)
def left_to_the_default(stacks: Stacks) -> None:
    """No list at all: EKS takes t3.medium."""
    del stacks.one("test", "aws_eks_node_group", "main")["instance_types"]


@violation(kills=_KILLS, also=("D08-nitro",))
def behind_a_condition(stacks: Stacks) -> None:
    """A condition decides at apply time."""
    stacks["live"]["variable"] = {"cheap": {"type": "bool", "default": True}}
    stacks.one("live", "aws_eks_node_group", "main")["instance_types"] = ['${var.cheap ? "t3.large" : "r5.xlarge"}']


@violation(kills=_KILLS)
def amd_first(stacks: Stacks) -> None:
    """The future option, without an amendment."""
    stacks.one("live", "aws_eks_node_group", "main")["instance_types"] = ["r5a.xlarge", "r5.xlarge"]

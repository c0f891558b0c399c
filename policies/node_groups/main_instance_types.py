"""D07: the main group's nodes are r5.xlarge, with memory-optimised x86 fallbacks."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.node_groups.instance_types import ordered_types


@control(
    id="D07-main-types",
    title="The main group runs r5.xlarge with the decided fallbacks, in order",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    remediation="Name instance_types in order of preference, from MAIN_TYPES in policies/parameters, and none in the launch template.",
    references=("Node instance types",),
)
def main_types(cluster: Cluster) -> Iterator[Finding]:
    """On-demand groups try types in the order of the list, so the list is compared as one."""
    for group in cluster.node_groups():
        if not group.is_monitoring:
            yield from ordered_types(group, first=parameters.MAIN_FIRST_TYPE, allowed=parameters.MAIN_TYPES)

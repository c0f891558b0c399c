"""D09: the Prometheus group's nodes are r5.2xlarge, then r4.2xlarge."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.node_groups.instance_types import ordered_types


@control(
    id="D09-prometheus-types",
    title="The Prometheus group runs r5.2xlarge with the decided fallback, in order",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    remediation="Name instance_types in order of preference, from PROMETHEUS_TYPES in policies/parameters, and none in the launch template.",
    references=("Node instance types",),
)
def prometheus_types(cluster: Cluster) -> Iterator[Finding]:
    """On-demand groups try types in the order of the list, so the list is compared as one."""
    for group in cluster.node_groups():
        if group.is_monitoring:
            yield from ordered_types(group, first=parameters.PROMETHEUS_FIRST_TYPE, allowed=parameters.PROMETHEUS_TYPES)

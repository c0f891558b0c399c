"""D06: a main node group and one for Prometheus, nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.attribute import Attribute
from policies.engine.node_group import NodeGroup
from policies.subnets import zones

_ADR = "Node groups"


@control(
    id="D06-two-groups",
    title="Each cluster has exactly two node groups, main and Prometheus",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group", 2),),
    waivable=True,
    remediation="Keep one main group and one for Prometheus; a group beside its successor needs an exception, a third one an amendment of MAIN_GROUPS in policies/parameters.",
    references=(_ADR,),
)
def two_groups(cluster: Cluster) -> Iterator[Finding]:
    """One of the two groups is Prometheus', one is not, and each can be replaced without a gap."""
    groups = cluster.node_groups()
    dedicated = [group for group in groups if group.is_monitoring]
    if len(dedicated) != 1 or len(groups) - len(dedicated) != parameters.MAIN_GROUPS:
        yield cluster.finding(
            f"has {len(groups) - len(dedicated)} main and {len(dedicated)} Prometheus groups",
            found=[group.address for group in groups],
            expected="one of each",
        )
    for group in groups:
        if not group["node_group_name"].absent and group.resource.stack.layer == "synth":
            yield group["node_group_name"].finding(
                "is a fixed name, so a change of type destroys the group before its successor stands",
                expected="node_group_name_prefix",
            )


@control(
    id="D06-successor-first",
    title="A node group is replaced only after its successor stands",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    layers=("synth",),
    remediation="Set lifecycle.create_before_destroy on every node group.",
    references=(_ADR,),
)
def successor_first(cluster: Cluster) -> Iterator[Finding]:
    """A change of instance type never leaves the cluster without nodes."""
    for group in cluster.node_groups():
        if group.resource.lifecycle.get("create_before_destroy") not in (True, "true"):
            yield group.resource.finding(
                "is destroyed before its successor stands",
                found=group.resource.lifecycle,
                expected="create_before_destroy",
            )


@control(
    id="D06-prometheus-alone",
    title="The Prometheus group holds two nodes of one zone for Prometheus alone",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group", 2),),
    remediation="Give the group two nodes, the label, the taint NO_SCHEDULE, and subnets of one zone found by a filter.",
    references=(_ADR,),
)
def prometheus_alone(cluster: Cluster) -> Iterator[Finding]:
    """Label, taint, size and zone of the group for Prometheus."""
    for group in cluster.node_groups():
        if not group.is_monitoring:
            continue
        yield from group.resource.at("labels", parameters.MONITORING_LABEL).must_be(parameters.MONITORING_VALUE)
        wanted = (parameters.MONITORING_TAINT, parameters.MONITORING_VALUE, "NO_SCHEDULE")
        if group.taints() != [wanted]:
            yield group["taint"].finding("does not keep other pods away, or Prometheus too", expected=wanted)
        yield from group["scaling_config.desired_size"].must_be(parameters.PROMETHEUS_NODES)
        yield from group["scaling_config.max_size"].must_be_between(
            parameters.PROMETHEUS_NODES, parameters.PROMETHEUS_NODES + 1
        )
        yield from _one_zone(group)


def _one_zone(group: NodeGroup) -> Iterator[Finding]:
    bound = zones(group["subnet_ids"])
    subnets: Attribute = group["subnet_ids"]
    if bound is None:
        yield subnets.finding("are bound to no zone", expected="subnets of one zone, by filter", unknown=True)
    elif len(bound) != 1:
        yield subnets.finding(
            f"lie in {sorted(bound)}: a volume can be reached from one zone only", expected="one zone"
        )


@control(
    id="D06-main-for-all",
    title="The main group spans zones and admits every workload",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group", 2),),
    remediation="Give the main group subnets of two zones or more, and no taint.",
    references=(_ADR,),
)
def main_for_all(cluster: Cluster) -> Iterator[Finding]:
    """The main group carries neither taint nor Prometheus' label, and loses no more than a part with a zone."""
    for group in cluster.node_groups():
        if group.is_monitoring:
            continue
        if group.taints():
            yield group["taint"].finding("keeps service teams' pods away", expected="no taint")
        bound = zones(group["subnet_ids"])
        if bound is None:
            yield group["subnet_ids"].finding("are bound to no zone", expected="two zones or more", unknown=True)
        elif len(bound) < 2:
            yield group["subnet_ids"].finding(f"lie in {sorted(bound)} alone", expected="two zones or more")

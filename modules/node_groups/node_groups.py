"""D06: the two node groups of a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modules.bindings import (
    Construct,
    DataAwsIamPolicyDocumentStatement,
    EksNodeGroupTaint,
    EksNodeGroupUpdateConfig,
    ITerraformDependable,
)
from modules.control_plane import ControlPlane
from modules.network import ClusterNetwork
from modules.node_groups.main_instance_types import main_instance_types
from modules.node_groups.node_management import ManagedNodeGroup, node_role
from modules.node_groups.prometheus_instance_types import prometheus_instance_types
from modules.settings import names
from modules.settings.cluster import Cluster


class NodeGroups:
    """ADR "Node groups": a main group for the majority of workloads, a Prometheus group, and none besides.

    The Prometheus group has two larger nodes in one zone, found by the zone's name and not by its place in a list, so
    that either node can take the EBS volume over (a volume serves one node at a time; the ADR's "both" is failover).
    Its taint keeps other pods away, its label draws Prometheus there.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        cluster: Cluster,
        control_plane: ControlPlane,
        network: ClusterNetwork,
        session_log: Sequence[DataAwsIamPolicyDocumentStatement],
        tags: Mapping[str, str],
        after: Sequence[ITerraformDependable],
    ) -> None:
        role = node_role(scope, "nodes", cluster=cluster, session_log=session_log)
        self.main = ManagedNodeGroup(
            scope,
            "main",
            cluster=cluster,
            control_plane=control_plane,
            role=role,
            subnet_ids=network.subnet_ids,
            instance_types=main_instance_types(cluster.main),
            size=cluster.main.size,
            disk_size=cluster.main.disk_size,
            update=EksNodeGroupUpdateConfig(max_unavailable_percentage=cluster.main.max_unavailable_percentage),
            tags=tags,
            after=after,
        )
        self.prometheus = ManagedNodeGroup(
            scope,
            "prometheus",
            cluster=cluster,
            control_plane=control_plane,
            role=role,
            subnet_ids=[network.subnet_id(cluster.prometheus.zone)],
            instance_types=prometheus_instance_types(cluster.prometheus),
            size=cluster.prometheus.size,
            disk_size=cluster.prometheus.disk_size,
            update=EksNodeGroupUpdateConfig(max_unavailable=1),
            labels={names.MONITORING_LABEL: "true"},
            taint=EksNodeGroupTaint(key=names.MONITORING_TAINT, value="true", effect="NO_SCHEDULE"),
            tags=tags,
            after=after,
        )

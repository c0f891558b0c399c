"""The `workloads` stack of a cluster."""

from __future__ import annotations

from modules.bindings import Construct
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack


class WorkloadsStack(FleetStack):
    """The `workloads` stack of a cluster."""

    def __init__(self, scope: Construct, *, fleet: Fleet, cluster: Cluster) -> None:
        super().__init__(
            scope,
            names.workloads_stack(cluster.name),
            fleet=fleet,
            state_key=f"aws-accounts/cloud-platform-aws/vpc/eks/components/{cluster.name}/terraform.tfstate",
        )

"""The cluster's DNS zone."""

from __future__ import annotations

from modules.bindings import Construct, DataAwsRoute53Zone, Route53Record, Route53Zone
from modules.keys import unless_destroyed_on_purpose
from modules.settings import names
from modules.settings.cluster import Cluster

DELEGATION_TTL = 30
"""Seconds, short as the organisation has it: a zone made anew is found at once."""


class ClusterZone(Construct):
    """A zone for each cluster below the organisation's domain, and its delegation (not decided in the ADR).

    Without protection it goes with all its records, whoever made them.
    """

    def __init__(self, scope: Construct, id_: str, *, cluster: Cluster, base_domain: str) -> None:
        super().__init__(scope, id_)
        domain = names.fqdn(cluster.name, base_domain)
        zone = Route53Zone(
            self,
            "Default",
            name=domain,
            comment=f"Cluster {cluster.name}",
            force_destroy=not cluster.protect,
            lifecycle=unless_destroyed_on_purpose(cluster.protect),
        )
        parent = DataAwsRoute53Zone(self, "parent", name=base_domain, private_zone=False)
        Route53Record(
            self,
            "delegation",
            zone_id=parent.zone_id,
            name=domain,
            type="NS",
            ttl=DELEGATION_TTL,
            records=zone.name_servers,
        )

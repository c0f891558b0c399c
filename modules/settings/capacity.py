"""Whether the subnets of each VPC hold the pods that the node counts of its clusters allow.

In each zone, with `n` zones:

    a node takes        16 addresses for each prefix: one prefix per 16 pods of max-pods, and one warm prefix;
                        1 address for each network interface those prefixes need
    the main group      ceil(maximum / n) nodes in each zone
    the other group     all its nodes in its one zone
    a replacement       of one group of the VPC at a time: that zone's largest group counts twice
    a subnet offers     2^(32 - prefix length) addresses, less the 5 that AWS keeps

Without prefixes a node takes every address of all its interfaces.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from modules.settings.cluster import Cluster
from modules.settings.instance_types import subnet_addresses

KEPT_BY_AWS = 5
"""Addresses of each subnet that AWS keeps."""


class Demand(NamedTuple):
    """Addresses that one node group may take in one zone."""

    cluster: str
    group: str
    nodes: int
    addresses: int


class Shortage(NamedTuple):
    """A zone whose subnet is too small."""

    vpc: str
    zone: str
    cidr: str
    offered: int
    asked: int
    arithmetic: str


def demands(cluster: Cluster) -> Mapping[str, list[Demand]]:
    """Return what the groups of `cluster` may take, by zone."""
    zones = cluster.network.node_subnets.cidrs
    found: dict[str, list[Demand]] = defaultdict(list)
    main = subnet_addresses(cluster.main.instance_types, prefix_delegation=cluster.prefix_delegation)
    nodes = -(-cluster.main.size.maximum // len(zones))
    for zone in zones:
        found[zone].append(Demand(cluster.name, "main", nodes, nodes * main))
    prometheus = subnet_addresses(cluster.prometheus.instance_types, prefix_delegation=cluster.prefix_delegation)
    nodes = cluster.prometheus.size.maximum
    found[cluster.prometheus.zone].append(Demand(cluster.name, "prometheus", nodes, nodes * prometheus))
    return found


def shortages(clusters: Iterable[Cluster]) -> Iterator[Shortage]:
    """Yield each zone of each VPC whose subnet is too small for all clusters of the VPC together."""
    lookups: dict[tuple[str, str, str], list[Cluster]] = defaultdict(list)
    for cluster in clusters:
        subnets = cluster.network.node_subnets
        lookups[cluster.network.vpc, subnets.tag, subnets.value].append(cluster)
    for (vpc, _, _), members in lookups.items():
        by_zone: dict[str, list[Demand]] = defaultdict(list)
        for cluster in members:
            for zone, found in demands(cluster).items():
                by_zone[zone] += found
        for zone, cidr in members[0].network.node_subnets.cidrs.items():
            largest = max(by_zone[zone], key=lambda demand: demand.addresses)
            asked = sum(demand.addresses for demand in by_zone[zone]) + largest.addresses
            offered = ipaddress.IPv4Network(cidr).num_addresses - KEPT_BY_AWS
            if asked > offered:
                terms = [f"{each.cluster} {each.group} {each.nodes} nodes {each.addresses}" for each in by_zone[zone]]
                terms.append(f"{largest.cluster} {largest.group} again while it is replaced {largest.addresses}")
                yield Shortage(vpc, zone, cidr, offered, asked, " + ".join(terms))

"""Whether the subnets of each VPC hold the pods that the node counts of its clusters allow.

In each zone, with `n` zones, over all clusters that state the zone's subnet:

    a node takes        16 addresses for each prefix: one prefix per 16 pods of max-pods, and one warm prefix;
                        1 address for each network interface those prefixes need
    the main group      ceil(maximum / n) nodes in each zone
    the other group     all its nodes in its one zone
    a replacement       of one group of the VPC at a time: that subnet's largest group counts twice
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
    """A subnet that is too small for the clusters that stand in it."""

    cluster: int
    """Which of the clusters states the subnet first."""
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
    """Yield each subnet that is too small for all clusters of its VPC that stand in it, by whatever tag they find it."""
    first: dict[tuple[str, ipaddress.IPv4Network], tuple[int, str, str]] = {}
    asking: dict[tuple[str, ipaddress.IPv4Network], list[Demand]] = defaultdict(list)
    for index, cluster in enumerate(clusters):
        by_zone = demands(cluster)
        for zone, cidr in cluster.network.node_subnets.cidrs.items():
            subnet = cluster.network.vpc, ipaddress.IPv4Network(cidr)
            first.setdefault(subnet, (index, zone, cidr))
            asking[subnet] += by_zone[zone]
    for (vpc, network), (index, zone, cidr) in first.items():
        found = asking[vpc, network]
        largest = max(found, key=lambda demand: demand.addresses)
        asked = sum(demand.addresses for demand in found) + largest.addresses
        offered = network.num_addresses - KEPT_BY_AWS
        if asked > offered:
            terms = [f"{each.cluster} {each.group} {each.nodes} nodes {each.addresses}" for each in found]
            terms.append(f"{largest.cluster} {largest.group} again while it is replaced {largest.addresses}")
            yield Shortage(index, vpc, zone, cidr, offered, asked, " + ".join(terms))

"""Settings of the VPC and the subnets that a cluster stands in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from modules.settings.fields import Cidr, Settings, Zone, setting
from modules.settings.rules import Violation, rule


class SubnetLookup(Settings):
    """Subnets found by tag; their zones and CIDRs are stated here and held by a postcondition on the look-up."""

    tag: str = setting("Tag key of the subnets.", "SubnetType", min_length=1, max_length=128)
    value: str = setting("Tag value of the subnets.", example="Private", min_length=1, max_length=256)
    cidrs: dict[Zone, Cidr] = setting("The subnets' network in each zone.", min_length=2)

    @rule
    def subnets_have_a_size_that_aws_allows(self) -> Iterator[Violation]:
        """A subnet is between /16 and /28."""
        for zone, cidr in self.cidrs.items():
            if not 16 <= ipaddress.IPv4Network(cidr).prefixlen <= 28:
                yield Violation(("cidrs", zone), cidr, "a subnet from /16 to /28")

    @rule
    def subnets_of_zones_do_not_overlap(self) -> Iterator[Violation]:
        """The networks of different zones share no address."""
        networks: list[tuple[str, ipaddress.IPv4Network]] = []
        for zone, cidr in self.cidrs.items():
            network = ipaddress.IPv4Network(cidr)
            for other, taken in networks:
                if network.overlaps(taken):
                    yield Violation(("cidrs", zone), cidr, f"a network apart from that of {other}, {taken}")
            networks.append((zone, network))


class Network(Settings):
    """The VPC that the cluster stands in; it exists already and is found by tag."""

    vpc: str = setting("Tag `Name` of the VPC.", example="live-1", min_length=1, max_length=256)
    node_subnets: SubnetLookup = setting("Subnets of nodes and pods, with a route out.")


def overlapping(networks: Iterable[Network]) -> Iterator[tuple[int, str, str, str]]:
    """Yield index, zone and CIDR of each subnet that shares addresses with a different one of the same VPC, and that one."""
    seen: dict[str, dict[ipaddress.IPv4Network, str]] = {}
    for index, network in enumerate(networks):
        known = seen.setdefault(network.vpc, {})
        for zone, cidr in network.node_subnets.cidrs.items():
            subnet = ipaddress.IPv4Network(cidr)
            if subnet in known:
                continue
            yield from ((index, zone, cidr, other) for taken, other in known.items() if subnet.overlaps(taken))
            known[subnet] = cidr


def in_two_zones(networks: Iterable[Network]) -> Iterator[tuple[int, str, str, str, int]]:
    """Yield index, zone and CIDR of each subnet that an earlier network states in another zone of the VPC, that zone and its index."""
    first: dict[tuple[str, ipaddress.IPv4Network], tuple[str, int]] = {}
    for index, network in enumerate(networks):
        for zone, cidr in network.node_subnets.cidrs.items():
            stated, place = first.setdefault((network.vpc, ipaddress.IPv4Network(cidr)), (zone, index))
            if stated != zone and place != index:
                yield index, zone, cidr, stated, place

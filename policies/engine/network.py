"""Security group rules of every resource form, in one shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any, Literal

from policies.engine.attribute import Attribute
from policies.engine.memory import remembered
from policies.engine.resource import Resource, Source, Stack

Direction = Literal["ingress", "egress"]
_PART_OF_THE_WORLD = 1 / 64
"""Share of all addresses from which on a list of networks is no list of places."""


@dataclass(eq=False)
class Rule(Source):
    """One rule: what may pass, between the group and whom."""

    resource: Resource
    direction: Direction
    at: Attribute
    group: Resource | None
    """The security group that the rule is part of; None where it is not in this stack."""

    @property
    def address(self) -> str:
        """Terraform address."""
        return self.resource.address

    @property
    def protocol(self) -> str:
        """`tcp`, `udp`, …; `-1` for all."""
        found = self.at["protocol"].text() or self.at["ip_protocol"].text() or "-1"
        return "-1" if found.lower() == "all" else found.lower()

    def covers(self, port: int) -> bool:
        """Whether the rule lets TCP traffic to `port` pass."""
        if self.protocol == "-1":
            return True
        if self.protocol not in ("tcp", "6"):
            return False
        low, high = self.at["from_port"].number(), self.at["to_port"].number()
        if low is None or high is None or low == -1:
            return True
        return low <= port <= high

    @property
    def cidrs(self) -> list[str]:
        """Networks, IPv4 and IPv6, on the other side."""
        names = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
        return [each for name in names for each in self.at[name].strings()]

    @property
    def prefix_lists(self) -> list[Any]:
        """Prefix lists on the other side."""
        return [each for name in ("prefix_list_ids", "prefix_list_id") for each in self._items(name)]

    @property
    def groups(self) -> list[Any]:
        """Security groups on the other side."""
        names = ("security_groups", "source_security_group_id", "referenced_security_group_id")
        return [each for name in names for each in self._items(name)]

    @property
    def from_itself(self) -> bool:
        """Whether the group itself is the other side."""
        return self.at["self"].flag() is True

    @property
    def only_itself(self) -> bool:
        """Whether nothing but the group itself is on the other side."""
        return self.from_itself and not (self.cidrs or self.prefix_lists or self.groups)

    @property
    def from_world(self) -> bool:
        """Whether any address is on the other side."""
        return share_of_the_world(self.networks) > _PART_OF_THE_WORLD

    @property
    def networks(self) -> list[str]:
        """Networks on the other side, those of prefix lists included."""
        found = self.cidrs
        for each in self._followed_lists():
            found += [entry["cidr"].text() or "" for entry in each["entry"].blocks()]
            found += [
                entry["cidr"].text() or ""
                for entry in each.stack.of_kind("aws_ec2_managed_prefix_list_entry")
                if each in entry["prefix_list_id"].follow("aws_ec2_managed_prefix_list")
            ]
        return found

    @property
    def unseen_lists(self) -> bool:
        """Whether a prefix list is on the other side whose networks nothing here says."""
        return len(self._followed_lists()) < len(self.prefix_lists)

    def _followed_lists(self) -> list[Resource]:
        names = ("prefix_list_ids", "prefix_list_id")
        return [each for name in names for each in self.at[name].follow("aws_ec2_managed_prefix_list")]

    def _items(self, name: str) -> list[Any]:
        attribute = self.at[name]
        if attribute.absent:
            return []
        return attribute.node if isinstance(attribute.node, list) else [attribute.node]


def share_of_the_world(cidrs: Iterable[str]) -> float:
    """Return the share of all addresses of its family that these networks hold together, private ones left out; raise ValueError."""
    networks = [ip_network(each, strict=False) for each in cidrs]
    old = collapse_addresses([each for each in networks if isinstance(each, IPv4Network)])
    new = collapse_addresses([each for each in networks if isinstance(each, IPv6Network)])
    return max(sum(map(_share, old)), sum(map(_share, new)))


def _share(network: IPv4Network | IPv6Network) -> float:
    return 0.0 if network.is_private and network.prefixlen else 2.0**-network.prefixlen


@remembered("_rules")
def rules(stack: Stack) -> list[Rule]:
    """Return the rules of a stack, the same objects each time."""
    return list(_rules(stack))


def _rules(stack: Stack) -> Iterator[Rule]:
    directions: tuple[Direction, ...] = ("ingress", "egress")
    for kind in ("aws_security_group", "aws_default_security_group"):
        for resource in stack.of_kind(kind):
            for direction in directions:
                for block in resource[direction].blocks():
                    yield Rule(resource, direction, block, resource)
    for resource in stack.of_kind("aws_security_group_rule"):
        side: Direction = "egress" if resource["type"].text() == "egress" else "ingress"
        yield Rule(resource, side, _whole(resource), _group(resource))
    for direction in directions:
        for resource in stack.of_kind(f"aws_vpc_security_group_{direction}_rule"):
            yield Rule(resource, direction, _whole(resource), _group(resource))


def _whole(resource: Resource) -> Attribute:
    """Return the attributes of a resource as one map."""
    return Attribute(resource, "", {each.path: each.node for each in resource.attributes()})


def _group(rule: Resource) -> Resource | None:
    found = rule["security_group_id"].follow("aws_security_group", "aws_default_security_group")
    return found[0] if found else None

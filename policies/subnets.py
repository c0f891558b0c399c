"""Which zones and networks a list of subnets is bound to, as far as the configuration itself says."""

from __future__ import annotations

import re
from typing import Any

from policies.engine.attribute import Attribute
from policies.engine.resource import Resource

_SUBNETS = ("data.aws_subnet", "data.aws_subnets", "aws_subnet")
_CIDR = re.compile(r"self\.cidr_block == \"([0-9.]+/\d+)\"")


def zones(subnets: Attribute) -> set[str] | None:
    """Return the zones that `subnets` are bound to by a filter or by themselves; None where one is bound to none."""
    found: set[str] = set()
    followed = subnets.follow(*_SUBNETS)
    for subnet in followed:
        zone = _zone(subnet)
        if zone is None:
            return None
        found |= zone
    return found if followed and len(followed) >= len(subnets.blocks()) else None


def _zone(subnet: Resource) -> set[str] | None:
    direct = subnet["availability_zone"]
    if direct.known and not direct.absent:
        return {direct.text() or ""}
    for block in subnet["filter"].blocks():
        if block["name"].text() in ("availability-zone", "availabilityZone"):
            named = set(block["values"].strings())
            return named if len(named) == 1 or subnet.type == "aws_subnets" else None  # one subnet lies in one zone
    return None


def networks(subnets: Attribute) -> dict[str, str | None]:
    """Return each subnet's network by its address: its own argument, or what a postcondition holds it to; None where neither says."""
    found: dict[str, str | None] = {}
    for subnet in subnets.follow(*_SUBNETS):
        own = subnet["cidr_block"]
        text = own.text() if own.known else None
        if text is None:
            matches = [
                match
                for each in _conditions(subnet.lifecycle)
                if not set("|!?") & set(each)
                for match in _CIDR.findall(each)
            ]
            text = matches[0] if len(matches) == 1 else None
        found[subnet.address] = text
    return found


def _conditions(lifecycle: dict[str, Any]) -> list[str]:
    blocks = lifecycle.get("postcondition") or []
    return [str(each.get("condition", "")) for each in (blocks if isinstance(blocks, list) else [blocks])]

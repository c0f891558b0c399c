"""What there is in a cluster, so that a test sees what somebody left behind."""

from __future__ import annotations

import time

from tests.live.client import Client, eventually

PASSING = frozenset({"Endpoints", "EndpointSlice", "Event", "Lease"})
"""Kinds that servers make and renew as they please."""
BEAT = 0.5
"""Seconds between two looks."""

Found = frozenset[tuple[str, str, str]]
"""Objects by group and kind, namespace and name."""


def inventory(admin: Client) -> Found:
    """Every object that the server lists."""
    found: set[tuple[str, str, str]] = set()
    for name, kind in admin.kinds().items():
        if name.rpartition("/")[2] not in PASSING:
            answer = admin.request("GET", kind.path())
            # Reviews and the like are asked and never listed.
            listed = answer.body.get("items") or [] if answer.ok else []
            found |= {(name, each["metadata"].get("namespace", ""), each["metadata"]["name"]) for each in listed}
    return frozenset(found)


def settled_inventory(admin: Client) -> Found:
    """The same once controllers have made what is theirs: two looks see the same."""

    def look_twice() -> tuple[Found, Found]:
        before = inventory(admin)
        time.sleep(BEAT)
        return before, inventory(admin)

    return eventually(look_twice, lambda seen: seen[0] == seen[1])[0]

"""Whether a plan shows what was synthesized: the same addresses, instance by instance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from policies.engine.plan import declared_addresses, without_index
from policies.engine.refusal import Refusal
from policies.engine.resource import Stack

_EPHEMERAL = "ephemeral."
"""How the address of an ephemeral resource begins; Terraform shows none in a plan."""


def compare(stack: Stack, document: dict[str, Any], base: Stack, refusals: list[Refusal]) -> None:
    """Refuse the plan in `document` where its addresses are not those of `base`, which is synthesized."""
    planned, written = _instances(stack), _instances(base)
    declared = _lasting(declared_addresses(document)) | planned.keys()
    synthesized = _lasting(base.declared)
    extra, missing = declared - synthesized, synthesized - declared
    untold = {each.base for each in base.resources if each.multiplicity == "unknown"}  # X04 refuses these
    for address in declared & synthesized - untold:
        found = planned.get(address, set())
        extra |= found - written.get(address, set())
        if found or address.startswith("data."):  # of what is managed and has no instance at all, X01 tells
            missing |= written.get(address, set()) - found
    for addresses, text in ((extra, "is planned but not synthesized"), (missing, "is synthesized but not planned")):
        for address in sorted(addresses):
            refusals.append(Refusal("X10-same-addresses", stack.name, f"{stack.file}: {address} {text}", address))


def _lasting(addresses: Iterable[str]) -> set[str]:
    return {each for each in addresses if not each.startswith(_EPHEMERAL)}


def _instances(stack: Stack) -> dict[str, set[str]]:
    """Return the addresses of each resource's instances by its address without index."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in stack.resources:
        if each.mode != "ephemeral":
            found[without_index(each.base)].add(each.address)
    return found

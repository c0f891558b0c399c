"""What the plans change, and which decisions look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from policies.engine.control import Presence
from policies.engine.estate import Estate
from policies.engine.judge import Report
from policies.engine.resource import Resource, Stack

Kind = Literal["destroy", "replace", "create", "update"]
ORDER: tuple[Kind, ...] = ("destroy", "replace", "update", "create")
"""What takes something away comes first, what only adds comes last."""


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that a plan does not leave as it is."""

    kind: Kind
    stack: str
    address: str
    decisions: tuple[str, ...]
    """Decisions whose controls asked for this resource, or for its like where it will be gone."""


def changes(report: Report) -> list[Change]:
    """Return all that the plans change, deletions first."""
    found = [each for view in report.views if view.layer == "plan" for each in _changes(view)]
    return sorted(found, key=lambda each: (ORDER.index(each.kind), not each.decisions, each.stack, each.address))


def _changes(view: Estate) -> Iterator[Change]:
    for stack in view.stacks:
        if stack.layer != "plan":
            continue
        gone = _askers(stack, view)
        for resource in stack.deleted:
            yield Change("destroy", stack.name, resource.address, tuple(sorted(gone.get(id(resource), ()))))
        for resource in stack.resources:
            kind = _kind(resource)
            if kind:
                readers = view.readers.get(id(resource), set())
                yield Change(kind, stack.name, resource.address, tuple(sorted(readers)))


def _kind(resource: Resource) -> Kind | None:
    if resource.mode != "managed" or resource.actions in ((), ("no-op",), ("read",)):
        return None
    if "delete" in resource.actions:
        return "replace" if "create" in resource.actions else "destroy"
    return "create" if "create" in resource.actions else "update"


def _askers(stack: Stack, view: Estate) -> dict[int, set[str]]:
    """Return by a deleted resource's identity the decisions whose controls would have asked for it."""
    found: dict[int, set[str]] = {}
    if stack.deleted:
        former = Estate("plan", [Stack(stack.name, "plan", resources=[*stack.deleted])])
        for kind, decisions in view.askers.items():
            former.start()
            Presence(kind).count(former)
            for each in former.attention.resources:
                found.setdefault(each, set()).update(decisions)
    return found

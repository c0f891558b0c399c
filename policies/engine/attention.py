"""What one control looks at in an estate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from policies.engine.iam import IamRole
from policies.engine.resource import Resource


@dataclass(slots=True)
class Attention:
    """How many objects were looked at, which resources were asked for, and by what kinds."""

    checked: list[list[object]] = field(default_factory=list)
    """What was looked at, each time somebody asked for it."""
    resources: dict[int, Resource] = field(default_factory=dict)
    """What was asked for by its kind or followed to; not what was seen in passing, as by a control that walks over everything."""
    kinds: set[str] = field(default_factory=set)
    """What was asked for, as a presence names it: a resource type, `object:Kind`, `release:chart`."""

    def number(self) -> int:
        """Return how many objects were looked at."""
        return len({id(each) for objects in self.checked for each in objects})

    def look(self, objects: Iterable[object]) -> None:
        """Remember the resources that `objects` stand in."""
        for each in objects:
            for part in (each, *each.documents, *each.attached) if isinstance(each, IamRole) else (each,):
                source = getattr(part, "owner", part)
                resource = getattr(source, "resource", None)
                if isinstance(resource, Resource):
                    self.resources[id(resource)] = resource

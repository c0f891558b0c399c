"""What the catalogue says of a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FutureOption:
    """Something that the ADR keeps for later: forbidden today, allowed by one recorded amendment."""

    name: str
    forbidden_by: str
    """The control that forbids it today; empty where nothing in the estate could show it."""
    amendment: str
    """What to change, and where, to allow it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One "Chosen" of the ADR, or a prohibition that it decides."""

    id: str
    name: str
    """Its name in `modules/`, `policies/` and `tests/`."""
    heading: str
    """The ADR's heading."""
    decided: str
    """The decision, in our words."""
    status: Literal["in force", "in force, by other means", "in force, once in the backlog"]
    served_by: str
    """What serves it today."""
    modules: tuple[str, ...]
    """Paths below `modules/` that build it."""
    settled: tuple[str, ...] = ()
    """Where the ADR contradicts itself or its mechanism is gone, and how that is settled."""
    out_of_scope: tuple[str, ...] = ()
    future: tuple[FutureOption, ...] = ()

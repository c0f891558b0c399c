"""The decisions of the ADR: one record each, by id."""

from __future__ import annotations

from typing import Final

from policies.catalogue import login, network, nodes, operations, pods
from policies.catalogue.record import Decision, FutureOption

DECISIONS: Final[dict[str, Decision]] = {
    each.id: each
    for each in sorted(
        (*login.DECISIONS, *nodes.DECISIONS, *network.DECISIONS, *operations.DECISIONS, *pods.DECISIONS),
        key=lambda decision: decision.id,
    )
}
"""Every decision, ordered by id."""

SHARED_MODULES: Final[dict[str, str]] = {}
"""Paths below `modules/` that serve all decisions, each with what it is for."""

__all__ = ["DECISIONS", "SHARED_MODULES", "Decision", "FutureOption"]

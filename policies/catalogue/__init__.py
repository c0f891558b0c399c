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

SHARED_MODULES: Final[dict[str, str]] = {
    "app.py": "puts the stacks together and orders them",
    "bindings.py": "the only place that imports CDKTF and its providers",
    "expression.py": "tells Terraform's expressions from text that must come through as written",
    "fast_synth": "starts the bindings' runtime in seconds",
    "output.py": "writes the output whole or not at all",
    "release.py": "a Helm release with its chart pinned",
    "settings": "what a fleet may ask for",
    "stacks": "one module for each kind of stack",
    "successor.py": "serves the same imports from cdktn",
}
"""Paths below `modules/` that serve all decisions, each with what it is for."""

__all__ = ["DECISIONS", "SHARED_MODULES", "Decision", "FutureOption"]

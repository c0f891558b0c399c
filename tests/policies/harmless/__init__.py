"""Ways to say the same in other words: each changes correct output and breaks no decision."""

from __future__ import annotations

from collections.abc import Callable

from tests.violations.catalogue import Stacks

Rewrite = Callable[[Stacks], None]
REWRITES: list[Rewrite] = []


def rewrite(function: Rewrite) -> Rewrite:
    """Register a way to say the same."""
    assert function.__doc__
    REWRITES.append(function)
    return function

"""Keeps what is worked out of a stack, a resource or a release with it: several controls ask for the same."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

Holder = TypeVar("Holder")
Found = TypeVar("Found")


def remembered(name: str) -> Callable[[Callable[[Holder], Found]], Callable[[Holder], Found]]:
    """Have a function answer with the same objects each time it is asked about the same holder, which keeps them as `name`."""

    def remember(work_out: Callable[[Holder], Found]) -> Callable[[Holder], Found]:
        @functools.wraps(work_out)
        def look(holder: Holder) -> Found:
            kept: dict[str, Any] = holder.__dict__
            if name not in kept:
                kept[name] = work_out(holder)
            found: Found = kept[name]
            return found

        return look

    return remember

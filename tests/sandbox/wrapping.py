"""Replaces methods of moto around what they were."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Original = Callable[..., Any]


def wrap(owner: type, name: str, wrapper: Callable[[Original], Original]) -> None:
    """Replace a method once, whatever number of times a session asks for it."""
    original = getattr(owner, name)
    if getattr(original, "corrected", False):
        return
    replacement = functools.wraps(original)(wrapper(original))
    vars(replacement)["corrected"] = True
    setattr(owner, name, replacement)

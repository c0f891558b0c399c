"""Lets Node name elements by their path where a stack does so in Python, by the same rule (naming.cjs)."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

from modules.fast_synth.known import Versions, are_known

Rule = TypeVar("Rule", bound=Callable[..., str])

CDKTF: Versions = {"cdktf": ("0.21.0",), "cdktn": ("0.24.0",)}
"""Those whose TerraformStack naming.cjs knows."""
MARK = "$namedByPath"
"""What marks a stack for Node: an override of a method that nothing has or calls."""


def named_by_path(rule: Rule) -> Rule:
    """Say of a stack's `_allocate_logical_id` that it joins the plain ids of a path, `Default` left out, with `_`."""
    rule.__dict__[MARK] = True
    return rule


def name_in_node() -> None:
    """Mark each stack whose rule is known to Node, from now on; with another cdktf, Python names each element."""
    if not are_known(CDKTF):
        return
    kernel: Any = importlib.import_module("jsii._kernel")
    stock = kernel._get_overides

    def overrides(klass: Any, obj: Any) -> list[Any]:
        found: list[Any] = stock(klass, obj)
        if any(MARK in getattr(getattr(type(obj), str(each.cookie), None), "__dict__", {}) for each in found):
            found.append(kernel.Override(method=MARK, cookie=MARK))
        return found

    kernel._get_overides = overrides

"""What an attribute can hold: a literal, a template with references, a provider-computed default, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final


class Unknown(Exception):
    """A control asked for a literal where the configuration has none; becomes the verdict UNKNOWN."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what = what
        self.reason = reason


class _Marker:
    """A value that stands for the want of one."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ABSENT: Final = _Marker("absent")
"""Not in the configuration."""
COMPUTED: Final = _Marker("computed by the provider")
"""Not in the configuration; the provider will choose."""


@dataclass(frozen=True, slots=True)
class Template:
    """Text that Terraform evaluates.

    `value` is what it evaluates to where that is certain, `decoded` the structure inside `jsonencode(...)`;
    either is ABSENT where it is not known.
    """

    text: str
    references: tuple[str, ...] = ()
    value: Any = ABSENT
    decoded: Any = ABSENT

    def __str__(self) -> str:
        return self.text


def literal(node: Any, what: Callable[[], str]) -> Any:
    """Return `node` with each template replaced by its value; raise Unknown where one has none."""
    if isinstance(node, Template):
        if node.value is ABSENT:
            if node.decoded is not ABSENT:
                return literal(node.decoded, what)
            raise Unknown(what(), f"is {node.text}, not a literal")
        return literal(node.value, what)
    if isinstance(node, dict):
        return {key: literal(value, what) for key, value in node.items()}
    if isinstance(node, list):
        return [literal(value, what) for value in node]
    if node is ABSENT or node is COMPUTED:
        return None
    return node


def show(node: Any) -> Any:
    """Return `node` as JSON-able data for a report, templates as their text."""
    if isinstance(node, Template):
        return node.text if node.value is ABSENT else show(node.value)
    if isinstance(node, dict):
        return {str(key): show(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [show(value) for value in node]
    if isinstance(node, set | frozenset):
        return sorted((show(value) for value in node), key=str)
    if isinstance(node, _Marker):
        return str(node)
    if node is None or isinstance(node, str | int | float | bool):
        return node
    return str(node)


def as_text(value: Any) -> str:
    """Return a literal scalar as Terraform converts it to a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def same(left: Any, right: Any) -> bool:
    """Compare literals as Terraform does: "1" is 1, "true" is true."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if left is None or right is None or isinstance(left, dict | list) or isinstance(right, dict | list):
        return bool(left == right)
    return as_text(left) == as_text(right)

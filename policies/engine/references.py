"""References as Terraform spells them: `aws_iam_role.nodes["a"].arn`, `local.x.y`; what they name, what they stand for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from policies.engine.templates import is_template, references
from policies.engine.values import ABSENT, Template

_KEPT = 1 << 16
_SEGMENT = re.compile(r"([A-Za-z_*][\w-]*|\d+)|\[(?:\"([^\"]*)\"|(\d+|\*))\]")


@lru_cache(maxsize=_KEPT)
def segments_of(reference: str) -> tuple[str, ...]:
    """Split `a.b["c"].d` into a, b, [c, d; an index keeps a leading bracket."""
    return tuple(name or f"[{key or number}" for name, key, number in _SEGMENT.findall(reference))


@lru_cache(maxsize=_KEPT)
def split_reference(segments: tuple[str, ...]) -> tuple[str, tuple[str, ...], str | None]:
    """Return the resource's address without index, the attribute path and the index; an empty address for what is no resource."""
    if not segments or segments[0] in ("local", "var", "module", "each", "count", "path", "self", "terraform"):
        return "", (), None
    size = 3 if segments[0] in ("data", "ephemeral") else 2
    if len(segments) < size or any(each.startswith("[") for each in segments[:size]):
        return "", (), None
    rest = segments[size:]
    index = None
    if rest and (rest[0].startswith("[") or rest[0].isdigit() or rest[0] == "*"):
        index, rest = rest[0].removeprefix("["), rest[1:]
    return ".".join(segments[:size]), rest, None if index == "*" else index


def walk(node: Any, segments: tuple[str, ...]) -> Any:
    """Return what stands in `node` below `segments`, or ABSENT where that is not certain."""
    for segment in segments:
        key = segment.removeprefix("[")
        while isinstance(node, Template) and node.value is not ABSENT:
            node = node.value
        if isinstance(node, list):
            if not key.isdigit():
                return ABSENT
            node = node[int(key)] if int(key) < len(node) else ABSENT
        elif isinstance(node, dict):
            single = segment == "[0" and key not in node  # a block of one, written as an object
            node = node if single else node.get(key, ABSENT)
        else:
            return ABSENT
    if isinstance(node, Template) and node.value is ABSENT:
        return node if node.decoded is not ABSENT else ABSENT
    return (
        ABSENT
        if node is None
        else (node if isinstance(node, str | int | float | bool | list | dict | Template) else ABSENT)
    )


def gather_references(node: Any, found: dict[str, None]) -> None:
    """Add each reference in the text of `node`, at any depth, to `found`."""
    if isinstance(node, str):
        if is_template(node):
            found.update(dict.fromkeys(references(node)))
    elif isinstance(node, dict):
        for value in node.values():
            gather_references(value, found)
    elif isinstance(node, list):
        for value in node:
            gather_references(value, found)

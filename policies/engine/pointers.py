"""What an attribute stands for: a reference by itself, not one that an expression merely mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from policies.engine.references import segments_of
from policies.engine.templates import CHAIN, element_end, is_template, pieces, string_end
from policies.engine.values import ABSENT, Template, as_text

if TYPE_CHECKING:
    from policies.engine.resource import Stack

_CALL = re.compile(r"([a-z0-9]+)\((.*)\)", re.DOTALL)
_EACH = re.compile(r"\[\s*for\s+(?:\w+\s*,\s*)?(\w+)\s+in\s+([\w.-]+)\s*:\s*\1\.(\w+)\s*\]")
_CASTS = frozenset(
    {"tolist", "toset", "tostring", "sensitive", "nonsensitive", "concat", "flatten", "distinct", "base64decode"}
)
"""Functions that put nothing else in the place of an element."""
IDENTITIES = frozenset(
    [
        "arn",
        "bucket",
        "certificate_authority",
        "client_id",
        "cluster_name",
        "cluster_security_group_id",
        "data",
        "endpoint",
        "id",
        "ids",
        "insecure_value",
        "issuer",
        "json",
        "key_id",
        "latest_version",
        "minified_json",
        "name",
        "target_key_arn",
        "target_key_id",
        "url",
        "value",
        "version",
    ]
)
"""Attributes that say which resource is meant, or what it is for; a description or a tag does not."""


class Mixed(Exception):
    """The expression computes something out of what it mentions; its text says how."""


@lru_cache(maxsize=1 << 16)
def chains_of(expression: str) -> tuple[str, ...] | None:
    """Return the references that an expression is: one, or a list of them with texts between; None where it computes."""
    text = expression.strip()
    if not text:
        return None
    if match := CHAIN.fullmatch(text):
        chain = re.sub(r"\s", "", match.group())
        return (chain,) if "." in chain else None
    if text[0] == '"' and string_end(text, 0) == len(text):
        inner = pieces(text[1:-1])
        if len(inner) == 1 and inner[0][0]:
            return chains_of(inner[0][1])
        return None if any(is_expression for is_expression, _ in inner) else ()
    if each := _EACH.fullmatch(text):
        return (f"{each.group(2)}[*].{each.group(3)}",)
    call = _CALL.fullmatch(text)
    if call is not None and call.group(1) in _CASTS:
        inside = call.group(2)
    elif (text[0] == "[" and text[-1] == "]") or (text[0] == "(" and text[-1] == ")"):
        inside = text[1:-1]
    else:
        return None
    found: list[str] = []
    for part in _elements(inside):
        chains = chains_of(part)
        if chains is None:
            return None
        found += chains
    return tuple(found)


def _elements(text: str) -> Iterator[str]:
    """Split at the commas that stand in no bracket and no string."""
    start = 0
    while start < len(text):
        end = element_end(text, start)
        if text[start:end].strip() or end < len(text):
            yield text[start:end]
        start = end + 1


def pointers(node: Any, stack: Stack) -> Iterator[str]:
    """Yield each reference that `node` is, or that its elements are, `local.x` followed; raise Mixed for what computes."""
    yield from _pointers(node, stack, frozenset())


def _pointers(node: Any, stack: Stack, seen: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Template):
        chains = _of_text(node.text)
        if chains is None and node.value is not ABSENT:
            yield from _pointers(node.value, stack, seen)
        elif chains is None and node.decoded is not ABSENT:
            yield from _pointers(node.decoded, stack, seen)
        elif chains is None:
            raise Mixed(node.text)
        else:
            for chain in chains if len(chains) != 1 or chains[0] not in node.references else node.references:
                yield from _followed(chain, stack, seen)
    elif isinstance(node, dict):
        for value in node.values():
            yield from _pointers(value, stack, seen)
    elif isinstance(node, list):
        for value in node:
            yield from _pointers(value, stack, seen)
    elif isinstance(node, str) and is_template(node):
        chains = _of_text(node)
        if chains is None:
            raise Mixed(node)
        for chain in chains:
            yield from _followed(chain, stack, seen)


@lru_cache(maxsize=1 << 16)
def _of_text(text: str) -> tuple[str, ...] | None:
    parts = pieces(text)
    return chains_of(parts[0][1]) if len(parts) == 1 and parts[0][0] else None


def _followed(chain: str, stack: Stack, seen: frozenset[str]) -> Iterator[str]:
    segments = segments_of(chain)
    if segments[0] != "local" or len(segments) < 2 or segments[1] not in stack.locals:
        yield chain
        return
    if chain in seen:
        return
    node = stack.locals[segments[1]]
    for segment in segments[2:]:
        key = segment.removeprefix("[")
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        elif isinstance(node, str) and (chains := _of_text(node)) is not None and len(chains) == 1:
            node = f"${{{chains[0]}.{key}}}"
        else:
            break
    yield from _pointers(node, stack, seen | {chain})


def outermost(references: list[str]) -> list[str]:
    """Leave out what another of the references steps into, as a plan lists `a.b` beside `a.b.c`."""
    return [
        each
        for each in references
        if not any(other != each and other.startswith((f"{each}.", f"{each}[")) for other in references)
    ]


def names(reference: str) -> bool:
    """Whether the last step of a reference tells which resource is meant."""
    steps = [each for each in segments_of(reference) if not each.startswith("[") and not each.isdigit() and each != "*"]
    return steps[-1] in IDENTITIES


def literals(node: Any) -> Iterator[str]:
    """Yield each text that `node` certainly holds."""
    if isinstance(node, Template):
        if node.value is not ABSENT:
            yield from literals(node.value)
    elif isinstance(node, list):
        for each in node:
            yield from literals(each)
    elif isinstance(node, dict):
        for each in node.values():
            yield from literals(each)
    elif isinstance(node, str | int | float):
        yield as_text(node)

"""How Terraform's template language is written: interpolations, references, and how both are set aside and put back."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

CHAIN = re.compile(r"[A-Za-z_][\w-]*(?:\s*\.\s*(?:[A-Za-z_][\w-]*|\d+|\*)|\[\s*(?:\d+|\*|\"[^\"]*\")\s*\])*")
_BRACE = re.compile(r'["{}]')
_IN_STRING = re.compile(r'\\.|"|\$\$\{|%%\{|\$\{|%\{', re.DOTALL)
_MARKER = re.compile("\ue000\\d+\ue001")


def is_template(text: str) -> bool:
    """Return whether Terraform would evaluate something in `text`."""
    return "${" in text or "%{" in text


def interpolation_end(text: str, start: int) -> int:
    """Return the index after the `}` that closes the interpolation whose `${` is at `start`."""
    depth, index = 1, start + 2
    while depth and (found := _BRACE.search(text, index)):
        index = found.end()
        character = found.group()
        if character == '"':
            index = string_end(text, index - 1)
        else:
            depth += 1 if character == "{" else -1
    return index if not depth else len(text)


def string_end(text: str, start: int) -> int:
    """Return the index after the quote that closes the string whose quote is at `start`."""
    index = start + 1
    while found := _IN_STRING.search(text, index):
        mark = found.group()
        if mark == '"':
            return found.end()
        index = interpolation_end(text, found.start()) if mark in ("${", "%{") else found.end()
    return len(text)


def element_end(text: str, start: int) -> int:
    """Return where the element that begins at `start` ends: at a comma or a closing bracket of its list, or the end."""
    depth, index = 0, start
    while index < len(text):
        character = text[index]
        if character == '"':
            index = string_end(text, index)
            continue
        if character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                return index
            depth -= 1
        elif character == "," and depth == 0:
            return index
        index += 1
    return index


@lru_cache(maxsize=1 << 16)
def pieces(text: str) -> tuple[tuple[bool, str], ...]:
    """Split `text` into (is interpolation, literal text or inner expression); `%{` directives count as one expression."""
    found: list[tuple[bool, str]] = []
    plain: list[str] = []
    index = 0
    while index < len(text):
        if text.startswith(("$${", "%%{"), index):
            plain.append(text[index + 1 : index + 3])
            index += 3
        elif text.startswith(("${", "%{"), index):
            end = interpolation_end(text, index)
            if plain:
                found.append((False, "".join(plain)))
                plain = []
            inner = text[index + 2 : end - 1]
            found.append((True, inner if text[index] == "$" else f"%{inner}"))
            index = end
        else:
            stop = min(
                (at for at in (text.find("$", index + 1), text.find("%", index + 1)) if at > 0), default=len(text)
            )
            plain.append(text[index:stop])
            index = stop
    if plain:
        found.append((False, "".join(plain)))
    return tuple(found)


@lru_cache(maxsize=1 << 16)
def references(text: str) -> tuple[str, ...]:
    """Return each reference in the interpolations of `text`, in order."""
    found: dict[str, None] = {}
    for is_expression, inner in pieces(text):
        if is_expression:
            collect(inner, found)
    return tuple(found)


def collect(expression: str, found: dict[str, None]) -> None:
    """Add each reference in an expression to `found`."""
    index = 0
    while index < len(expression):
        if expression[index] == '"':
            end = string_end(expression, index)
            for reference in references(expression[index + 1 : end - 1]):
                found[reference] = None
            index = end
            continue
        match = CHAIN.match(expression, index)
        if match is None:
            index += 1
            continue
        chain = re.sub(r"\s", "", match.group())
        rest = expression[match.end() :].lstrip()
        if "." in chain and not rest.startswith("("):
            found[chain] = None
        index = match.end()


def mask(text: str) -> tuple[str, dict[str, str]]:
    """Replace each interpolation by a marker that may stand in JSON or YAML; return the text and marker to interpolation."""
    out: list[str] = []
    masked: dict[str, str] = {}
    index = 0
    while index < len(text):
        if text.startswith(("$${", "%%{"), index):
            marker, end = f"\ue000{len(masked)}\ue001", index + 3
            masked[marker] = text[index:end]
        elif text.startswith(("${", "%{"), index):
            end = interpolation_end(text, index)
            marker = f"\ue000{len(masked)}\ue001"
            masked[marker] = text[index:end]
        else:
            stop = min(
                (at for at in (text.find("$", index + 1), text.find("%", index + 1)) if at > 0), default=len(text)
            )
            marker, end = text[index:stop], stop
        out.append(marker)
        index = end
    return "".join(out), masked


def unmask(node: Any, masked: dict[str, str]) -> Any:
    """Put the interpolations back into the strings and keys of `node`."""
    if not masked:
        return node
    if isinstance(node, str):
        return _MARKER.sub(lambda match: masked[match.group()], node) if "\ue000" in node else node
    if isinstance(node, dict):
        return {unmask(key, masked): unmask(value, masked) for key, value in node.items()}
    if isinstance(node, list):
        return [unmask(value, masked) for value in node]
    return node

"""Writes Python values as literals of the Common Expression Language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping


def string(text: str) -> str:
    """Return `text` as a CEL string literal in double quotes; its escapes are those of JSON, which CEL reads alike."""
    return json.dumps(text)


def strings(texts: Iterable[str]) -> str:
    """Return `texts` as a CEL list of strings, in their given order."""
    return f"[{', '.join(string(text) for text in texts)}]"


def string_map(pairs: Mapping[str, str]) -> str:
    """Return `pairs`, at least one, as a CEL map from string to string; an empty literal would have no type."""
    if not pairs:
        raise ValueError("a CEL map without entries has no type")
    return f"{{{', '.join(f'{string(key)}: {string(value)}' for key, value in pairs.items())}}}"

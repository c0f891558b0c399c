"""Amounts of memory, as Kubernetes and fluent-bit write them."""

from __future__ import annotations

import re

from policies.engine.attribute import Attribute

_BYTES = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "ki": 2**10, "mi": 2**20, "gi": 2**30, "kb": 1e3, "mb": 1e6, "gb": 1e9}
_MEBIBYTE = 2**20


def size(text: str) -> float | None:
    """Return an amount in bytes; None where it is none."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kmg]?[ib]?)", text.strip().lower())
    return float(match.group(1)) * _BYTES[match.group(2)] if match and match.group(2) in _BYTES else None


def mebibytes(quantity: Attribute) -> float:
    """Return an amount in MiB; 0 where it is none."""
    return (size(quantity.text() or "") or 0) / _MEBIBYTE

"""Amounts of memory and processors, as Kubernetes and fluent-bit write them."""

from __future__ import annotations

import re

from policies.engine.attribute import Attribute

_BYTES = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "ki": 2**10, "mi": 2**20, "gi": 2**30, "kb": 1e3, "mb": 1e6, "gb": 1e9}
_SUFFIXES = {
    "m": 1e-3,
    "": 1,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}
"""Kubernetes' own: `m` is a thousandth, `M` a million."""
_MEBIBYTE = 2**20


def size(text: str) -> float | None:
    """Return an amount of fluent-bit's in bytes; None where it is none."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kmg]?[ib]?)", text.strip().lower())
    return float(match.group(1)) * _BYTES[match.group(2)] if match and match.group(2) in _BYTES else None


def amount(quantity: Attribute) -> float:
    """Return an amount as Kubernetes reads it: bytes of memory, processors; 0 where it is none."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([A-Za-z]{0,2})", (quantity.text() or "").strip())
    return float(match.group(1)) * _SUFFIXES.get(match.group(2), 0) if match else 0


def mebibytes(quantity: Attribute) -> float:
    """Return an amount of memory in MiB; 0 where it is none."""
    return amount(quantity) / _MEBIBYTE

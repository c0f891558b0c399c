"""Amounts of memory and processors, as Kubernetes and fluent-bit write them."""

from __future__ import annotations

import re

from policies.engine.attribute import Attribute
from policies.engine.values import Unknown

_BYTES = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "ki": 2**10, "mi": 2**20, "gi": 2**30, "kb": 1e3, "mb": 1e6, "gb": 1e9}
_QUANTITY = re.compile(r"\+?(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,3})|(n|u|m|k|[KMGTPE]i?|))")
_SUFFIXES = {
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    **{unit: 1000.0**power for power, unit in enumerate("MGTPE", 2)},
    **{f"{unit}i": 1024.0**power for power, unit in enumerate("KMGTPE", 1)},
}
"""Kubernetes' own: `m` is a thousandth, `M` a million."""
_MEBIBYTE = 2**20


def size(text: str) -> float | None:
    """Return an amount of fluent-bit's in bytes; None where it is none."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kmg]?[ib]?)", text.strip().lower())
    return float(match.group(1)) * _BYTES[match.group(2)] if match and match.group(2) in _BYTES else None


def amount(quantity: Attribute) -> float:
    """Return an amount as Kubernetes reads it: bytes of memory, processors; 0 where it is absent.

    Raises:
        Unknown: It is no amount.

    """
    text = (quantity.text() or "").strip()
    if not text:
        return 0
    match = _QUANTITY.fullmatch(text)
    if match is None or (match[3] or "") not in _SUFFIXES:
        raise Unknown(quantity.name, f"is {text!r}, no amount that Kubernetes takes")
    number, exponent, suffix = match.groups()
    return float(number) * (10.0 ** int(exponent) if exponent else _SUFFIXES[suffix or ""])


def mebibytes(quantity: Attribute) -> float:
    """Return an amount of memory in MiB; 0 where it is absent."""
    return amount(quantity) / _MEBIBYTE

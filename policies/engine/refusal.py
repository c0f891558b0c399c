"""Why something cannot be trusted, and so cannot be judged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: the X control that reports it, the stack it is about (empty: the whole estate), what was seen."""

    control: str
    stack: str
    message: str
    address: str = ""

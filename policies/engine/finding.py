"""What a control reports about one object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class Owner(Protocol):
    """Anything that a finding can be about."""

    @property
    def address(self) -> str:
        """Terraform address."""

    @property
    def stack_name(self) -> str:
        """Stack that holds it."""

    @property
    def construct_path(self) -> str:
        """Path of the construct that made it; empty where unknown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One object that is not as decided, or (`unknown`) of which that cannot be told."""

    address: str
    message: str
    found: Any = None
    expected: Any = None
    stack: str = ""
    construct_path: str = ""
    unknown: bool = False

    @classmethod
    def about(
        cls, owner: Owner, message: str, *, found: Any = None, expected: Any = None, unknown: bool = False
    ) -> Finding:
        """Return a finding about `owner`; the message always names it."""
        if owner.address not in message:
            message = f"{owner.address}: {message}"
        return cls(owner.address, message, found, expected, owner.stack_name, owner.construct_path, unknown)

"""What a test run keeps in the user's cache folder for the next one: providers, and what they say of themselves."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tests.sandbox.terraform import Providers, missing_terraform, providers_at_hand

ACCOUNT: Final = Path(__file__).resolve().parents[2] / "terraform-out" / "stacks" / "account"
"""A stack that AWS alone serves."""
BELIEVED: Final = 600
"""Seconds for which a registry that does not answer is not asked again: about the length of a run."""


def cache_folder(name: str) -> Path:
    """The folder of one kind of things to keep."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home).absolute() / "eks-decisions" / name


def providers_for(stacks: Iterable[Path]) -> Providers:
    """Find what `stacks` require in a mirror, in the cache, or at the registry."""
    return providers_at_hand(stacks, cache_folder("providers"), believed=BELIEVED)


@functools.cache
def lacking_aws() -> str | None:
    """Say why terraform cannot plan or apply the stacks that AWS alone serves, or return None."""
    reason = missing_terraform()
    if reason is None and "hashicorp/aws" not in providers_for([ACCOUNT]).packages:
        return "no mirror holds the provider hashicorp/aws, and the registry does not answer"
    return reason

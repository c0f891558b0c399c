"""What tests of the policies share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.policies.reuse import Committed
from tests.policies.standing import States
from tests.violations.opened import copied


@pytest.fixture(scope="session")
def committed(synthesized: dict[str, Any], synthesized_folder: Path, shared_folder: Path) -> Iterator[Committed]:
    """The committed fleet with its plans, and what each control looks at in them."""
    before = copied(synthesized)
    yield Committed(synthesized, synthesized_folder, shared_folder)
    assert synthesized == before, "a test has changed what all of them share"


@pytest.fixture(scope="session")
def standing(synthesized: dict[str, Any]) -> States:
    """The states of the committed fleet, of which what is not changed need not be made up anew."""
    return States(synthesized)

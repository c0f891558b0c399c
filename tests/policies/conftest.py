"""What tests of the policies share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import read_stacks
from tests.policies.reuse import Committed


@pytest.fixture(scope="session")
def committed(synthesized: dict[str, Any], synthesized_folder: Path, shared_folder: Path) -> Iterator[Committed]:
    """The committed fleet with its plans, and what each control looks at in them."""
    yield Committed(synthesized, synthesized_folder, shared_folder)
    assert read_stacks(synthesized_folder) == synthesized, "a test has changed what all of them share"

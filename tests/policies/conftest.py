"""What tests of the policies share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.policies.reuse import Committed


@pytest.fixture(scope="session")
def committed(synthesized: dict[str, Any], synthesized_folder: Path, shared_folder: Path) -> Committed:
    """The committed fleet with its plans, and what each control looks at in them."""
    return Committed(synthesized, synthesized_folder, shared_folder)

"""Fixtures that the tests of several decisions share."""

from __future__ import annotations

import pytest

from tests.decisions.rendering import Helm


@pytest.fixture(scope="session")
def helm(left_out: list[str]) -> Helm:
    """Helm with the real charts; a test that asks for it is left out, and that is said, where they are not at hand."""
    found = Helm.at_hand()
    if found is None:
        left_out.append("rendering of the real charts: needs helm (make toolchain, or on the path) and CHARTS_DIR")
        pytest.skip("helm or CHARTS_DIR missing")
    return found

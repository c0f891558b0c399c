"""Fixtures that the tests of several decisions share."""

from __future__ import annotations

import pytest

from tests.decisions.rendering import Helm, helm_command


@pytest.fixture(scope="session")
def helm() -> Helm:
    """Helm with the real charts."""
    found = Helm.at_hand()
    assert found is not None
    return found


@pytest.fixture(scope="session")
def renderer() -> str:
    """A helm command, for charts that travel with their stacks."""
    found = helm_command()
    assert found is not None
    return found

"""The real monitoring stack, rendered once."""

from __future__ import annotations

import pytest

from tests.conftest import Stacks
from tests.decisions.emitted import Json
from tests.decisions.monitoring.stack import stack_of
from tests.decisions.rendering import Helm


@pytest.fixture(scope="session")
def rendered(synthesized: Stacks, helm: Helm) -> list[Json]:
    return helm.template(stack_of(synthesized), "monitoring")

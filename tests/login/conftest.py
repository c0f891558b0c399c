"""The login code of the committed fleet in both of its forms."""

from __future__ import annotations

import pytest

from modules.settings.fleet import Fleet
from tests.conftest import Stacks, Variant
from tests.login.engine import Engine, LoginCode


@pytest.fixture(scope="session")
def rules_stacks(fleet: Fleet, variant: Variant) -> Stacks:
    """The committed fleet, with one cluster of it, and the login in the ADR's form."""
    data = fleet.model_dump()
    data["clusters"] = [cluster for cluster in data["clusters"] if not cluster["protect"]]
    data["tenant"]["engine"] = "rules"
    return variant(data)


@pytest.fixture(scope="session")
def codes(synthesized: Stacks, rules_stacks: Stacks) -> dict[Engine, LoginCode]:
    """The code that runs at a login, by engine."""
    return {
        "actions": LoginCode.of(synthesized["identity"]),
        "rules": LoginCode.of(rules_stacks["identity"]),
    }

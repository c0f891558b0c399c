"""One embedded AWS for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.sandbox.server import Environment, client, embedded_aws

ELSEWHERE = "eu-west-1"
"""A region in which no stack of the fleet stands."""


@pytest.fixture(scope="session")
def aws(fleet: Fleet) -> Iterator[Environment]:
    """How to reach the embedded AWS."""
    with embedded_aws(fleet.account.id) as environment:
        yield environment


@pytest.fixture(scope="session")
def elsewhere(aws: Environment) -> Callable[[str], Any]:
    """Clients of services in a region in which no stack stands."""
    return lambda service: client(aws, service, ELSEWHERE)

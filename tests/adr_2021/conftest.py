"""The fleet that the ADR words, synthesized once."""

from __future__ import annotations

from pathlib import Path

import pytest

from modules.settings.fleet import Fleet
from modules.settings.load import load_fleet
from tests.adr_2021.clauses import Stack, Stacks
from tests.conftest import synthesize

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "adr-2021"


@pytest.fixture(scope="session")
def settings() -> Fleet:
    """The settings of the fixture."""
    return load_fleet(FIXTURE)


@pytest.fixture(scope="session")
def stacks(settings: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    """What the fixture synthesizes to."""
    return synthesize(settings, tmp_path_factory.mktemp("adr-2021") / "out")


@pytest.fixture(scope="session")
def identity(stacks: Stacks) -> Stack:
    return stacks["identity"]


@pytest.fixture(scope="session")
def account(stacks: Stacks) -> Stack:
    return stacks["account"]


@pytest.fixture(scope="session")
def login(stacks: Stacks) -> Stack:
    return stacks["live-login"]


@pytest.fixture(scope="session")
def cluster(stacks: Stacks) -> Stack:
    return stacks["live"]


@pytest.fixture(scope="session")
def workloads(stacks: Stacks) -> Stack:
    return stacks["live-workloads"]

"""Every stack that the project writes, and the providers that this machine has for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from modules.settings.fleet import Fleet
from modules.settings.load import load_fleet
from tests.sandbox.fleet import sandboxed, synthesize
from tests.sandbox.terraform import Providers, missing_terraform, providers_at_hand

ADR = Path(__file__).resolve().parents[1] / "fixtures" / "adr-2021"


@pytest.fixture(scope="session")
def stacks(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders of all stacks, those of the ADR's fixture marked."""
    found: dict[str, Path] = {}
    for prefix, each in (("", fleet), ("adr-2021-", load_fleet(ADR))):
        for folder in sorted(synthesize(sandboxed(each), tmp_path_factory.mktemp("validate") / "out").iterdir()):
            found[f"{prefix}{folder.name}"] = folder
    return found


@pytest.fixture(scope="session")
def providers(stacks: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Providers:
    """The provider packages that this machine has or can fetch."""
    if missing_terraform():
        return Providers({}, None)
    return providers_at_hand(stacks.values(), tmp_path_factory.mktemp("providers"))

"""What is valid and within what the decisions allow comes out clean: generated clusters, twenty to a fleet.

`make thorough` judges 25 fleets, 500 clusters; `make test` one of them.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.conftest import committed_fleet, synthesize
from tests.policies.judged import failed, judge
from tests.settings.allowed_fleets import allowed_fleets
from tests.thorough import THOROUGH

ALL_FLEETS, CLUSTERS = 25, 20
FLEETS = ALL_FLEETS if THOROUGH else 1
NUMBERS = [pytest.param(each, marks=pytest.mark.xdist_group(f"fleet {each}")) for each in range(FLEETS)]
"""Of many fleets each goes to whichever worker is free."""


@pytest.fixture(autouse=True)
def arguments_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the checks of argument types to `tests/synth/test_any_fleet.py`: a fleet passes 70,000 arguments, and here is judged what comes of it."""
    monkeypatch.setattr("typeguard.check_type", lambda *_, **__: None)


@pytest.mark.thorough
@pytest.mark.parametrize("number", NUMBERS if FLEETS > 1 else [0])
def test_allowed_fleet_is_clean(number: int, tmp_path: Path) -> None:
    data: dict[str, Any] = next(allowed_fleets(committed_fleet(), seeds=[number], clusters=CLUSTERS))
    folder = tmp_path / "out"
    report = judge(synthesize(Fleet.model_validate(data), folder), folder=folder)
    shutil.rmtree(folder)
    assert failed(report) == {}
    assert report.verdict == "holds"
    assert len({each.cluster for each in report.results if each.cluster}) == CLUSTERS


def test_says_how_many_were_judged(left_out: list[str]) -> None:
    if FLEETS < ALL_FLEETS:
        left = (ALL_FLEETS - FLEETS) * CLUSTERS
        left_out.append(f"{left} of {ALL_FLEETS * CLUSTERS} generated clusters: make thorough judges them all")

"""What is valid and within what the decisions allow comes out clean: generated clusters, twenty to a fleet.

CI judges 25 fleets (`GENERATED_FLEETS=25`), 500 clusters; without that variable one is judged.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.conftest import committed_fleet, synthesize
from tests.policies.judged import failed, judge
from tests.settings.allowed_fleets import allowed_fleets

FLEETS, CLUSTERS = int(os.environ.get("GENERATED_FLEETS", "1")), 20
NUMBERS = [pytest.param(each, marks=pytest.mark.xdist_group(f"fleet {each}")) for each in range(FLEETS)]
"""Of many fleets each goes to whichever worker is free."""


@pytest.fixture(autouse=True)
def arguments_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the checks of argument types to `tests/synth/test_any_fleet.py`: a fleet passes 70,000 arguments, and here is judged what comes of it."""
    monkeypatch.setattr("typeguard.check_type", lambda *_, **__: None)


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
    assert FLEETS > 0
    if FLEETS < 25:
        left_out.append(f"{(25 - FLEETS) * CLUSTERS} of 500 generated clusters: GENERATED_FLEETS=25 judges them all")

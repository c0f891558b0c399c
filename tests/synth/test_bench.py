"""The benchmark judges what it measured, and says what it did not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.synth.bench import slope, steepening, typescript_goal, verdict

GOOD = {"stock_to_fast": 16.0, "memory": 200.0}
STRAIGHT = {"linear": 0.999, "steepening": 1.0}


def result(**changes: Any) -> dict[str, Any]:
    """Return what a good run measures, with `changes`."""
    typescript = {"ratio": 1.5, "goal": 1.6}
    return {"fleet": GOOD, "typescript": typescript, "cluster": STRAIGHT, "namespace": STRAIGHT} | changes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "all goals met"),
        ({"typescript": None}, "all other goals met; TypeScript was not measured"),
        ({"typescript": {"ratio": 1.7, "goal": 1.6}}, "missed: TypeScript"),
        ({"typescript": {"ratio": 1.7, "goal": 2.0}}, "all goals met"),
        ({"fleet": GOOD | {"stock_to_fast": 14.9}}, "missed: stock / fast"),
        ({"fleet": GOOD | {"memory": 251.0}}, "missed: memory"),
        ({"cluster": STRAIGHT | {"steepening": 1.3}}, "missed: cost of a cluster grows"),
        ({"namespace": STRAIGHT | {"linear": 0.9}, "typescript": None},
         "missed: cost of a namespace grows; TypeScript was not measured"),
    ],
)  # fmt: skip
def test_verdict(changes: dict[str, Any], said: str) -> None:
    assert verdict(result(**changes)) == (int(said.startswith("missed")), said)


@pytest.mark.parametrize(
    ("load", "cores", "goal"), [(0.4, 2, 1.6), (0.5, 2, 2.0), (0.0, 1, 2.0), (3.0, 8, 2.0), (0.1, 8, 1.6)]
)
def test_the_goal_is_that_of_the_machine(load: float, cores: int, goal: float) -> None:
    assert typescript_goal(load, cores)[0] == goal


def test_a_curve_that_looks_straight_is_seen_to_grow() -> None:
    curve = [(each, 1 + 0.01 * each + 0.00002 * each**2) for each in (1, 50, 100, 200)]
    assert slope(curve)[1] > 0.98
    assert steepening(curve) > 1.25
    assert steepening([(each, 1 + 0.01 * each) for each in (1, 50, 100, 200)]) == pytest.approx(1)

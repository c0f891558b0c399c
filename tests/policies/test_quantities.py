"""Amounts as Kubernetes writes them: each of its notations is read, and what is none is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from policies.engine.footprint import sensible
from policies.engine.quantities import amount
from policies.engine.resource import Resource, Stack
from policies.engine.values import Unknown


def held(value: Any) -> Any:
    return Resource(Stack("s", "synth"), "managed", "helm_release", "r", {"resources": value})["resources"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("100m", 0.1), ("2", 2), (".5", 0.5), ("1e3", 1e3), ("5E-1", 0.5), ("128Mi", 2**27), ("1E", 1e18),
        ("1Ei", 2**60), ("2T", 2e12), ("7u", 7e-6),
    ],
)  # fmt: skip
def test_notations(text: str, number: float) -> None:
    assert amount(held(text)) == pytest.approx(number)


@pytest.mark.parametrize("text", ["1K", "much", "1 Mi", "-1", "1e", "Mi"])
def test_what_is_no_amount_is_unknown(text: str) -> None:
    with pytest.raises(Unknown):
        amount(held(text))


@pytest.mark.parametrize("text", ["1e15", "1Pi", "2P", "1E"])
def test_more_than_any_node_has_is_seen_however_it_is_written(text: str) -> None:
    (finding,) = sensible(held({"requests": {"memory": text}}))
    assert "requests.memory" in finding.message

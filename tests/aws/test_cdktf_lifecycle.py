"""The account stack and a cluster, deployed, compared and destroyed by the stock cdktf CLI in the embedded AWS."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.aws.cli_lifecycle import CLUSTER, STACKS

pytestmark = pytest.mark.xdist_group("lifecycle")

Json = dict[str, Any]
NO_CHANGE = "No changes. Your infrastructure matches the configuration."


def done(said: str, what: str) -> tuple[int, ...]:
    """Return the numbers in the sentence with which terraform ends: added, changed, destroyed."""
    (numbers,) = re.findall(rf"{what} complete! Resources: (.+)\.", said)
    return tuple(int(number) for number in re.findall(r"\d+", numbers))


def test_deploy_creates_all(deployed: Json | None) -> None:
    if deployed is None:
        return
    for stack in STACKS:
        assert done(deployed["deploy"][stack], "Apply") == (deployed["emitted"][stack], 0, 0), stack
    during = deployed["during"]
    assert during["clusters"] == [CLUSTER]
    assert set(during["launch templates"]) == {f"{CLUSTER}-main", f"{CLUSTER}-prometheus"}
    assert len(during["keys"]) == 3


def test_diff_shows_no_change(deployed: Json | None) -> None:
    if deployed is None:
        return
    for stack in STACKS:
        assert NO_CHANGE in " ".join(deployed["diff"][stack].split()), stack


def test_destroy_takes_all_away(deployed: Json | None) -> None:
    if deployed is None:
        return
    for stack in STACKS:
        assert done(deployed["destroy"][stack], "Destroy") == (deployed["emitted"][stack],), stack
    assert deployed["after"] == deployed["before"]
    assert deployed["before"] != deployed["during"]

"""What is guarded against destruction, and that a refused destroy says how to lift the guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Stacks

Variant = Callable[[dict[str, Any]], Stacks]
GUARDED = {"aws_eks_cluster", "aws_kms_key", "aws_route53_zone", "auth0_client"}


def guarded(stack: dict[str, Any]) -> set[str]:
    """Types of the resources whose destruction a plan refuses."""
    return {
        type_
        for type_, bodies in stack["resource"].items()
        for body in bodies.values()
        if body.get("lifecycle", {}).get("prevent_destroy")
    }


def test_every_stack_that_guards_something_says_how_to_lift_it(synthesized: Stacks) -> None:
    for name, stack in synthesized.items():
        assert bool(guarded(stack)) is ("protection" in stack.get("output", {})), name


@pytest.mark.parametrize("cluster", ["live", "manager"])
def test_a_protected_cluster_guards_its_zone_keys_and_clients(synthesized: Stacks, cluster: str) -> None:
    assert guarded(synthesized[cluster]) == GUARDED - {"auth0_client"}
    assert guarded(synthesized[f"{cluster}-login"]) == {"auth0_client"}
    for stack in (cluster, f"{cluster}-login", "identity", "account"):
        said = synthesized[stack]["output"]["protection"]["value"]
        assert "`protect: false`" in said
        assert f"clusters/{cluster}.yaml" in said


def test_an_unprotected_fleet_guards_nothing(fleet_data: dict[str, Any], variant: Variant) -> None:
    for each in fleet_data["clusters"]:
        each["protect"] = False
    for name, stack in variant(fleet_data).items():
        assert guarded(stack) == set(), name
        assert "protection" not in stack.get("output", {}), name


def test_a_runner_stands_where_the_pipeline_reads_it(synthesized: Stacks) -> None:
    for cluster in ("live", "manager", "test"):
        assert synthesized[f"{cluster}-workloads"]["//"]["runner"] == "cloud-platform"

"""The shared fixtures give every stack of the fleet, and variants that differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conftest import only


def test_every_stack_is_synthesized(synthesized: dict[str, Any], fleet: Any) -> None:
    expected = {"identity", "account"}
    for cluster in fleet.clusters:
        expected |= {cluster.name, f"{cluster.name}-login", f"{cluster.name}-workloads"}
    assert set(synthesized) == expected


def test_variant_follows_the_data(
    fleet_data: dict[str, Any], variant: Callable[[dict[str, Any]], dict[str, dict[str, Any]]]
) -> None:
    only(fleet_data, "test")["account"]["id"] = "999988887777"
    policies = fleet_data["organisation"]["service_account_policies"]
    policies.update({name: arn.replace("111122223333", "999988887777") for name, arn in policies.items()})
    provider = variant(fleet_data)["account"]["provider"]["aws"]
    assert provider[0]["allowed_account_ids"] == ["999988887777"]

"""What configures an add-on is what the add-on reads: EKS refuses other keys, and a node group waits for it in vain.

The keys stand, with their sources, in `tests/sandbox/addon_configuration.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modules.settings.load import load_fleet
from tests.conftest import ROOT, Stacks, Variant, only, read_stacks
from tests.sandbox.addon_configuration import SCHEMAS, VPC_CNI_SOURCES, VPC_CNI_VERSION, problems

Json = dict[str, Any]
Edit = Callable[[Json], None]
ADR = ROOT / "tests" / "fixtures" / "adr-2021"


def bodies(stacks: Stacks, type_: str) -> Iterator[tuple[str, Json]]:
    """Yield stack and body of each resource of a type."""
    for name, stack in stacks.items():
        for body in stack["resource"].get(type_, {}).values():
            yield name, body


def refused(stacks: Stacks) -> dict[str, list[str]]:
    """Return what EKS would refuse, by stack and add-on."""
    found = {
        f"{stack}/{body['addon_name']}": problems(body["addon_name"], body.get("configuration_values"))
        for stack, body in bodies(stacks, "aws_eks_addon")
    }
    assert found
    return {where: each for where, each in found.items() if each}


@pytest.fixture(scope="session")
def fixture(synthesize_once: Callable[[Any], Path]) -> Stacks:
    """The fleet that the ADR words."""
    return read_stacks(synthesize_once(load_fleet(ADR)))


def without_prefixes(data: Json) -> None:
    for each in data["clusters"]:
        each["prefix_delegation"] = False


def pinned_otherwise(data: Json) -> None:
    for each in data["clusters"]:
        each["addons"] = {"vpc_cni": "v1.22.4-eksbuild.3"}


def one_version_back(data: Json) -> None:
    for each in data["clusters"]:
        each["kubernetes_version"] = "1.34"


@pytest.mark.parametrize("edit", [without_prefixes, pinned_otherwise, one_version_back])
def test_every_variant_says_what_its_add_ons_read(fleet_data: Json, variant: Variant, edit: Edit) -> None:
    edit(only(fleet_data, "live"))
    assert refused(variant(fleet_data)) == {}


def test_the_fleet_and_the_fixture_say_what_their_add_ons_read(synthesized: Stacks, fixture: Stacks) -> None:
    assert refused(synthesized) == {}
    assert refused(fixture) == {}


def test_only_add_ons_with_known_keys_are_configured(synthesized: Stacks, fixture: Stacks) -> None:
    for stacks in (synthesized, fixture):
        configured = {
            body["addon_name"] for _, body in bodies(stacks, "aws_eks_addon") if "configuration_values" in body
        }
        assert configured == SCHEMAS.keys()


def test_the_keys_are_those_of_the_version_that_runs(synthesized: Stacks) -> None:
    assert sum(f"/v{VPC_CNI_VERSION}/" in source for source in VPC_CNI_SOURCES) == len(VPC_CNI_SOURCES) - 1
    for _, body in bodies(synthesized, "aws_eks_addon"):
        if body["addon_name"] == "vpc-cni":
            assert body["addon_version"].startswith(f"v{VPC_CNI_VERSION}-eksbuild.")


def test_nothing_is_said_to_a_node_at_boot(synthesized: Stacks, fixture: Stacks) -> None:
    """There is no user data that nodeadm could read otherwise than it is meant."""
    for stacks in (synthesized, fixture):
        templates = [body for _, body in bodies(stacks, "aws_launch_template")]
        assert len(templates) >= 2
        assert [each["user_data"] for each in templates if "user_data" in each] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"env": {"ENABLE_PREFIX_DELEGATON": "true"}}, "'ENABLE_PREFIX_DELEGATON' was unexpected"),
        ({"env": {"ANNOTATE_POD_IPS": "true"}}, "'ANNOTATE_POD_IPS' was unexpected"),
        ({"env": {"AWS_VPC_K8S_CNI_EXTERNAL_SNAT": "true"}}, "'AWS_VPC_K8S_CNI_EXTERNAL_SNAT' was unexpected"),
        ({"env": {"DISABLE_TCP_EARLY_DEMUX": "true"}}, "'DISABLE_TCP_EARLY_DEMUX' was unexpected"),
        ({"env": {"ENABLE_PREFIX_DELEGATION": True}}, "True is not one of"),
        ({"env": {"WARM_PREFIX_TARGET": "one"}}, "'one' does not match"),
        ({"environment": {}}, "'environment' was unexpected"),
        ({"enableNetworkPolicies": "false"}, "'enableNetworkPolicies' was unexpected"),
        ({"enableNetworkPolicy": False}, "False is not one of"),
    ],
)
def test_what_the_add_on_does_not_read_is_refused(synthesized: Stacks, change: Json, told: str) -> None:
    (values,) = {
        body["configuration_values"]
        for name, body in bodies(synthesized, "aws_eks_addon")
        if name == "live" and "configuration_values" in body
    }
    assert problems("vpc-cni", values) == []
    changed = json.loads(values)
    for key, value in change.items():
        changed[key] = {**changed.get(key, {}), **value} if isinstance(value, dict) else value
    (problem,) = problems("vpc-cni", json.dumps(changed))
    assert told in problem


def test_an_add_on_that_nobody_configures_takes_nothing() -> None:
    assert problems("coredns", None) == []
    assert problems("coredns", '{"replicaCount": 3}') != []
    assert problems("vpc-cni", "env: {}") == ["no JSON"]

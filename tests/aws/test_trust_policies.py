"""Who may take each role of a cluster, as it stands after an apply."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.aws.lifecycle import CLUSTER
from tests.aws.trust import (
    AUDIENCE,
    BY_TOKEN,
    Token,
    admits,
    listed,
    principals,
    statements,
    strangers,
    wrong_tokens,
)

pytestmark = pytest.mark.xdist_group("lifecycle")

Json = dict[str, Any]


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
        assert len(list(statements(policy))) == 1, role["name"]
        assert strangers(policy, right) == [], role["name"]
        assert admits(policy, right), role["name"]
        admitted = [what for what, wrong in wrong_tokens(right).items() if admits(policy, wrong)]
        assert admitted == [], role["name"]
        others = [token.subject for _, token in found if token != right and admits(policy, token)]
        assert others == [], role["name"]


def test_every_other_role_is_for_one_service(resources: dict[str, list[Json]] | None) -> None:
    if resources is None:
        return
    others = [role for role in resources["aws_iam_role"] if "oidc-provider" not in role["assume_role_policy"]]
    trusted = {}
    for role in others:
        (statement,) = statements(json.loads(role["assume_role_policy"]))
        ((kind, name),) = principals(statement)
        trusted[role["name"]] = (listed(statement["Action"]), kind, name)
    assert trusted == {
        f"{CLUSTER}-cluster": (["sts:AssumeRole"], "Service", "eks.amazonaws.com"),
        f"{CLUSTER}-nodes": (["sts:AssumeRole"], "Service", "ec2.amazonaws.com"),
    }


RIGHT = Token("issuer.example/id/A", "111122223333", "system:serviceaccount:team:app", AUDIENCE)


def trust(condition: Json, *more: Json) -> Json:
    statement = {
        "Effect": "Allow",
        "Action": BY_TOKEN,
        "Principal": {"Federated": RIGHT.provider},
        "Condition": condition,
    }
    return {"Statement": [statement, *more]}


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


EXACT: Json = {"StringEquals": {f"{RIGHT.issuer}:aud": AUDIENCE, f"{RIGHT.issuer}:sub": RIGHT.subject}}
ANYBODY = "another namespace"


def test_careful_trust_admits_nobody_else() -> None:
    assert [what for what, wrong in wrong_tokens(RIGHT).items() if admits(trust(EXACT), wrong)] == []
    assert strangers(trust(EXACT), RIGHT) == []


@pytest.mark.parametrize(
    ("action", "principal", "admitted", "told"),
    [
        ("sts:*", {"Federated": RIGHT.provider}, ANYBODY, f"sts:* by Federated {RIGHT.provider}"),
        ("*", {"Federated": [RIGHT.provider]}, ANYBODY, f"* by Federated {RIGHT.provider}"),
        ("STS:assumerolewithwebidentity", "*", ANYBODY, "STS:assumerolewithwebidentity by * *"),
        (BY_TOKEN, "*", ANYBODY, f"{BY_TOKEN} by * *"),
        (BY_TOKEN, {"Federated": "*"}, "another cluster", f"{BY_TOKEN} by Federated *"),
        (BY_TOKEN, {"Federated": ["other", RIGHT.provider]}, ANYBODY, f"{BY_TOKEN} by Federated other"),
        (["sts:AssumeRole", BY_TOKEN], {"Federated": RIGHT.provider}, ANYBODY,
         f"sts:AssumeRole by Federated {RIGHT.provider}"),
        ("sts:AssumeRole", {"AWS": "*"}, None, "sts:AssumeRole by AWS *"),
        (["sts:TagSession", "sts:AssumeRole"], {"AWS": ["111122223333", "999988887777"]}, None,
         "sts:AssumeRole by AWS 999988887777"),
        ("sts:AssumeRole", {"Service": "pods.eks.amazonaws.com"}, None, "sts:AssumeRole by Service pods.eks.amazonaws.com"),
    ],
)  # fmt: skip
def test_a_second_statement_is_noticed(action: Any, principal: Any, admitted: str | None, told: str) -> None:
    """Whatever its spelling, beside a first one that is exact."""
    policy = trust(EXACT, {"Effect": "Allow", "Action": action, "Principal": principal})
    assert len(list(statements(policy))) == 2
    assert told in strangers(policy, RIGHT)
    wrong = [what for what, token in wrong_tokens(RIGHT).items() if admits(policy, token)]
    assert (admitted in wrong) if admitted else wrong == []


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Action": "sts:*", "Principal": "*"},
        {"Effect": "Allow", "NotAction": "sts:TagSession", "Principal": "*"},
        {"Effect": "Allow", "Action": BY_TOKEN, "NotPrincipal": {"AWS": "111122223333"}},
    ],
)
def test_what_is_not_evaluated_is_not_passed_over(statement: Json) -> None:
    with pytest.raises((AssertionError, KeyError)):
        strangers(trust(EXACT, statement), RIGHT)

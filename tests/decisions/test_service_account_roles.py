"""D19 under attack: a role that a second service account, namespace or cluster could take."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from modules.bindings import App
from modules.service_account_roles import ServiceAccountIssuer, TenantRoles
from modules.settings import names
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack
from tests.conftest import Stacks
from tests.decisions.emitted_aws import attached, resources, role_statements, statements

CLUSTERS = ("live", "manager", "test")
HOST = '${replace(aws_iam_openid_connect_provider.service_accounts.url, "https://", "")}'


def trusted(stack: dict[str, Any]) -> dict[str, str]:
    """Subject by name of each role that trusts a service account; everything about the trust is held."""
    found = {}
    for name, role in resources(stack, "aws_iam_role").items():
        (statement,) = statements(stack, role["assume_role_policy"])
        (principal,) = statement["principals"]
        if principal["type"] != "Federated":
            assert statement["actions"] == ["sts:AssumeRole"]
            continue
        assert statement["actions"] == ["sts:AssumeRoleWithWebIdentity"]
        assert principal["identifiers"] == ["${aws_iam_openid_connect_provider.service_accounts.arn}"]
        conditions = {each["variable"]: (each["test"], each["values"]) for each in statement["condition"]}
        assert set(conditions) == {f"{HOST}:aud", f"{HOST}:sub"}
        assert conditions[f"{HOST}:aud"] == ("StringEquals", ["sts.amazonaws.com"])
        test, (subject,) = conditions[f"{HOST}:sub"]
        assert test == "StringEquals"
        assert "*" not in subject
        assert "?" not in subject
        found[name] = subject
    return found


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_role_trusts_one_service_account_and_bears_its_name(synthesized: Stacks, fleet: Fleet, name: str) -> None:
    stack = synthesized[name]
    (cluster,) = [each for each in fleet.clusters if each.name == name]
    wanted = {
        ("kube-system", "aws-node"),
        ("kube-system", "ebs-csi-controller-sa"),
        ("logging", "fluent-bit"),
        *((namespace.name, account.name) for namespace in cluster.namespaces for account in namespace.service_accounts),
    }
    subjects = trusted(stack)
    assert sorted(subjects.values()) == sorted(f"system:serviceaccount:{a}:{b}" for a, b in wanted)
    for role, subject in subjects.items():
        namespace, _, account = subject.removeprefix("system:serviceaccount:").partition(":")
        body = resources(stack, "aws_iam_role")[role]
        assert body["name"] == names.service_account_role(name, namespace, account)
        assert len(body["name"]) <= 64


def test_the_provider_is_the_clusters_own_issuer(synthesized: Stacks) -> None:
    (provider,) = resources(synthesized["live"], "aws_iam_openid_connect_provider").values()
    assert provider["url"] == "${aws_eks_cluster.cluster.identity[0].oidc[0].issuer}"
    assert provider["client_id_list"] == ["sts.amazonaws.com"]


def test_a_team_gets_the_policies_that_it_asked_for_and_no_other(synthesized: Stacks, fleet: Fleet) -> None:
    allowed = fleet.organisation.service_account_policies
    (live,) = [each for each in fleet.clusters if each.name == "live"]
    checked = 0
    for namespace in live.namespaces:
        for account in namespace.service_accounts:
            role = f"tenant_{namespace.name}_{account.name}"
            assert attached(synthesized["live"], role) == {allowed[short] for short in account.policies}
            assert role_statements(synthesized["live"], role) == []
            checked += 1
    assert checked >= 5


def test_a_policy_off_the_list_is_refused_where_the_role_is_built(fleet: Fleet, tmp_path: Path) -> None:
    (live,) = [each for each in fleet.clusters if each.name == "live"]
    stack = FleetStack(App(outdir=str(tmp_path)), "sample", fleet=fleet, state_key="sample/terraform.tfstate")

    class Issuer:
        provider_arn, host_and_path = "arn:aws:iam::111122223333:oidc-provider/x", "x"

    with pytest.raises(ValueError, match="allowed are s3-read"):
        TenantRoles(
            stack,
            "tenant",
            cluster=live,
            issuer=cast("ServiceAccountIssuer", Issuer()),
            allowed_policies={"s3-read": "arn"},
        )


@pytest.mark.parametrize("name", CLUSTERS)
def test_fluent_bit_may_add_documents_to_its_own_domain_and_nothing_else(
    synthesized: Stacks, fleet: Fleet, name: str
) -> None:
    (cluster,) = [each for each in fleet.clusters if each.name == name]
    (statement,) = role_statements(synthesized[name], "fluent-bit")
    assert statement["actions"] == ["es:ESHttpPost"]
    assert statement["resources"] == [f"{cluster.log_shipping.domain_arn}/_bulk"]
    assert attached(synthesized[name], "fluent-bit") == set()


@pytest.mark.parametrize("name", CLUSTERS)
def test_no_other_way_to_aws_roles_is_opened(synthesized: Stacks, name: str) -> None:
    assert "aws_eks_pod_identity_association" not in synthesized[name]["resource"]
    assert not [word for word in ("kiam", "kube2iam") if word in str(synthesized[name]["resource"])]


def test_a_long_name_keeps_two_service_accounts_apart() -> None:
    long = "a" * 63
    one, other = (names.service_account_role("live", long, account) for account in ("first", "second"))
    assert one != other
    assert max(len(one), len(other)) <= 64

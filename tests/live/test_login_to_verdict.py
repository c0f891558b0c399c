"""From a login at GitHub to what the API server lets somebody do: every part is the emitted one, or Kubernetes's own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import Stacks
from tests.live.applied import Applied
from tests.live.client import Client, eventually
from tests.live.conftest import CLUSTER
from tests.live.people import Login, Person, bearer, log_in, may, rules, who
from tests.live.servers import Servers
from tests.login.engine import LoginCode

Json = Any

DEVELOPER = Person("developer", ("prison-visits-booking", "a-team-without-namespaces"))
PLATFORM = Person("platform", ("webops",))
TEAMLESS = Person("teamless", ())
OUTSIDER = Person("outsider", None)
ELSEWHERE = Person("elsewhere", ("a-team-without-namespaces",))
EVERYBODY = (DEVELOPER, PLATFORM, TEAMLESS, OUTSIDER, ELSEWHERE)

ADMIN_OF_NAMESPACE = (
    ("create", "pods"),
    ("create", "pods/exec"),
    ("delete", "deployments.apps"),
    ("get", "secrets"),
    ("create", "rolebindings.rbac.authorization.k8s.io"),
    ("create", "networkpolicies.networking.k8s.io"),
    ("create", "ingresses.networking.k8s.io"),
)
DECIDED_BY_THE_PLATFORM = (
    ("patch", "resourcequotas"),
    ("delete", "limitranges"),
    ("create", "tiers.crd.projectcalico.org"),
    ("create", "globalnetworkpolicies.crd.projectcalico.org"),
    ("list", "globalnetworkpolicies.crd.projectcalico.org"),
)
CLUSTER_WIDE = (
    ("create", "namespaces"),
    ("list", "namespaces"),
    ("list", "nodes"),
    ("list", "pods"),
    ("list", "secrets"),
    ("create", "clusterrolebindings.rbac.authorization.k8s.io"),
    ("bind", "clusterroles.rbac.authorization.k8s.io"),
    ("escalate", "clusterroles.rbac.authorization.k8s.io"),
    ("impersonate", "users"),
    ("impersonate", "groups"),
    ("create", "validatingadmissionpolicybindings.admissionregistration.k8s.io"),
    ("delete", "validatingadmissionpolicies.admissionregistration.k8s.io"),
    ("create", "persistentvolumes"),
)


@pytest.fixture(scope="module")
def logins(synthesized: Stacks) -> Mapping[str, Login]:
    """Everybody's login."""
    return log_in(LoginCode.of(synthesized["identity"]), EVERYBODY)


@pytest.fixture(scope="module")
def cluster(servers: Servers, applied: Applied) -> Servers:
    """The servers, with all roles as Kubernetes puts them together."""
    admin_role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "admin"}}
    eventually(lambda: servers.admin.get(admin_role).or_raise().get("rules"))
    return servers


@pytest.fixture(scope="module")
def owners(applied: Applied) -> dict[str, str]:
    """The team of each tenant namespace, as its emitted binding says."""
    return {
        each["metadata"]["namespace"]: each["subjects"][0]["name"]
        for each in applied.sequence.objects("RoleBinding")
        if "namespace" in each["metadata"] and each["roleRef"]["name"] == "admin"
    }


@pytest.fixture(scope="module")
def namespaces(cluster: Servers) -> list[str]:
    """Every namespace of the cluster."""
    return [each["metadata"]["name"] for each in cluster.admin.items("/api/v1/namespaces")]


def of(cluster: Servers, logins: Mapping[str, Login], person: Person) -> Client:
    return bearer(cluster, logins[person.name].claims)


def own(owners: Mapping[str, str], person: Person) -> list[str]:
    found = [name for name, team in owners.items() if team.rpartition(":")[2] in (person.teams or ())]
    assert found
    return found


def test_the_tokens_audience_is_the_client_that_the_login_stack_makes(synthesized: Stacks, oidc: Json) -> None:
    reference = oidc["client_id"].removeprefix("${data.aws_ssm_parameter.").removesuffix(".insecure_value}")
    read = synthesized[CLUSTER]["data"]["aws_ssm_parameter"][reference]["name"]
    login = synthesized[f"{CLUSTER}-login"]["resource"]
    (written,) = [each for each in login["aws_ssm_parameter"].values() if each["name"] == read]
    client = login["auth0_client"][
        written["insecure_value"].removeprefix("${auth0_client.").removesuffix(".client_id}")
    ]
    assert client["name"] == f"{CLUSTER}:kubernetes"


def test_a_user_is_known_by_address_and_teams(cluster: Servers, logins: Mapping[str, Login]) -> None:
    info = who(of(cluster, logins, DEVELOPER))
    assert info["username"] == DEVELOPER.email
    expected = {"github:prison-visits-booking", "github:a-team-without-namespaces", "system:authenticated"}
    assert set(info["groups"]) == expected


def test_a_team_member_is_admin_of_its_namespaces(
    cluster: Servers, logins: Mapping[str, Login], owners: dict[str, str]
) -> None:
    client = of(cluster, logins, DEVELOPER)
    for namespace in own(owners, DEVELOPER):
        refused = [each for each in ADMIN_OF_NAMESPACE if not may(client, *each, namespace=namespace)]
        assert refused == [], namespace


def test_a_team_member_does_not_decide_what_the_platform_decides(
    cluster: Servers, logins: Mapping[str, Login], owners: dict[str, str]
) -> None:
    client = of(cluster, logins, DEVELOPER)
    for namespace in own(owners, DEVELOPER):
        assert [each for each in DECIDED_BY_THE_PLATFORM if may(client, *each, namespace=namespace)] == []
        for verb in ("delete", "patch", "update"):
            assert not may(client, verb, "namespaces", namespace=namespace, name=namespace)
    assert [each for each in CLUSTER_WIDE if may(client, *each)] == []


def test_a_team_member_is_nobody_elsewhere(
    cluster: Servers, logins: Mapping[str, Login], owners: dict[str, str], namespaces: list[str]
) -> None:
    client, nobody = of(cluster, logins, DEVELOPER), of(cluster, logins, TEAMLESS)
    foreign = set(namespaces) - set(own(owners, DEVELOPER))
    assert len(foreign) > len(owners)
    for namespace in sorted(foreign):
        assert rules(client, namespace) == rules(nobody, namespace), namespace


def test_each_team_administers_what_its_binding_names(cluster: Servers, owners: dict[str, str], oidc: Json) -> None:
    prefix = oidc["groups_prefix"]
    for team in sorted(set(owners.values())):
        claims = {"email": "a@example.org", "email_verified": True, oidc["groups_claim"]: [team.removeprefix(prefix)]}
        client = bearer(cluster, claims)
        allowed = {each for each in owners if may(client, "create", "pods", namespace=each)}
        assert allowed == {each for each, owner in owners.items() if owner == team}


def test_webops_administers_the_cluster(cluster: Servers, logins: Mapping[str, Login], namespaces: list[str]) -> None:
    client = of(cluster, logins, PLATFORM)
    assert may(client, "*", "*.*")
    assert [each for each in CLUSTER_WIDE if not may(client, *each)] == []
    assert [each for each in namespaces if not may(client, "delete", "pods", namespace=each)] == []


@pytest.mark.parametrize("person", [TEAMLESS, ELSEWHERE], ids=lambda person: person.name)
def test_a_member_without_a_team_here_can_do_nothing(
    cluster: Servers, logins: Mapping[str, Login], namespaces: list[str], person: Person
) -> None:
    client = of(cluster, logins, person)
    every_user = [["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["selfsubjectreviews"]]
    for namespace in namespaces:
        listed, addresses = rules(client, namespace)
        assert len(listed) == len(every_user), listed
        assert all(any(str(each) in rule for each in every_user) for rule in listed), listed
        assert all("'verbs': ['get']" in rule for rule in addresses), addresses
    asked = [*ADMIN_OF_NAMESPACE, *DECIDED_BY_THE_PLATFORM, *CLUSTER_WIDE]
    assert [each for each in asked if may(client, *each)] == []


def test_who_is_not_in_the_organisation_gets_no_token(logins: Mapping[str, Login]) -> None:
    assert logins[OUTSIDER.name].refused
    assert [name for name, login in logins.items() if login.refused] == [OUTSIDER.name]


def test_without_a_token_there_is_no_answer(cluster: Servers) -> None:
    stranger = Client(cluster.admin.port, cluster.authority.certificate)
    assert stranger.request("GET", "/api/v1/namespaces").status in (401, 403)


@pytest.mark.parametrize("group", ["system:masters", "github:webops", "oidc:system:masters", "system:nodes"])
def test_a_claim_cannot_name_a_group_of_kubernetes(cluster: Servers, oidc: Json, group: str) -> None:
    claims = {"email": "a@example.org", "email_verified": True, oidc["groups_claim"]: [group]}
    client = bearer(cluster, claims)
    assert set(who(client)["groups"]) == {f"github:{group}", "system:authenticated"}
    assert [each for each in CLUSTER_WIDE if may(client, *each)] == []


def test_no_role_is_bound_to_what_could_be_an_address(cluster: Servers) -> None:
    root = "/apis/rbac.authorization.k8s.io/v1"
    bindings = [*cluster.admin.items(f"{root}/clusterrolebindings"), *cluster.admin.items(f"{root}/rolebindings")]
    users = {each["name"] for binding in bindings for each in binding.get("subjects", []) if each["kind"] == "User"}
    assert "system:kube-scheduler" in users
    assert [name for name in users if "@" in name] == []


def test_only_a_fresh_token_of_the_tenant_for_this_client_counts(cluster: Servers, logins: Mapping[str, Login]) -> None:
    claims = logins[PLATFORM.name].claims
    past = int(time.time()) - 120
    refused = {
        "expired": bearer(cluster, {**claims, "exp": past}),
        "not yet valid": bearer(cluster, {**claims, "nbf": int(time.time()) + 3600}),
        "for another client": bearer(cluster, claims, audience="another-client"),
        "signed by another key": bearer(cluster, claims, forged=True),
        "issuer without its slash": bearer(cluster, {**claims, "iss": cluster.auth0.issuer.rstrip("/")}),
        "another tenant": bearer(cluster, {**claims, "iss": "https://another.eu.auth0.com/"}),
        "address not verified": bearer(cluster, {**claims, "email_verified": False}),
        "no address": bearer(cluster, {key: value for key, value in claims.items() if key != "email"}),
    }
    asked = {why: client.request("GET", "/api/v1/namespaces").status for why, client in refused.items()}
    assert asked == dict.fromkeys(refused, 401)
    assert bearer(cluster, claims).request("GET", "/api/v1/namespaces").status == 200

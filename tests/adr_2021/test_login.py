"""ADR "Auth", "Auth credential issuer", "Authorization"."""

from __future__ import annotations

from tests.adr_2021.clauses import Stack, Stacks, holds
from tests.decisions.emitted import resources, values_of
from tests.login.engine import LoginCode, Outcome, run, unescaped
from tests.login.scenarios import SCENARIOS, Scenario

CLAIM = "https://k8s.integration.dsd.io/groups"
ISSUER = "https://justice-cloud-platform.eu.auth0.com/"
ADMITTED = next(each for each in SCENARIOS if "rules" in each.engines and each.teams)
OUTSIDER = next(
    each for each in SCENARIOS if "rules" in each.engines and each.teams is None and each.refused_by == "both"
)


def outcome(identity: Stack, scenario: Scenario) -> list[Outcome]:
    """What each rule of the fixture does with one user."""
    ((steps,),) = run([(LoginCode.of(identity), [scenario])])
    return steps


@holds("Auth", "OIDC, with Auth0 as broker and GitHub as Identity Provider")
def test_the_cluster_trusts_the_tenant_and_the_tenant_asks_github(cluster: Stack, login: Stack) -> None:
    (association,) = resources(cluster, "aws_eks_identity_provider_config").values()
    oidc = association["oidc"]
    assert (oidc["issuer_url"], oidc["username_claim"], oidc["groups_claim"]) == (ISSUER, "email", CLAIM)
    clients = {f"${{auth0_client.{name}.client_id}}" for name in resources(login, "auth0_client")}
    connections = resources(login, "auth0_connection_client").values()
    assert {each["client_id"] for each in connections} == clients
    assert {each["connection_id"] for each in connections} == {"con_CloudPlatformGitHub1"}


def test_the_two_rules_run_in_order_and_agree(identity: Stack) -> None:
    first, second = sorted(resources(identity, "auth0_rule").values(), key=lambda rule: rule["order"])
    assert (first["name"], second["name"]) == ("allow-github-organisation", "add-github-teams-to-oidc-group-claim")
    assert first["order"] < second["order"]
    assert first["enabled"] is second["enabled"] is True
    for rule in (first, second):
        script = unescaped(rule["script"])
        assert 'const GITHUB_ORGANISATION = "ministryofjustice";' in script
        assert 'connectionStrategy !== "github"' in script
    (configuration,) = resources(identity, "auth0_rule_config").values()
    assert (configuration["key"], configuration["value"]) == ("K8S_OIDC_GROUP_CLAIM_DOMAIN", CLAIM)
    assert not [type_ for type_ in identity["resource"] if type_.startswith(("auth0_action", "auth0_trigger"))]


@holds("Auth", "ensures that the user is in the ministryofjustice GitHub organization")
def test_an_outsider_is_refused_by_each_rule(identity: Stack) -> None:
    assert all(step["denials"] and not step["claims"] for step in outcome(identity, OUTSIDER))


@holds("Auth", "inserts the user's GitHub teams into the OIDC ID token as claims")
def test_a_member_gets_the_teams_that_rbac_binds(identity: Stack, cluster: Stack, workloads: Stack) -> None:
    first, second = outcome(identity, ADMITTED)
    assert not first["denials"]
    assert first["claims"] == {}
    assert second["claims"] == {CLAIM: list(ADMITTED.teams or ())}
    (association,) = resources(cluster, "aws_eks_identity_provider_config").values()
    prefix = association["oidc"]["groups_prefix"]
    bindings = [
        *resources(workloads, "kubernetes_role_binding_v1").values(),
        *resources(workloads, "kubernetes_cluster_role_binding_v1").values(),
    ]
    groups = {subject["name"] for each in bindings for subject in each["subject"] if subject["kind"] == "Group"}
    assert {name for name in groups if not name.startswith("system:")} == {
        f"{prefix}webops",
        f"{prefix}prison-visits-booking",
    }


@holds("Auth credential issuer", "Cloud Platform Kuberos")
def test_kuberos_is_the_organisations(workloads: Stack) -> None:
    release = resources(workloads, "helm_release")["kuberos"]
    assert release["chart"] == "kuberos"
    assert release["repository"] == "https://ministryofjustice.github.io/cloud-platform-helm-charts"
    values = values_of(workloads, release)
    assert values["image"]["repository"] == "ministryofjustice/cloud-platform-kuberos"
    assert values["oidc"]["issuerUrl"] == ISSUER
    assert values["ingress"]["tls"][0]["hosts"] == ["login.live.cloud-platform.service.justice.gov.uk"]


@holds("Authorization", "existing RBAC configuration")
def test_rbac_is_the_existing_one(workloads: Stack) -> None:
    admins = {
        (subject["kind"], subject["name"])
        for each in resources(workloads, "kubernetes_cluster_role_binding_v1").values()
        if each["role_ref"]["name"] == "cluster-admin"
        for subject in each["subject"]
    }
    assert admins == {("Group", "github:webops"), ("ServiceAccount", "concourse-build-environments")}
    teams = {
        (each["metadata"]["namespace"], each["role_ref"]["name"], subject["name"])
        for each in resources(workloads, "kubernetes_role_binding_v1").values()
        for subject in each["subject"]
        if subject["name"].startswith("github:")
    }
    assert teams == {
        (f"prison-visits-{environment}", "admin", "github:prison-visits-booking")
        for environment in ("production", "staging")
    }


def test_every_name_of_the_login_is_the_same_in_all_stacks(stacks: Stacks) -> None:
    """One client id travels by one SSM name, from the login to the association and to Kuberos."""
    name = "/cloud-platform/live/auth0/kubernetes-client-id"
    written = {each["name"] for each in resources(stacks["live-login"], "aws_ssm_parameter").values()}
    assert name in written
    for stack, key in (("live", "login_client_id"), ("live-workloads", "kuberos_client_id")):
        assert stacks[stack]["data"]["aws_ssm_parameter"][key]["name"] == name

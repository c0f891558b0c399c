"""D02: the tenant's login code and the clusters' clients, as they stand in the output."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from modules.login.code import login_code
from modules.settings import names
from modules.settings.fleet import Fleet
from tests.conftest import Stacks, Variant
from tests.provider_schemas import load_schemas, schema_folder

FOREIGN = {"id": "11111111-2222-3333-4444-555555555555", "display_name": "of-others"}
AUTH0 = re.compile(r"auth0_\w+")
FOLLOWING = "${{parseint(substr(sha256(auth0_client.login_actions_client.client_id), 0, 7), 16) + {revision}}}"
"""The version of what is sent to the Actions: it changes with the revision and with their client."""


def with_one_cluster(fleet: Fleet) -> dict[str, Any]:
    """The fleet as plain data with its one cluster that is not protected."""
    data = fleet.model_dump()
    data["clusters"] = [cluster for cluster in data["clusters"] if not cluster["protect"]]
    return data


@pytest.fixture(scope="session")
def with_rules(fleet: Fleet, variant: Variant) -> Stacks:
    data = with_one_cluster(fleet)
    data["tenant"]["engine"] = "rules"
    return variant(data)


@pytest.fixture(scope="session")
def with_connection(fleet: Fleet, variant: Variant) -> Stacks:
    """The connection is managed, and Actions of others run before and after ours."""
    data = with_one_cluster(fleet)
    secret = {"parameter": "/cloud-platform/auth0/github-client-secret", "revision": 1}
    data["tenant"]["connection"] = {"id": None, "client_id": "Iv1.0123456789abcdef", "client_secret": secret}
    data["tenant"]["actions_before"] = [FOREIGN]
    data["tenant"]["actions_after"] = [
        {"id": "66666666-7777-8888-9999-000000000000", "display_name": "of-others-again"}
    ]
    return variant(data)


def login_stacks(stacks: Stacks) -> dict[str, dict[str, Any]]:
    return {name: stack for name, stack in stacks.items() if name == "identity" or name.endswith("-login")}


@pytest.mark.parametrize("which", ["synthesized", "with_rules", "with_connection"])
def test_every_auth0_block_is_one_the_provider_takes(
    request: pytest.FixtureRequest, left_out: list[str], which: str
) -> None:
    folder = schema_folder()
    if folder is None:
        left_out.append("Auth0 blocks against the provider's schema: set PROVIDER_SCHEMAS to a folder of documents")
        return
    schemas = load_schemas(folder)
    for name, stack in login_stacks(request.getfixturevalue(which)).items():
        outcome = schemas.check(stack)
        assert outcome.problems == []
        emitted = {type_ for type_ in stack["resource"] if AUTH0.fullmatch(type_)}
        assert emitted, name
        assert emitted <= outcome.checked.keys()
        assert outcome.checked["provider.auth0"] == 1


def test_two_actions_are_deployed_and_bound_in_order(synthesized: Stacks) -> None:
    resources = synthesized["identity"]["resource"]
    (bound,) = resources["auth0_trigger_actions"].values()
    assert bound["trigger"] == "post-login"
    assert [each["display_name"] for each in bound["actions"]] == [
        "allow-github-organisation",
        "add-github-teams-to-oidc-group-claim",
    ]
    references = {f"${{auth0_action.{name}.id}}": action for name, action in resources["auth0_action"].items()}
    assert [references[each["id"]]["name"] for each in bound["actions"]] == [
        each["display_name"] for each in bound["actions"]
    ]
    for action in references.values():
        assert action["deploy"] is True
        assert action["supported_triggers"] == [{"id": "post-login", "version": "v3"}]
        assert action["runtime"] == "node22"
        assert "secrets" not in action


def test_actions_of_others_stay_in_their_place(with_connection: Stacks) -> None:
    (bound,) = with_connection["identity"]["resource"]["auth0_trigger_actions"].values()
    assert [each["display_name"] for each in bound["actions"]] == [
        "of-others",
        "allow-github-organisation",
        "add-github-teams-to-oidc-group-claim",
        "of-others-again",
    ]


def test_actions_client_may_read_users_and_their_tokens_and_no_more(synthesized: Stacks, fleet: Fleet) -> None:
    resources = synthesized["identity"]["resource"]
    (client,) = resources["auth0_client"].values()
    (grant,) = resources["auth0_client_grant"].values()
    assert client["app_type"] == "non_interactive"
    assert client["grant_types"] == ["client_credentials"]
    assert sorted(grant["scopes"]) == ["read:user_idp_tokens", "read:users"]
    assert grant["audience"] == f"https://{fleet.tenant.domain}/api/v2/"


def test_rules_run_in_order_and_find_the_claim(with_rules: Stacks, fleet: Fleet) -> None:
    resources = with_rules["identity"]["resource"]
    rules = sorted(resources["auth0_rule"].values(), key=lambda rule: rule["order"])
    assert [(rule["name"], rule["enabled"]) for rule in rules] == [
        ("allow-github-organisation", True),
        ("add-github-teams-to-oidc-group-claim", True),
    ]
    assert len({rule["order"] for rule in rules}) == 2
    assert all(re.fullmatch(r"[^\s-][\w -]+[^\s-]", rule["name"]) for rule in rules)
    (config,) = resources["auth0_rule_config"].values()
    assert config["value"] == fleet.tenant.groups_claim
    assert "auth0_action" not in resources
    assert "ephemeral" not in with_rules["identity"]


def test_new_clients_get_no_connection_of_their_own(synthesized: Stacks) -> None:
    (tenant,) = synthesized["identity"]["resource"]["auth0_tenant"].values()
    assert tenant["flags"] == [{"enable_client_connections": False}]
    for stack in login_stacks(synthesized).values():
        assert "auth0_connection_clients" not in stack["resource"]


def test_each_cluster_has_two_clients_with_the_github_connection_alone(synthesized: Stacks, fleet: Fleet) -> None:
    for cluster in fleet.clusters:
        resources = synthesized[names.login_stack(cluster.name)]["resource"]
        clients = {client["name"]: client for client in resources["auth0_client"].values()}
        assert sorted(clients) == [f"{cluster.name}:components", f"{cluster.name}:kubernetes"]
        assert clients[f"{cluster.name}:kubernetes"]["callbacks"] == [f"https://{cluster.credential_issuer.host}/ui"]
        assert clients[f"{cluster.name}:components"]["callbacks"] == [
            f"https://{cluster.monitoring.grafana_host}/login/generic_oauth",
            *cluster.monitoring.extra_callbacks,
        ]
        attached = [
            (each["connection_id"], each["client_id"]) for each in resources["auth0_connection_client"].values()
        ]
        assert sorted(attached) == [
            (fleet.tenant.connection.id, f"${{auth0_client.{name}.client_id}}")
            for name in sorted(resources["auth0_client"])
        ]


def test_clients_issue_short_tokens_and_expiring_refresh_tokens(synthesized: Stacks, fleet: Fleet) -> None:
    for cluster in fleet.clusters:
        for client in synthesized[names.login_stack(cluster.name)]["resource"]["auth0_client"].values():
            assert client["app_type"] == "regular_web"
            assert client["oidc_conformant"] is True
            assert client["cross_origin_auth"] is False
            assert sorted(client["grant_types"]) == ["authorization_code", "refresh_token"]
            assert client["jwt_configuration"] == [
                {"alg": "RS256", "lifetime_in_seconds": 36000, "secret_encoded": False}
            ]
            (refresh,) = client["refresh_token"]
            assert (refresh["rotation_type"], refresh["expiration_type"]) == ("rotating", "expiring")
            assert refresh["infinite_token_lifetime"] is refresh["infinite_idle_token_lifetime"] is False
            assert 0 < refresh["idle_token_lifetime"] <= refresh["token_lifetime"] <= 2592000


def test_client_ids_are_left_in_parameters(synthesized: Stacks, fleet: Fleet) -> None:
    for cluster in fleet.clusters:
        resources = synthesized[names.login_stack(cluster.name)]["resource"]
        left = {each["name"]: each["insecure_value"] for each in resources["aws_ssm_parameter"].values()}
        by_name = {client["name"]: name for name, client in resources["auth0_client"].items()}
        assert left == {
            names.client_id_parameter(cluster.name, client): (
                f"${{auth0_client.{by_name[f'{cluster.name}:{client}']}.client_id}}"
            )
            for client in ("kubernetes", "components")
        }


def test_protect_guards_every_client_and_nothing_else_is_guarded(
    synthesized: Stacks, with_connection: Stacks, fleet: Fleet
) -> None:
    protected = {names.login_stack(cluster.name): cluster.protect for cluster in fleet.clusters} | {"identity": True}
    for name, stack in login_stacks(synthesized).items():
        for client in stack["resource"]["auth0_client"].values():
            assert client.get("lifecycle", {}).get("prevent_destroy", False) is protected[name]
    assert "prevent_destroy" not in json.dumps(login_stacks(with_connection))


@pytest.mark.parametrize("which", ["synthesized", "with_rules", "with_connection"])
def test_secrets_reach_write_only_arguments_alone(request: pytest.FixtureRequest, which: str) -> None:
    """Ephemeral values flow into write-only arguments with a revision, and no data source reads a secret."""
    for name, stack in login_stacks(request.getfixturevalue(which)).items():
        for type_, blocks in stack["resource"].items():
            for body in blocks.values():
                for key, value in body.items():
                    if "ephemeral." in json.dumps(value) and key != "code":
                        assert (type_, key) in {
                            ("auth0_action", "secrets_wo"),
                            ("auth0_client_credentials", "client_secret_wo"),
                        }
                        assert body[f"{key}_version"] in (1, FOLLOWING.format(revision=1))
        read = {each["name"] for each in stack.get("data", {}).get("aws_ssm_parameter", {}).values()}
        arn = "arn:aws:ssm:eu-west-2:111122223333:parameter/cloud-platform/auth0/github-client-secret"
        recorded_exception = {arn} if name == "identity" else set()
        if which == "with_connection":
            assert read == (recorded_exception or {names.connection_id_parameter()})
        else:
            assert "data" not in stack
        assert set(stack.get("output", {})) <= {"protection"}


def test_a_revision_drives_both_versions(fleet: Fleet, variant: Variant) -> None:
    data = with_one_cluster(fleet)
    data["tenant"]["actions_client_secret"]["revision"] = 7
    resources = variant(data)["identity"]["resource"]
    assert [each["client_secret_wo_version"] for each in resources["auth0_client_credentials"].values()] == [7]
    versions = [each["secrets_wo_version"] for each in resources["auth0_action"].values()]
    assert versions == [FOLLOWING.format(revision=7)] * 2


def test_a_managed_connection_leaves_its_id_for_the_clusters(with_connection: Stacks) -> None:
    resources = with_connection["identity"]["resource"]
    ((name, connection),) = resources["auth0_connection"].items()
    assert connection["strategy"] == "github"
    assert sorted(connection["options"][0]["scopes"]) == ["email", "profile", "read_org", "read_user"]
    (parameter,) = resources["aws_ssm_parameter"].values()
    assert parameter["insecure_value"] == f"${{auth0_connection.{name}.id}}"
    for attached in with_connection["test-login"]["resource"]["auth0_connection_client"].values():
        assert attached["connection_id"] == "${data.aws_ssm_parameter.connection_id.insecure_value}"


def test_a_placeholder_without_a_literal_is_an_error() -> None:
    with pytest.raises(KeyError, match="GITHUB_ORGANISATION"):
        login_code("actions/allow_github_organisation.js", {"TENANT_DOMAIN": "x"})


def test_a_literal_cannot_leave_its_string() -> None:
    literals = dict.fromkeys(("GITHUB_ORGANISATION", "TENANT_DOMAIN", "GROUPS_CLAIM"), '"; evil(); "\n__GROUPS_CLAIM__')
    code = login_code("actions/add_github_teams.js", literals)
    assert code.count(json.dumps(literals["GROUPS_CLAIM"])) == 3
    assert not re.search(r"^evil|^\"; evil", code, re.MULTILINE)

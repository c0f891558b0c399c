"""The real auth0 provider applies the identity stack to a loopback Management API, finds nothing left, destroys it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.live.auth0_api import ManagementApi, Tenant
from tests.live.certificates import Authority
from tests.live.without_aws import without_aws
from tests.sandbox.terraform import Terraform, changes, missing_terraform, providers_at_hand

Json = Any

SECRET = "the-secret-that-the-parameter-holds"


@dataclass(frozen=True)
class Deployment:
    """A copy of the stack that terraform can run here, and the tenant that it is bound to."""

    terraform: Terraform
    api: ManagementApi
    addresses: frozenset[str]


@pytest.fixture(scope="module")
def deployment(
    synthesized_folder: Path, tmp_path_factory: pytest.TempPathFactory, left_out: list[str]
) -> Iterator[Deployment | None]:
    """The stack without AWS and the tenant here in the place of Auth0's; None, and that is said, where it cannot be."""
    folder = tmp_path_factory.mktemp("identity") / "identity"
    shutil.copytree(synthesized_folder / "stacks" / "identity", folder)
    authority = Authority(folder.parent / "certificates")
    api = ManagementApi(authority)
    addresses = bind(folder / "cdk.tf.json", api)
    reason = missing_terraform()
    providers = None if reason else providers_at_hand([folder], folder.parent / "providers")
    lacking = providers.lacking(folder) if providers else []
    try:
        if providers is None or lacking:
            left_out.append(
                f"apply and destroy of the identity stack: {reason or 'not at hand: ' + ', '.join(lacking)}"
            )
            yield None
            return
        trust = {"SSL_CERT_FILE": str(authority.certificate)}
        yield Deployment(Terraform.ready(folder, providers=providers, environment=trust), api, addresses)
    finally:
        api.stop()


def bind(path: Path, api: ManagementApi) -> frozenset[str]:
    """Put the tenant here in the place of Auth0's, and a constant for what is read from AWS; return the addresses.

    What is protected from being destroyed loses that protection: that it is kept is proven elsewhere.
    """
    stack = without_aws(json.loads(path.read_text()), SECRET)
    stack["provider"] = {"auth0": [{"domain": api.domain, "api_token": "token-of-the-management-api"}]}
    addresses = []
    for type_, named in stack["resource"].items():
        for name, body in named.items():
            body.get("lifecycle", {}).pop("prevent_destroy", None)
            addresses.append(f"{type_}.{name}")
    path.write_text(json.dumps(stack))
    return frozenset(addresses)


def test_the_stack_is_applied_settles_and_is_destroyed(deployment: Deployment | None) -> None:
    if deployment is None:
        return
    terraform, tenant = deployment.terraform, deployment.api.tenant
    terraform.apply()
    assert tenant.unknown == []
    assert set(terraform.run("state", "list").split()) == deployment.addresses

    bound = [each["action"]["name"] for each in tenant.bindings["post-login"]]
    assert bound == ["allow-github-organisation", "add-github-teams-to-oidc-group-claim"]
    client = known_to_all_actions(tenant)
    (grant,) = tenant.grants.values()
    assert sorted(grant["scope"]) == ["read:user_idp_tokens", "read:users"]
    assert SECRET not in (terraform.folder / "terraform.tfstate").read_text()

    assert changes(terraform.plan()) == {}
    taken_away = tenant.clients.pop(client["client_id"])
    tenant.grants.clear()
    terraform.apply()
    assert known_to_all_actions(tenant)["client_id"] != taken_away["client_id"]
    assert changes(terraform.plan()) == {}
    terraform.destroy()
    assert tenant.is_empty(), tenant
    assert terraform.run("state", "list") == ""


def known_to_all_actions(tenant: Tenant) -> Json:
    """The one client, whose id and secret every Action has been given."""
    (client,) = tenant.clients.values()
    assert client["client_secret"] == SECRET
    for action in tenant.actions.values():
        assert action["all_changes_deployed"]
        given = {each["name"]: each["value"] for each in action["secrets"]}
        assert given == {"CLIENT_ID": client["client_id"], "CLIENT_SECRET": SECRET}
    return client

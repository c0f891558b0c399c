"""D02, the cluster's half, under attack: names that drift apart, a change that collides with others."""

from __future__ import annotations

from typing import Any

import pytest

from modules.settings import names
from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted_aws import before, resources


def oidc(stack: dict[str, Any]) -> dict[str, Any]:
    (body,) = resources(stack, "aws_eks_identity_provider_config").values()
    return dict(body["oidc"])


@pytest.mark.parametrize("name", ["live", "manager", "test"])
def test_it_comes_after_every_other_change_of_the_cluster(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    first = before(stack, "aws_eks_identity_provider_config.login")
    for type_ in ("aws_eks_node_group", "aws_eks_addon"):
        assert {f"{type_}.{each}" for each in resources(stack, type_)} <= first


@pytest.mark.parametrize("name", ["live", "manager", "test"])
def test_the_client_is_that_of_this_cluster(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    assert oidc(stack)["client_id"] == "${data.aws_ssm_parameter.login_client_id.insecure_value}"
    parameter = stack["data"]["aws_ssm_parameter"]["login_client_id"]["name"]
    assert parameter == names.client_id_parameter(name, "kubernetes")


def test_claims_follow_the_tenant_and_no_group_goes_without_prefix(
    fleet_data: dict[str, Any], variant: Variant
) -> None:
    fleet_data["tenant"] |= {
        "domain": "other.eu.auth0.com",
        "groups_claim": "https://other.example.org/teams",
        "groups_prefix": "teams:",
        "username_claim": "sub",
    }
    config = oidc(variant(only(fleet_data, "live"))["live"])
    assert config["issuer_url"] == "https://other.eu.auth0.com/"
    assert config["groups_claim"] == "https://other.example.org/teams"
    assert config["groups_prefix"] == "teams:"
    assert config["username_claim"] == "sub"
    assert not config["groups_prefix"].startswith("system:")

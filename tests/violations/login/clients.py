"""Ways to weaken the clients through which people log in (D02)."""

from __future__ import annotations

import copy

from tests.violations.catalogue import Body, Stacks, violation


def kubernetes(stacks: Stacks, stack: str = "live-login") -> Body:
    """Return the client for kubeconfigs."""
    return stacks.one(stack, "auth0_client", "kubernetes_client")


@violation(kills="D02-clients")
def implicit_grant(stacks: Stacks) -> None:
    """Tokens in the address bar."""
    kubernetes(stacks)["grant_types"].append("implicit")


@violation(kills="D02-clients")
def password_grant(stacks: Stacks) -> None:
    """A password in exchange for a token, past GitHub."""
    kubernetes(stacks)["grant_types"].append("http://auth0.com/oauth/grant-type/password-realm")


@violation(kills="D02-clients")
def grants_left_to_auth0(stacks: Stacks) -> None:
    """Auth0's default for a web client holds implicit and client_credentials."""
    del kubernetes(stacks)["grant_types"]


@violation(kills="D02-clients")
def not_oidc_conformant(stacks: Stacks) -> None:
    """The legacy pipeline, with its legacy grants and claims."""
    kubernetes(stacks)["oidc_conformant"] = False


@violation(kills="D02-clients")
def signed_with_the_secret(stacks: Stacks) -> None:
    """HS256: who has the client's secret can sign tokens."""
    kubernetes(stacks)["jwt_configuration"][0]["alg"] = "HS256"


@violation(kills="D02-clients")
def tokens_for_a_month(stacks: Stacks) -> None:
    """The ID token lasts a month: a leaver is in for a month."""
    kubernetes(stacks)["jwt_configuration"][0]["lifetime_in_seconds"] = 2592000


@violation(kills="D02-clients")
def lifetime_by_default(stacks: Stacks) -> None:
    """The lifetime is left to whatever the tenant says."""
    del kubernetes(stacks)["jwt_configuration"][0]["lifetime_in_seconds"]


@violation(kills="D02-clients")
def login_from_any_page(stacks: Stacks) -> None:
    """Cross-origin authentication."""
    kubernetes(stacks)["cross_origin_auth"] = True


@violation(kills="D02-clients")
def a_saml_door(stacks: Stacks) -> None:
    """The add-on for SAML makes the client an identity provider of its own."""
    kubernetes(stacks)["addons"] = [{"samlp": [{}]}]


@violation(
    kills="D02-clients",
    also=("D02-callbacks", "D02-refresh-tokens", "D02-secrets", "D02-only-github"),
    names="cluster test",
)
def a_third_client(stacks: Stacks) -> None:
    """One more client in the cluster's stack."""
    stacks.add("test-login", "auth0_client", "dashboard", copy.deepcopy(kubernetes(stacks, "test-login")))


@violation(kills="D02-callbacks", also=("D03-kuberos-login",))
def callback_with_wildcard(stacks: Stacks) -> None:
    """Any host below the domain may receive the code, a tenant's own ingress too."""
    kubernetes(stacks)["callbacks"] = ["https://*.live.cloud-platform.service.justice.gov.uk/ui"]


@violation(kills="D02-callbacks")
def callback_on_localhost(stacks: Stacks) -> None:
    """For development; any program on the machine may listen there."""
    kubernetes(stacks)["callbacks"].append("http://localhost:8000/ui")


@violation(kills="D02-callbacks", also=("D03-kuberos-login",))
def callback_of_another_cluster(stacks: Stacks) -> None:
    """The code for live is sent to test."""
    kubernetes(stacks)["callbacks"] = ["https://login.test.cloud-platform.service.justice.gov.uk/ui"]


@violation(kills="D02-callbacks", also=("D03-kuberos-login", "D02-audience"))
def callback_on_any_path(stacks: Stacks) -> None:
    """The whole host instead of the one path."""
    kubernetes(stacks)["callbacks"] = ["https://login.live.cloud-platform.service.justice.gov.uk/"]


@violation(kills="D02-refresh-tokens")
def refresh_without_end(stacks: Stacks) -> None:
    """A refresh token that never ends."""
    token = kubernetes(stacks)["refresh_token"][0]
    token["expiration_type"] = "non-expiring"
    token["infinite_token_lifetime"] = True


@violation(kills="D02-refresh-tokens")
def refresh_without_rotation(stacks: Stacks) -> None:
    """A stolen refresh token goes unnoticed."""
    kubernetes(stacks)["refresh_token"][0]["rotation_type"] = "non-rotating"


@violation(kills="D02-refresh-tokens")
def refresh_idle_for_ever(stacks: Stacks) -> None:
    """Both lifetimes are set, and one is switched off beside."""
    kubernetes(stacks)["refresh_token"][0]["infinite_idle_token_lifetime"] = True


@violation(kills="D02-refresh-tokens")
def refresh_for_a_year(stacks: Stacks) -> None:
    """It ends: in a year."""
    kubernetes(stacks)["refresh_token"][0]["token_lifetime"] = 31536000


@violation(kills="D02-refresh-tokens")
def refresh_left_to_auth0(stacks: Stacks) -> None:
    """No block at all: not rotating, not expiring."""
    del kubernetes(stacks)["refresh_token"]


@violation(kills="D02-refresh-tokens")
def refresh_used_twice(stacks: Stacks) -> None:
    """A leeway of a day: rotation in name only."""
    kubernetes(stacks)["refresh_token"][0]["leeway"] = 86400


@violation(kills="D02-clients")
def client_of_the_tenants_api(stacks: Stacks) -> None:
    """The client for kubectl may change users in the tenant, in its own name."""
    body = {"client_id": "${auth0_client.kubernetes_client.id}", "scopes": ["update:users"]}
    body["audience"] = "https://justice-cloud-platform.eu.auth0.com/api/v2/"
    stacks.add("live-login", "auth0_client_grant", "more", body)


@violation(kills="D02-clients")
def login_begins_elsewhere(stacks: Stacks) -> None:
    """A login is sent to another site first."""
    client = stacks.one("live-login", "auth0_client", "kubernetes_client")
    client["initiate_login_uri"] = "https://another.example/login"


@violation(kills="D02-refresh-tokens")
def tokens_of_other_apis(stacks: Stacks) -> None:
    """A refresh token of kubectl is good for the tenant's own API as well."""
    audience = "https://justice-cloud-platform.eu.auth0.com/api/v2/"
    kubernetes(stacks)["refresh_token"][0]["policies"] = [{"audience": audience, "scope": ["read:users"]}]


@violation(kills="D02-clients")
def assertions_of_other_applications(stacks: Stacks) -> None:
    """Another application's assertion of who somebody is will do in place of a login."""
    kubernetes(stacks)["identity_assertion_authorization_grant"] = [{"active": True}]

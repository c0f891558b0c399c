"""D02, a cluster's clients in the tenant: what may ask for a token, and how long one lasts."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control

_ADR = "Auth"
_MORE_WAYS = (
    "addons",
    "allowed_clients",
    "allowed_logout_urls",
    "allowed_origins",
    "async_approval_notification_channels",
    "client_aliases",
    "custom_login_page",
    "default_organization",
    "encryption_key",
    "express_configuration",
    "fedcm_login",
    "form_template",
    "identity_assertion_authorization_grant",
    "initiate_login_uri",
    "mobile",
    "my_organization_configuration",
    "native_social_login",
    "oidc_logout",
    "organization_discovery_methods",
    "organization_require_behavior",
    "organization_usage",
    "resource_server_identifier",
    "session_transfer",
    "signed_request_object",
    "token_exchange",
    "web_origins",
)
_TWO_CLIENTS = (Presence("auth0_client", 2, 2),)


@control(
    id="D02-clients",
    title="A cluster's two clients use the authorization code flow, and their tokens are signed and end within a day",
    severity="critical",
    reads=("login",),
    presence=_TWO_CLIENTS,
    remediation="Set grant_types, oidc_conformant, app_type and jwt_configuration as policies/parameters says.",
    references=(_ADR, "https://auth0.com/docs/get-started/applications/application-grant-types"),
)
def clients(cluster: Cluster) -> Iterator[Finding]:
    """No grant by which a token could be had without a browser on GitHub, and no signature that a client could forge."""
    for stack in cluster.stacks:
        for grant in stack.of_kind("auth0_client_grant"):
            yield grant.finding("lets a client of people call an API in its own name", expected="absent")
    for client in cluster.resources("auth0_client"):
        yield from client["app_type"].must_be("regular_web")
        yield from client["oidc_conformant"].must_be(True)
        yield from client["grant_types"].must_hold_exactly(parameters.LOGIN_GRANTS)
        yield from client["is_first_party"].must_be(True)
        yield from client["cross_origin_auth"].must_be(False)
        yield from client["custom_login_page_on"].must_be_one_of((None, False))
        yield from client["jwt_configuration.alg"].must_be("RS256")
        yield from client["jwt_configuration.lifetime_in_seconds"].must_be_between(60, parameters.LONGEST_TOKEN)
        for name in _MORE_WAYS:
            yield from client[name].must_be_absent("it is one more way to a token")


@control(
    id="D02-callbacks",
    title="Tokens are sent to Kuberos and Grafana of the cluster and nowhere else",
    severity="critical",
    reads=("login", "workloads"),
    presence=_TWO_CLIENTS,
    remediation="Make callbacks the exact https addresses of the cluster's own Kuberos and Grafana.",
    references=(_ADR,),
)
def callbacks(cluster: Cluster) -> Iterator[Finding]:
    """A wildcard, plain http or a foreign host hands the code of a login to whoever listens there."""
    interfaces = [
        {f"https://{release.values['ingress.host'].text()}{parameters.KUBEROS_CALLBACK}"}
        for release in cluster.releases("kuberos")
    ] + [
        {f"https://{host}{parameters.GRAFANA_CALLBACK}" for host in release.values["grafana.ingress.hosts"].strings()}
        for release in cluster.releases("kube-prometheus-stack")
    ]
    served = []
    for client in cluster.resources("auth0_client"):
        allowed = client["callbacks"]
        for each in allowed.strings():
            parts = urlsplit(each)
            if parts.scheme != "https" or "*" in each or parts.query or parts.fragment or parts.username is not None:
                yield allowed.finding(f"holds {each}, which is not one exact https address", expected="https")
        own = {each for each in allowed.strings() if each not in parameters.EXTRA_CALLBACKS}
        if own in interfaces and own not in served:
            served.append(own)
        else:
            yield allowed.finding(
                f"holds {sorted(own)}, which is not what one of Kuberos and Grafana alone serves",
                expected=[sorted(each) for each in interfaces],
            )


@control(
    id="D02-refresh-tokens",
    title="Refresh tokens rotate and expire, so that a leaver's session ends",
    severity="high",
    reads=("login",),
    presence=_TWO_CLIENTS,
    remediation="Set rotation_type rotating, expiration_type expiring and both lifetimes.",
    references=(_ADR, "https://auth0.com/docs/secure/tokens/refresh-tokens/refresh-token-rotation"),
)
def refresh_tokens(cluster: Cluster) -> Iterator[Finding]:
    """The defaults of Auth0 are tokens that neither rotate nor end."""
    for client in cluster.resources("auth0_client"):
        token = client["refresh_token"]
        yield from token["rotation_type"].must_be("rotating")
        yield from token["expiration_type"].must_be("expiring")
        yield from token["token_lifetime"].must_be_between(1, parameters.LONGEST_REFRESH)
        yield from token["idle_token_lifetime"].must_be_between(1, parameters.LONGEST_REFRESH)
        yield from token["infinite_token_lifetime"].must_be(False)
        yield from token["infinite_idle_token_lifetime"].must_be(False)
        yield from token["leeway"].must_be_between(0, parameters.LONGEST_LEEWAY)
        yield from token["policies"].must_be_absent("it exchanges the token for those of other APIs")

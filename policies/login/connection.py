"""D02, in the tenant: GitHub alone vouches for a user."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Attribute, Estate, Finding, Presence, Shared, control

_ADR = "Auth"


@control(
    id="D02-only-github",
    title="The fleet's clients admit the GitHub connection and no other, and no other client is given it",
    severity="critical",
    scope="estate",
    reads=("identity", "login"),
    presence=(Presence("auth0_connection_client"),),
    remediation="Give each client of a cluster one auth0_connection_client for the GitHub connection.",
    references=(_ADR,),
)
def only_github(estate: Estate) -> Iterator[Finding]:
    """A second connection on a client is a second way in, past GitHub and so past the organisation."""
    for connection in estate.resources("auth0_connection"):
        yield from connection["strategy"].must_be_one_of(parameters.CONNECTION_STRATEGIES)
        if parameters.CONNECTION_SCOPE not in connection["options.scopes"].strings():
            yield connection["options.scopes"].finding("cannot see memberships", expected=parameters.CONNECTION_SCOPE)
        yield from connection["is_domain_connection"].must_be_one_of((None, False))
        for name in ("cross_app_access_requesting_app", "cross_app_access_resource_app"):
            yield from connection[name]["active"].must_be_one_of((None, False))
    yield from estate.none_of(
        "auth0_connection_clients", "auth0_self_service_profile", why="each client has its own auth0_connection_client"
    )
    interactive = []
    for cluster in estate.clusters:
        interactive += cluster.resources("auth0_client")
    given = []
    for enabled in estate.resources("auth0_connection_client"):
        if not _is_github(enabled["connection_id"]):
            yield enabled["connection_id"].finding(
                "is not the GitHub connection", expected=list(parameters.CONNECTION_IDS)
            )
        clients = enabled["client_id"].follow("auth0_client")
        given += clients
        if len(clients) != 1 or clients[0] not in interactive:
            yield enabled["client_id"].finding("is no client of a cluster", expected="a client of this login stack")
    for client in interactive:
        if given.count(client) != 1:
            yield client.finding(f"is given {given.count(client)} connections", expected="the GitHub connection alone")


def _is_github(connection_id: Attribute) -> bool:
    """Whether it is the managed connection, a parameter that holds its id, or an id that is recorded."""
    if connection_id.known:
        return connection_id.text() in parameters.CONNECTION_IDS
    if connection_id.follow("auth0_connection"):
        return True
    estate = connection_id.owner.resource.stack.estate
    names = {each["name"].text() for each in connection_id.follow("data.aws_ssm_parameter")}
    left = [
        each for each in estate.resources("aws_ssm_parameter") if each["name"].known and each["name"].text() in names
    ]
    return bool(left) and all(each["insecure_value"].follow("auth0_connection") for each in left)


_HARMLESS_FLAGS = frozenset(
    [
        "dashboard_insights_view",
        "dashboard_log_streams_next",
        "disable_fields_map_fix",
        "enable_adfs_waad_email_verification",
        "enable_apis_section",
        "enable_custom_domain_in_emails",
        "enable_legacy_logs_search_v2",
        "enable_pipeline2",
        "enable_public_signup_user_exists_error",
        "enable_sso",
        "mfa_show_factor_list_on_enrollment",
        "no_disclose_enterprise_connections",
        "require_pushed_authorization_requests",
        "revoke_refresh_token_grant",
        "use_scope_descriptions_for_consent",
    ]
)
"""Flags of the tenant that change neither who gets in nor what a token is good for."""


@control(
    id="D02-closed-tenant",
    title="A new client in the tenant is given no connection, and nobody registers clients unseen",
    severity="high",
    scope="shared",
    reads=("identity",),
    presence=(Presence("auth0_tenant", 1, 1),),
    remediation="Set flags.enable_client_connections to false.",
    references=(_ADR,),
)
def closed_tenant(shared: Shared) -> Iterator[Finding]:
    """By default Auth0 gives each new client every connection of the tenant, password databases too."""
    for tenant in shared.resources("auth0_tenant"):
        yield from tenant["flags.enable_client_connections"].must_be(False)
        yield from tenant["flags.enable_dynamic_client_registration"].must_be_one_of((None, False))
        for flag, value in tenant["flags"].items():
            if flag not in _HARMLESS_FLAGS and flag not in (
                "enable_client_connections",
                "enable_dynamic_client_registration",
            ):
                yield from value.must_be_one_of((None, False))
        yield from tenant["client_id_metadata_document_supported"].must_be_one_of((None, False))
        for lifetime in (tenant["session_lifetime"], tenant["idle_session_lifetime"]):
            if not lifetime.absent:
                yield from lifetime.must_be_between(0, parameters.LONGEST_REFRESH / 3600)
        yield from tenant["default_directory"].must_be_absent("a password grant would log in past GitHub")

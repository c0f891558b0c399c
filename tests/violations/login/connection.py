"""Ways to let others than GitHub vouch for a user (D02)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation


@violation(kills="D02-only-github")
def a_password_database(stacks: Stacks) -> None:
    """A database of users and passwords, "for the auditors"."""
    stacks.add("identity", "auth0_connection", "auditors", {"name": "auditors", "strategy": "auth0"})


@violation(kills="D02-only-github")
def azure_as_well(stacks: Stacks) -> None:
    """The future option, without an amendment."""
    body = {"name": "azure", "strategy": "waad", "options": [{"scopes": ["read_org"]}]}
    stacks.add("identity", "auth0_connection", "azure", body)


@violation(kills="D02-only-github")
def a_second_connection_of_a_client(stacks: Stacks) -> None:
    """One client gets one more connection, in the cluster's own stack."""
    body = {"connection_id": "con_Username0Password", "client_id": "${auth0_client.kubernetes_client.client_id}"}
    stacks.add("live-login", "auth0_connection_client", "kubernetes_password", body)


@violation(kills="D02-only-github")
def another_connection_instead(stacks: Stacks) -> None:
    """An id like the other, of a connection that nobody here has seen."""
    stacks.one("live-login", "auth0_connection_client", "components_github")["connection_id"] = (
        "con_CloudPlatformGitHub2"
    )


@violation(kills="D02-only-github")
def a_list_of_clients(stacks: Stacks) -> None:
    """The authoritative list opens the connection to clients of others, and drops the fleet's on apply."""
    body = {"connection_id": "con_CloudPlatformGitHub1", "enabled_clients": ["AbCdEfGhIjKlMnOpQrStUvWxYz012345"]}
    stacks.add("identity", "auth0_connection_clients", "github", body)


@violation(kills="D02-only-github")
def a_foreign_client_of_the_connection(stacks: Stacks) -> None:
    """Somebody else's client gets the connection, and with it tokens of the tenant."""
    body = {"connection_id": "con_CloudPlatformGitHub1", "client_id": "AbCdEfGhIjKlMnOpQrStUvWxYz012345"}
    stacks.add("test-login", "auth0_connection_client", "friend", body)


@violation(kills="D02-only-github", names="auth0_client.components_client")
def no_connection(stacks: Stacks) -> None:
    """A client without the connection: until somebody adds "any" in the dashboard."""
    stacks.remove("live-login", "auth0_connection_client", "components_github")


@violation(kills="D02-only-github")
def a_connection_that_sees_no_organisations(stacks: Stacks) -> None:
    """A managed GitHub connection that does not ask for organisations."""
    body = {"name": "github", "strategy": "github", "options": [{"scopes": ["email", "profile"]}]}
    stacks.add("identity", "auth0_connection", "github", body)


@violation(kills="D02-closed-tenant")
def connections_for_new_clients(stacks: Stacks) -> None:
    """Auth0's default: each new client gets every connection."""
    stacks.one("identity", "auth0_tenant")["flags"][0]["enable_client_connections"] = True


@violation(kills="D02-closed-tenant", names="tenant and account")
def tenant_left_alone(stacks: Stacks) -> None:
    """The switch is not managed at all, so it has its default."""
    stacks.remove("identity", "auth0_tenant")


@violation(kills="D02-closed-tenant")
def anybody_registers_clients(stacks: Stacks) -> None:
    """Dynamic registration: anybody makes a client."""
    stacks.one("identity", "auth0_tenant")["flags"][0]["enable_dynamic_client_registration"] = True


@violation(kills="D02-closed-tenant")
def a_default_directory(stacks: Stacks) -> None:
    """A directory for password grants."""
    stacks.one("identity", "auth0_tenant")["default_directory"] = "Username-Password-Authentication"


@violation(kills="D02-closed-tenant", names="session_lifetime")
def session_of_a_year(stacks: Stacks) -> None:
    """Who has logged in once is not asked again for a year."""
    stacks.one("identity", "auth0_tenant")["session_lifetime"] = 8760


@violation(kills="D02-only-github")
def connection_of_the_whole_domain(stacks: Stacks) -> None:
    """A connection of the domain's: every client of third parties has it, without being named."""
    options = [{"scopes": ["read_org"]}]
    body = {"name": "github", "strategy": "github", "options": options, "is_domain_connection": True}
    stacks.add("identity", "auth0_connection", "github", body)


@violation(kills="D02-closed-tenant")
def passwords_by_a_legacy_endpoint(stacks: Stacks) -> None:
    """The endpoint of old that takes a password for a token, which no client's list of grants shows."""
    stacks.one("identity", "auth0_tenant")["flags"][0]["allow_legacy_ro_grant_types"] = True


@violation(kills="D02-closed-tenant")
def clients_that_describe_themselves(stacks: Stacks) -> None:
    """Whoever puts a document on the web is a client of the tenant."""
    stacks.one("identity", "auth0_tenant")["client_id_metadata_document_supported"] = True

"""Settings of the Auth0 tenant: the broker between GitHub and the clusters."""

from __future__ import annotations

from typing import Literal

from modules.settings.fields import DomainName, Listed, Secret, Settings, setting


class ForeignAction(Settings):
    """A post-login Action of others in the tenant that stays bound in its place."""

    id: str = setting("Id of the Action in Auth0.", min_length=1)
    display_name: str = setting("Name under which it is bound.", min_length=1)


class GithubConnection(Settings):
    """The tenant's connection to GitHub."""

    id: str | None = setting(
        "Id of a connection that was made by hand (`con_…`) and is looked up; none: it is managed here.",
        None,
        pattern=r"^con_[A-Za-z0-9]+$",
    )
    client_id: str | None = setting("OAuth app's client id, where the connection is managed here.", None)
    client_secret: Secret | None = setting(
        "OAuth app's secret, where the connection is managed here; it has no write-only argument.", None
    )


class Tenant(Settings):
    """The Auth0 tenant; `clusters/tenant.yaml` (ADR: Auth)."""

    domain: DomainName = setting(
        "Canonical domain of the tenant, not a custom one.", example="justice-cloud-platform.eu.auth0.com"
    )
    engine: Literal["actions", "rules"] = setting(
        "`actions`: post-login Actions. `rules`: the ADR-era form, which Auth0 ended on 2026-11-18.", "actions"
    )
    groups_claim: str = setting(
        "Claim that carries the team slugs: a URL that Auth0 does not own.",
        example="https://k8s.integration.dsd.io/groups",
        pattern=r"^https://[a-z0-9.-]+(/[A-Za-z0-9._~-]+)*$",
    )
    groups_prefix: str = setting(
        "Prefix that Kubernetes puts before each group of the claim.", "github:", pattern=r"^[a-z][a-z0-9-]*:$"
    )
    username_claim: Literal["email", "sub"] = setting("Claim that names the user.", "email")
    connection: GithubConnection = setting("The tenant's connection to GitHub.")
    actions_client_secret: Secret = setting(
        "Secret of the client with which the login code reads GitHub tokens from Auth0."
    )
    actions_before: Listed[ForeignAction] = setting("Actions of others that run before ours.", ())
    actions_after: Listed[ForeignAction] = setting("Actions of others that run after ours.", ())
    id_token_lifetime: int = setting("Lifetime of an ID token.", 36000, unit="seconds", ge=300, le=36000)
    refresh_token_lifetime: int = setting(
        "Absolute lifetime of a refresh token.", 2592000, unit="seconds", ge=3600, le=2592000
    )
    refresh_token_idle_lifetime: int = setting(
        "Lifetime of a refresh token that is not used.", 1296000, unit="seconds", ge=3600, le=2592000
    )

    @property
    def issuer(self) -> str:
        """The issuer of the tenant's ID tokens, with the trailing slash that Auth0 writes."""
        return f"https://{self.domain}/"

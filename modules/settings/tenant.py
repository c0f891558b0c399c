"""Settings of the Auth0 tenant: the broker between GitHub and the clusters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from modules.settings.fields import DomainName, Listed, Secret, Settings, setting
from modules.settings.rules import Violation, repeated, rule

AUTH0_DOMAINS = ("auth0.com", "webtask.io", "webtask.run")
"""Domains whose claims Auth0 takes out of a token (Auth0: Create Custom Claims)."""


class ForeignAction(Settings):
    """A post-login Action of others in the tenant that stays bound in its place."""

    id: str = setting("Id of the Action in Auth0.", min_length=1, max_length=100)
    display_name: str = setting("Name under which it is bound.", min_length=1, max_length=200)


class GithubConnection(Settings):
    """The tenant's connection to GitHub."""

    id: str | None = setting(
        "Id of a connection that was made by hand (`con_…`) and is looked up; none: it is managed here.",
        None,
        pattern=r"^con_[A-Za-z0-9]{1,100}$",
        allowed="an Auth0 connection id: con_, then letters and digits",
        example="con_CloudPlatformGitHub1",
    )
    client_id: str | None = setting(
        "OAuth app's client id, where the connection is managed here.",
        None,
        pattern=r"^[A-Za-z0-9.]{1,100}$",
        allowed="a GitHub OAuth app's client id: letters, digits and .",
    )
    client_secret: Secret | None = setting(
        "OAuth app's secret, where the connection is managed here; it has no write-only argument.", None
    )

    @rule
    def connection_is_looked_up_or_managed(self) -> Iterator[Violation]:
        """Either `id` names a connection made by hand, or `client_id` and `client_secret` make it."""
        managed = [name for name in ("client_id", "client_secret") if getattr(self, name) is not None]
        if self.id is not None and managed:
            yield Violation(("id",), f"id and {' and '.join(managed)}", "either id or client_id and client_secret")
        if self.id is None and len(managed) != 2:
            given = f"{managed[0]} alone" if managed else "none of them"
            yield Violation((), given, "either id or both client_id and client_secret")


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
        pattern=r"^https://[a-z0-9][a-z0-9.-]*[a-z0-9](/[A-Za-z0-9._~-]+)*/?$",
        allowed="an https URL without query",
        max_length=200,
    )
    groups_prefix: str = setting(
        "Prefix that Kubernetes puts before each group of the claim.",
        "github:",
        pattern=r"^[a-z][a-z0-9-]{0,30}:$",
        allowed="lower-case letters, digits and -, then a colon",
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

    @rule
    def domain_is_canonical(self) -> Iterator[Violation]:
        """The Management API answers on the tenant's canonical domain alone."""
        if not self.domain.endswith(".auth0.com"):
            yield Violation(("domain",), self.domain, "the tenant's own domain below auth0.com, not a custom one")

    @rule
    def groups_claim_is_not_auth0s(self) -> Iterator[Violation]:
        """Auth0 drops claims of its own domains without a word."""
        host = self.groups_claim.removeprefix("https://").partition("/")[0]
        if any(f".{host}".endswith(f".{domain}") for domain in AUTH0_DOMAINS):
            allowed = f"a URL outside {', '.join(AUTH0_DOMAINS)}"
            yield Violation(("groups_claim",), self.groups_claim, allowed)

    @rule
    def groups_prefix_is_not_kubernetes_own(self) -> Iterator[Violation]:
        """The prefix `system:` is Kubernetes' own, and EKS refuses any that contains it."""
        if "system:" in self.groups_prefix:
            yield Violation(("groups_prefix",), self.groups_prefix, "a prefix without system: in it")

    @rule
    def refresh_token_idles_no_longer_than_it_lives(self) -> Iterator[Violation]:
        """A refresh token that is not used ends before or with one that is."""
        if self.refresh_token_idle_lifetime > self.refresh_token_lifetime:
            allowed = f"at most refresh_token_lifetime, {self.refresh_token_lifetime} seconds"
            yield Violation(("refresh_token_idle_lifetime",), self.refresh_token_idle_lifetime, allowed)

    @rule
    def actions_of_others_need_the_engine_actions(self) -> Iterator[Violation]:
        """Actions are bound in order with ours; Rules have no such binding."""
        for key in ("actions_before", "actions_after"):
            if self.engine == "rules" and getattr(self, key):
                yield Violation((key,), f"{len(getattr(self, key))} Actions", "none, for engine is rules")

    @rule
    def actions_are_bound_once(self) -> Iterator[Violation]:
        """No Action of others is bound twice."""
        before = len(self.actions_before)
        for index, identifier in repeated(each.id for each in (*self.actions_before, *self.actions_after)):
            key, position = ("actions_before", index) if index < before else ("actions_after", index - before)
            yield Violation((key, position, "id"), identifier, "each Action once")

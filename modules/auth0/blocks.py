"""Arguments and blocks of the Auth0 provider's resources, as its schema names them (provider auth0/auth0 1.54)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Block:
    """Arguments that stand together in the JSON; None leaves one out.

    A field that holds a block, or a tuple of blocks, becomes a list of objects: every nested block of this provider
    is a list or a set.
    """

    def to_json(self) -> dict[str, object]:
        """Return the arguments as Terraform's JSON has them."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self) if self._given(field.name)}

    def _given(self, name: str) -> bool:
        return getattr(self, name) is not None


def _plain(value: object) -> object:
    if isinstance(value, Block):
        return [value.to_json()]
    if isinstance(value, tuple):
        return [each.to_json() if isinstance(each, Block) else each for each in value]
    return value


@dataclass(frozen=True, kw_only=True)
class Arguments(Block):
    """The arguments of one resource; `TYPE` is the resource's type."""

    TYPE: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class SupportedTrigger(Block):
    """The flow that an Action is written for."""

    id: str
    version: str


@dataclass(frozen=True, kw_only=True)
class WriteOnlySecret(Block):
    """A value that an Action finds in `event.secrets` and that never enters state."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Action(Arguments):
    """An Action: code that Auth0 runs in a flow. `deploy` is needed before it can be bound."""

    TYPE: ClassVar[str] = "auth0_action"
    name: str
    code: str
    runtime: str
    supported_triggers: SupportedTrigger
    deploy: bool
    secrets_wo: tuple[WriteOnlySecret, ...] | None = None
    secrets_wo_version: int | str | None = None


@dataclass(frozen=True, kw_only=True)
class BoundAction(Block):
    """An Action in its place in a flow."""

    id: str
    display_name: str


@dataclass(frozen=True, kw_only=True)
class TriggerActions(Arguments):
    """All Actions of a flow in the order in which they run; it unbinds whatever it does not list."""

    TYPE: ClassVar[str] = "auth0_trigger_actions"
    trigger: str
    actions: tuple[BoundAction, ...]


@dataclass(frozen=True, kw_only=True)
class Rule(Arguments):
    """A Rule: the form of login code before Actions, which Auth0 ended on 2026-11-18. Lower `order` runs first."""

    TYPE: ClassVar[str] = "auth0_rule"
    name: str
    script: str
    order: int
    enabled: bool


@dataclass(frozen=True, kw_only=True)
class RuleConfig(Arguments):
    """A value that every Rule finds in `configuration`; it stands in state, so it is never a secret here."""

    TYPE: ClassVar[str] = "auth0_rule_config"
    key: str
    value: str


@dataclass(frozen=True, kw_only=True)
class JwtConfiguration(Block):
    """How a client's ID tokens are signed and how many seconds they live."""

    alg: str
    lifetime_in_seconds: int
    secret_encoded: bool


@dataclass(frozen=True, kw_only=True)
class RefreshToken(Block):
    """How long a client's refresh tokens live; all times in seconds."""

    rotation_type: str
    expiration_type: str
    leeway: int
    token_lifetime: int
    idle_token_lifetime: int
    infinite_token_lifetime: bool
    infinite_idle_token_lifetime: bool


@dataclass(frozen=True, kw_only=True)
class Client(Arguments):
    """An application in the tenant. Its secret is no argument of it: `ClientCredentials` sets it."""

    TYPE: ClassVar[str] = "auth0_client"
    name: str
    description: str
    app_type: str
    grant_types: tuple[str, ...]
    is_first_party: bool
    oidc_conformant: bool
    cross_origin_auth: bool
    custom_login_page_on: bool
    is_token_endpoint_ip_header_trusted: bool
    sso_disabled: bool
    callbacks: tuple[str, ...] | None = None
    jwt_configuration: JwtConfiguration | None = None
    refresh_token: RefreshToken | None = None


@dataclass(frozen=True, kw_only=True)
class ClientCredentials(Arguments):
    """How a client proves itself; its secret is write-only and sent when the version changes."""

    TYPE: ClassVar[str] = "auth0_client_credentials"
    client_id: str
    authentication_method: str
    client_secret_wo: str
    client_secret_wo_version: int


@dataclass(frozen=True, kw_only=True)
class ClientGrant(Arguments):
    """What a client may ask of an API."""

    TYPE: ClassVar[str] = "auth0_client_grant"
    client_id: str
    audience: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GithubOptions(Block):
    """Options of a GitHub connection; the OAuth app's secret has no write-only form and stands in state."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    set_user_root_attributes: str


@dataclass(frozen=True, kw_only=True)
class Connection(Arguments):
    """A source of users."""

    TYPE: ClassVar[str] = "auth0_connection"
    name: str
    strategy: str
    options: GithubOptions


@dataclass(frozen=True, kw_only=True)
class ConnectionClient(Arguments):
    """Lets one client use one connection and leaves the connection's other clients alone."""

    TYPE: ClassVar[str] = "auth0_connection_client"
    connection_id: str
    client_id: str


@dataclass(frozen=True, kw_only=True)
class TenantFlags(Block):
    """Switches of the tenant; those left out keep their value."""

    enable_client_connections: bool


@dataclass(frozen=True, kw_only=True)
class Tenant(Arguments):
    """The tenant's own settings; those left out keep their value, and a destroy leaves the tenant as it is."""

    TYPE: ClassVar[str] = "auth0_tenant"
    flags: TenantFlags

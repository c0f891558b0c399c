"""The tenant's side of the login: the GitHub connection and the code that runs at each login (ADR: Auth)."""

from __future__ import annotations

from modules.auth0.blocks import (
    Action,
    BoundAction,
    Client,
    ClientGrant,
    Connection,
    GithubOptions,
    Rule,
    RuleConfig,
    SupportedTrigger,
    TenantFlags,
    TriggerActions,
    WriteOnlySecret,
)
from modules.auth0.blocks import Tenant as TenantSettings
from modules.auth0.resource import Auth0Resource
from modules.bindings import Construct, DataAwsSsmParameter, SsmParameter
from modules.ephemeral import open_secret, secret_arn
from modules.expression import literal
from modules.login.clients import give_secret
from modules.login.code import login_code
from modules.settings import names
from modules.settings.account import Account
from modules.settings.fields import Secret
from modules.settings.fleet import Fleet
from modules.settings.tenant import ForeignAction, Tenant

ACTION_RUNTIME = "node22"
POST_LOGIN = "post-login"
POST_LOGIN_VERSION = "v3"
RULE_CLAIM_KEY = "K8S_OIDC_GROUP_CLAIM_DOMAIN"
"""The key of the tenant's rule configuration under which the Rules find the claim, as the organisation named it."""

ALLOW_ORGANISATION = "allow-github-organisation"
ADD_TEAMS = "add-github-teams-to-oidc-group-claim"
STEPS = ((ALLOW_ORGANISATION, "allow_github_organisation.js"), (ADD_TEAMS, "add_github_teams.js"))
"""The two login rules of the ADR in the order in which they run: name, file."""


class Login(Construct):
    """The two login rules of the ADR, in the tenant (ADR: Auth).

    The ADR says Auth0 Rules; Auth0 ended those on 2026-11-18, so by default they are post-login Actions with the same
    behaviour. `engine: rules` keeps the ADR's form. Either refuses the login whenever membership cannot be confirmed.
    """

    def __init__(self, scope: Construct, id_: str, *, fleet: Fleet) -> None:
        super().__init__(scope, id_)
        tenant = fleet.tenant
        literals = {
            "GITHUB_ORGANISATION": fleet.organisation.github_organisation,
            "TENANT_DOMAIN": tenant.domain,
            "GROUPS_CLAIM": tenant.groups_claim,
        }
        settings = Auth0Resource(self, "tenant", TenantSettings(flags=TenantFlags(enable_client_connections=False)))
        if tenant.connection.id is None:
            GithubConnection(self, "connection", tenant=tenant, account=fleet.account)
        if tenant.engine == "rules":
            LoginRules(self, "rules", literals=literals)
            return
        LoginActions(
            self,
            "actions",
            tenant=tenant,
            account=fleet.account,
            literals=literals,
            protect=bool(fleet.protected),
            after=settings,
        )


class GithubConnection(Construct):
    """The tenant's GitHub connection where it is managed here; its id is left in an SSM parameter.

    Auth0's provider has no write-only argument for the OAuth app's secret: this is the one secret that enters state,
    and the reason to make the connection by hand and give its id instead.
    """

    def __init__(self, scope: Construct, id_: str, *, tenant: Tenant, account: Account) -> None:
        super().__init__(scope, id_)
        client_id, client_secret = tenant.connection.client_id, tenant.connection.client_secret
        if client_id is None or client_secret is None:
            raise ValueError("tenant.connection: without `id`, both `client_id` and `client_secret` are needed")
        secret = DataAwsSsmParameter(
            self, "client_secret", name=secret_arn(client_secret, account), with_decryption=True
        )
        connection = Auth0Resource(
            self,
            "github",
            Connection(
                name="github",
                strategy="github",
                options=GithubOptions(
                    client_id=client_id,
                    client_secret=secret.value,
                    scopes=("email", "profile", "read_org", "read_user"),
                    set_user_root_attributes="on_each_login",
                ),
            ),
        )
        SsmParameter(
            self,
            "id",
            name=names.connection_id_parameter(),
            type="String",
            insecure_value=connection.attribute("id"),
            description="Id of the GitHub connection in Auth0",
        )


class LoginActions(Construct):
    """The login rules as post-login Actions, their own client, and the order of all Actions of the flow."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        tenant: Tenant,
        account: Account,
        literals: dict[str, str],
        protect: bool,
        after: Auth0Resource,
    ) -> None:
        """Make them after the tenant's settings, without which a new client would get every connection."""
        super().__init__(scope, id_)
        secret: Secret = tenant.actions_client_secret
        opened = open_secret(self, "client_secret", secret=secret, account=account)
        client = Auth0Resource(
            self,
            "client",
            Client(
                name="management:auth0-actions",
                description="Reads GitHub tokens of users for the login Actions",
                app_type="non_interactive",
                grant_types=("client_credentials",),
                is_first_party=True,
                oidc_conformant=True,
                cross_origin_auth=False,
                custom_login_page_on=False,
                is_token_endpoint_ip_header_trusted=False,
                sso_disabled=False,
            ),
            protect=protect,
            depends_on=[after],
        )
        credentials = give_secret(self, client, opened)
        grant = Auth0Resource(
            self,
            "client_grant",
            ClientGrant(
                client_id=client.attribute("client_id"),
                audience=f"https://{tenant.domain}/api/v2/",
                scopes=("read:user_idp_tokens", "read:users"),
            ),
        )
        ours = []
        for name, file in STEPS:
            action = Auth0Resource(
                self,
                name,
                Action(
                    name=name,
                    code=literal(login_code(f"actions/{file}", literals)),
                    runtime=ACTION_RUNTIME,
                    supported_triggers=SupportedTrigger(id=POST_LOGIN, version=POST_LOGIN_VERSION),
                    deploy=True,
                    secrets_wo=(
                        WriteOnlySecret(name="CLIENT_ID", value=client.attribute("client_id")),
                        WriteOnlySecret(name="CLIENT_SECRET", value=opened.value),
                    ),
                    secrets_wo_version=version_of_secrets(client, opened.revision),
                ),
                depends_on=[credentials, grant],
            )
            ours.append(BoundAction(id=action.attribute("id"), display_name=name))
        Auth0Resource(
            self,
            "post_login",
            TriggerActions(
                trigger=POST_LOGIN,
                actions=(*_bound(tenant.actions_before), *ours, *_bound(tenant.actions_after)),
            ),
        )


def version_of_secrets(client: Auth0Resource, revision: int) -> str:
    """Return the expression of a number that changes with `revision`, and with the id of `client` that is sent along.

    Terraform keeps nothing of a write-only value, so that a client made anew would show in nothing else: the Actions
    would keep the former one's id and refuse every login.
    """
    return f"${{parseint(substr(sha256({client.fqn}.client_id), 0, 7), 16) + {revision}}}"


def _bound(actions: tuple[ForeignAction, ...]) -> list[BoundAction]:
    return [BoundAction(id=literal(action.id), display_name=literal(action.display_name)) for action in actions]


class LoginRules(Construct):
    """The login rules in the form that the ADR names, which Auth0 has ended: Rules and their configuration."""

    def __init__(self, scope: Construct, id_: str, *, literals: dict[str, str]) -> None:
        super().__init__(scope, id_)
        claim = Auth0Resource(self, "groups_claim", RuleConfig(key=RULE_CLAIM_KEY, value=literals["GROUPS_CLAIM"]))
        for position, (name, file) in enumerate(STEPS, start=1):
            Auth0Resource(
                self,
                name,
                Rule(
                    name=name,
                    script=literal(login_code(f"rules/{file}", literals)),
                    order=10 * position,
                    enabled=True,
                ),
                depends_on=[claim],
            )

"""A cluster's side of the login: its clients in the Auth0 tenant (ADR: Auth, Auth credential issuer)."""

from __future__ import annotations

from modules.auth0.blocks import Client, ClientCredentials, ConnectionClient, JwtConfiguration, RefreshToken
from modules.auth0.resource import Auth0Resource
from modules.bindings import Construct, DataAwsSsmParameter, SsmParameter
from modules.ephemeral import SecretReference, open_secret
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fields import Secret
from modules.settings.fleet import Fleet
from modules.settings.tenant import Tenant

KUBERNETES = "kubernetes"
COMPONENTS = "components"
REFRESH_LEEWAY = 30
"""Seconds in which a refresh token may be used again, for kubectl commands that run side by side."""


class ClusterClients(Construct):
    """The clients `kubernetes`, for kubeconfigs, and `components`, for web interfaces, of one cluster (ADR: Auth).

    Each admits the GitHub connection alone, and leaves its id in the SSM parameter of `names.client_id_parameter`.
    """

    def __init__(self, scope: Construct, id_: str, *, fleet: Fleet, cluster: Cluster) -> None:
        super().__init__(scope, id_)
        connection_id = fleet.tenant.connection.id
        if connection_id is None:
            parameter = DataAwsSsmParameter(self, "connection_id", name=names.connection_id_parameter())
            connection_id = parameter.insecure_value
        grafana = f"https://{cluster.monitoring.grafana_host}/login/generic_oauth"
        for name, description, callbacks, secret in (
            (
                KUBERNETES,
                f"Kubeconfigs of {cluster.name}",
                (f"https://{cluster.credential_issuer.host}/ui",),
                cluster.kubernetes_client_secret,
            ),
            (
                COMPONENTS,
                f"Web interfaces of {cluster.name}",
                tuple(dict.fromkeys((grafana, *cluster.monitoring.extra_callbacks))),
                cluster.components_client_secret,
            ),
        ):
            ClusterClient(
                self,
                name,
                fleet=fleet,
                cluster=cluster,
                description=description,
                callbacks=callbacks,
                secret=secret,
                connection_id=connection_id,
            )


class ClusterClient(Construct):
    """One client of a cluster: the construct's id is its name within the cluster (ADR: Auth)."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        fleet: Fleet,
        cluster: Cluster,
        description: str,
        callbacks: tuple[str, ...],
        secret: Secret,
        connection_id: str,
    ) -> None:
        super().__init__(scope, id_)
        opened = open_secret(self, "client_secret", secret=secret, account=fleet.account)
        client = Auth0Resource(
            self,
            "client",
            client_arguments(
                name=f"{cluster.name}:{id_}", description=description, callbacks=callbacks, tenant=fleet.tenant
            ),
            protect=cluster.protect,
        )
        give_secret(self, client, opened)
        Auth0Resource(
            self,
            "github",
            ConnectionClient(connection_id=connection_id, client_id=client.attribute("client_id")),
        )
        SsmParameter(
            self,
            "client_id",
            name=names.client_id_parameter(cluster.name, id_),
            type="String",
            insecure_value=client.attribute("client_id"),
            description=f"Id of the Auth0 client {cluster.name}:{id_}",
        )


def give_secret(scope: Construct, client: Auth0Resource, opened: SecretReference) -> Auth0Resource:
    """Have `client` show the secret `opened` to Auth0, as a write-only argument; return the credentials."""
    return Auth0Resource(
        scope,
        "client_credentials",
        ClientCredentials(
            client_id=client.attribute("client_id"),
            authentication_method="client_secret_post",
            client_secret_wo=opened.value,
            client_secret_wo_version=opened.revision,
        ),
    )


def client_arguments(*, name: str, description: str, callbacks: tuple[str, ...], tenant: Tenant) -> Client:
    """Return a client for the authorization code flow, with refresh tokens that rotate and expire."""
    return Client(
        name=name,
        description=description,
        app_type="regular_web",
        callbacks=callbacks,
        grant_types=("authorization_code", "refresh_token"),
        is_first_party=True,
        oidc_conformant=True,
        cross_origin_auth=False,
        custom_login_page_on=False,
        is_token_endpoint_ip_header_trusted=False,
        sso_disabled=False,
        jwt_configuration=JwtConfiguration(
            alg="RS256", lifetime_in_seconds=tenant.id_token_lifetime, secret_encoded=False
        ),
        refresh_token=RefreshToken(
            rotation_type="rotating",
            expiration_type="expiring",
            leeway=REFRESH_LEEWAY,
            token_lifetime=tenant.refresh_token_lifetime,
            idle_token_lifetime=tenant.refresh_token_idle_lifetime,
            infinite_token_lifetime=False,
            infinite_idle_token_lifetime=False,
        ),
    )

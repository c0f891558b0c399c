"""D02: the cluster admits whom Auth0 vouches for."""

from __future__ import annotations

from collections.abc import Sequence

from modules.bindings import (
    Construct,
    DataAwsSsmParameter,
    EksIdentityProviderConfig,
    EksIdentityProviderConfigOidc,
    ITerraformDependable,
)
from modules.control_plane import ControlPlane
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.tenant import Tenant


class OidcAssociation(Construct):
    """ADR "Auth": OIDC by Auth0, which brokers GitHub.

    The groups prefix is the association's, not the claim's: a claim holds bare team slugs, and so none, forged or
    mistaken, can name a `system:` group. It comes after nodes and add-ons, for EKS makes one change at a time and this
    one takes half an hour.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster: Cluster,
        tenant: Tenant,
        control_plane: ControlPlane,
        after: Sequence[ITerraformDependable],
    ) -> None:
        super().__init__(scope, id_)
        client = DataAwsSsmParameter(self, "client_id", name=names.client_id_parameter(cluster.name, "kubernetes"))
        EksIdentityProviderConfig(
            self,
            "Default",
            cluster_name=control_plane.name,
            oidc=EksIdentityProviderConfigOidc(
                identity_provider_config_name="Auth0",
                issuer_url=tenant.issuer,
                client_id=client.insecure_value,
                username_claim=tenant.username_claim,
                groups_claim=tenant.groups_claim,
                groups_prefix=tenant.groups_prefix,
            ),
            depends_on=list(after),
        )

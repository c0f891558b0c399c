"""The `<cluster>-login` stack."""

from __future__ import annotations

from modules.auth0.resource import Auth0Provider
from modules.bindings import Construct
from modules.login.clients import ClusterClients
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack


class LoginStack(FleetStack):
    """A cluster's clients in the Auth0 tenant; its AWS provider serves SSM parameters alone."""

    def __init__(self, scope: Construct, *, fleet: Fleet, cluster: Cluster) -> None:
        super().__init__(
            scope,
            names.login_stack(cluster.name),
            fleet=fleet,
            state_key=f"aws-accounts/cloud-platform-aws/vpc/eks/login/{cluster.name}/terraform.tfstate",
            providers=("auth0", "aws"),
        )
        Auth0Provider(self, "auth0", domain=fleet.tenant.domain)
        # `Default` leaves no trace in Terraform names: a client is `kubernetes_client` there.
        ClusterClients(self, "Default", fleet=fleet, cluster=cluster)
        self.say_what_protects([cluster.name] if cluster.protect else [])

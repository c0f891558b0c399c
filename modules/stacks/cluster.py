"""The stack of a cluster's AWS resources."""

from __future__ import annotations

from modules.addons import Addon, LateAddons
from modules.bindings import Construct, TerraformOutput
from modules.control_plane import AccessEntries, ControlPlane
from modules.control_plane_logging import ControlPlaneLogging
from modules.dns import ClusterZone
from modules.iam import allow
from modules.network import ClusterNetwork
from modules.node_access import session_log_statements
from modules.node_groups.node_groups import NodeGroups
from modules.oidc_association import OidcAssociation
from modules.pod_networking import PodNetworking
from modules.service_account_roles import ServiceAccountIssuer, ServiceAccountRole, TenantRoles
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack


class ClusterStack(FleetStack):
    """Control plane, nodes, add-ons, IAM roles, OIDC association and zone of one cluster.

    An upgrade goes in this order: control plane, vpc-cni and kube-proxy, nodes, coredns and the EBS CSI driver.
    """

    def __init__(self, scope: Construct, *, fleet: Fleet, cluster: Cluster) -> None:
        super().__init__(
            scope,
            names.cluster_stack(cluster.name),
            fleet=fleet,
            state_key=f"aws-accounts/cloud-platform-aws/vpc/eks/{cluster.name}/terraform.tfstate",
        )
        organisation, account = fleet.organisation, fleet.account
        network = ClusterNetwork(self, "network", network=cluster.network)
        control_plane = ControlPlane(
            self,
            "cluster",
            cluster=cluster,
            account=account,
            private_networks=organisation.private_networks,
            network=network,
            logging=ControlPlaneLogging(self, "control_plane_logs", cluster=cluster, account=account),
        )
        AccessEntries(self, "access", control_plane=control_plane, principals=account.principals)
        issuer = ServiceAccountIssuer(self, "service_accounts", control_plane=control_plane)
        early = PodNetworking(self, cluster=cluster, control_plane=control_plane, issuer=issuer)
        nodes = NodeGroups(
            self,
            cluster=cluster,
            control_plane=control_plane,
            network=network,
            session_log=session_log_statements(self, account=account),
            tags=organisation.default_tags,
            after=[addon.addon for addon in early.addons.values()],
        )
        groups = [nodes.main.group, nodes.prometheus.group]
        late = LateAddons(self, cluster=cluster, control_plane=control_plane, issuer=issuer, nodes=[nodes.main.group])
        OidcAssociation(
            self,
            "login",
            cluster=cluster,
            tenant=fleet.tenant,
            control_plane=control_plane,
            after=[*groups, *(addon.addon for addon in late.addons.values())],
        )
        self._log_shipping_role(cluster, issuer)
        TenantRoles(
            self,
            "tenant",
            cluster=cluster,
            issuer=issuer,
            allowed_policies=organisation.service_account_policies,
        )
        ClusterZone(self, "zone", cluster=cluster, base_domain=organisation.base_domain)
        self._say_addon_versions({**early.addons, **late.addons})
        self.say_what_protects([cluster.name] if cluster.protect else [])

    def _log_shipping_role(self, cluster: Cluster, issuer: ServiceAccountIssuer) -> None:
        """Let fluent-bit write documents in bulk to the cluster's log domain, and do nothing else there."""
        ServiceAccountRole(
            self,
            names.FLUENT_BIT,
            cluster_name=cluster.name,
            namespace=names.LOGGING,
            service_account=names.FLUENT_BIT,
            issuer=issuer,
            statements=[
                allow("WriteLogs", actions=["es:ESHttpPost"], resources=[f"{cluster.log_shipping.domain_arn}/_bulk"])
            ],
        )

    def _say_addon_versions(self, addons: dict[str, Addon]) -> None:
        """Say which versions Terraform found."""
        TerraformOutput(
            self,
            "addon_versions",
            description="Version of each add-on and where it comes from.",
            value={name: f"{addon.version} ({addon.version_source})" for name, addon in sorted(addons.items())},
        )

"""D01: the control plane of a cluster, managed by EKS."""

from __future__ import annotations

from collections.abc import Sequence

from modules.bindings import (
    Construct,
    EksAccessEntry,
    EksAccessPolicyAssociation,
    EksAccessPolicyAssociationAccessScope,
    EksCluster,
    EksClusterAccessConfig,
    EksClusterEncryptionConfig,
    EksClusterEncryptionConfigProvider,
    EksClusterKubernetesNetworkConfig,
    EksClusterUpgradePolicy,
    EksClusterVpcConfig,
    VpcSecurityGroupIngressRule,
)
from modules.control_plane_logging import LOG_TYPES, ControlPlaneLogging
from modules.iam import Role, allow, aws_managed
from modules.keys import EncryptionKey, unless_destroyed_on_purpose
from modules.network import ClusterNetwork
from modules.settings import names
from modules.settings.account import Account, Principals
from modules.settings.cluster import Cluster

CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
"""Access policy of those who administer the cluster by IAM."""
READER = "AmazonEKSAdminViewPolicy"
"""Access policy of the plan role: reads all, Secrets included, for a Helm plan reads the releases kept there."""


class ControlPlane(Construct):
    """ADR "What's proposed": hosting on EKS, whose control plane AWS manages.

    Beyond the letter: Secrets are encrypted with the cluster's own key, the private endpoint is always on and the
    public one only for listed networks, the creator is nobody special, and IAM reaches the API by access entries,
    not by the aws-auth ConfigMap, which is deprecated. Add-ons are managed (see `pod_networking`), so EKS installs
    none of its own.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster: Cluster,
        account: Account,
        private_networks: Sequence[str],
        network: ClusterNetwork,
        logging: ControlPlaneLogging,
    ) -> None:
        super().__init__(scope, id_)
        role = Role(
            self,
            "role",
            name=names.cluster_role(cluster.name),
            description=f"Control plane of cluster {cluster.name}",
            trust=allow(
                "ControlPlane",
                actions=["sts:AssumeRole"],
                principals=("Service", "eks.amazonaws.com"),
                conditions={
                    ("ArnEquals", "aws:SourceArn"): [
                        f"arn:aws:eks:{account.region}:{account.id}:cluster/{cluster.name}"
                    ],
                    ("StringEquals", "aws:SourceAccount"): [account.id],
                },
            ),
            policies=[aws_managed("AmazonEKSClusterPolicy")],
        )
        key = EncryptionKey(
            self,
            "secrets",
            alias=f"alias/{cluster.name}-secrets",
            description=f"Kubernetes Secrets of cluster {cluster.name}",
            account=account,
            protect=cluster.protect,
        )
        self.cluster = EksCluster(
            self,
            "Default",
            name=cluster.name,
            version=cluster.kubernetes_version,
            role_arn=role.arn,
            upgrade_policy=EksClusterUpgradePolicy(support_type="STANDARD"),
            bootstrap_self_managed_addons=False,
            access_config=EksClusterAccessConfig(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            enabled_cluster_log_types=list(LOG_TYPES),
            encryption_config=EksClusterEncryptionConfig(
                resources=["secrets"], provider=EksClusterEncryptionConfigProvider(key_arn=key.arn)
            ),
            kubernetes_network_config=EksClusterKubernetesNetworkConfig(ip_family="ipv4"),
            vpc_config=EksClusterVpcConfig(
                subnet_ids=network.subnet_ids,
                endpoint_private_access=True,
                endpoint_public_access=bool(cluster.public_access_cidrs),
                public_access_cidrs=sorted(cluster.public_access_cidrs) or None,
            ),
            depends_on=[logging.log_group, *role.grants],
            lifecycle=unless_destroyed_on_purpose(cluster.protect),
        )
        for cidr in sorted(private_networks):
            VpcSecurityGroupIngressRule(
                self,
                f"api_from_{cidr}",
                security_group_id=self.security_group_id,
                description="Private API endpoint",
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
            )

    @property
    def name(self) -> str:
        """The cluster's name, as a reference that orders what uses it after the cluster."""
        return self.cluster.name

    @property
    def security_group_id(self) -> str:
        """Id of the security group that EKS makes for control plane and nodes."""
        return self.cluster.vpc_config.cluster_security_group_id

    @property
    def issuer(self) -> str:
        """Issuer of the cluster's service account tokens, an https URL."""
        return self.cluster.get_string_attribute("identity[0].oidc[0].issuer")


def _entry_name(role_arn: str) -> str:
    """Return the name of a team's entry: the role's path and name, never that of an entry of the pipeline."""
    name = role_arn.partition(":role/")[2].replace("/", "_")
    return f"team_{name}" if name.partition("_")[0] in ("deploy", "plan", "team") else name


class AccessEntries(Construct):
    """Who reaches the cluster API by IAM: the platform team and the pipeline, nobody else.

    ADR "Auth" sends users through OIDC; these entries are the platform's own way in, as it always had one.
    """

    def __init__(self, scope: Construct, id_: str, *, control_plane: ControlPlane, principals: Principals) -> None:
        super().__init__(scope, id_)
        roles = {arn: (_entry_name(arn), CLUSTER_ADMIN) for arn in principals.platform_team}
        roles[principals.plan] = ("plan", READER)
        roles[principals.deploy] = ("deploy", CLUSTER_ADMIN)
        for arn, (name, policy) in sorted(roles.items()):
            entry = EksAccessEntry(self, name, cluster_name=control_plane.name, principal_arn=arn, type="STANDARD")
            EksAccessPolicyAssociation(
                self,
                f"{name}_policy",
                cluster_name=control_plane.name,
                principal_arn=arn,
                policy_arn=f"arn:aws:eks::aws:cluster-access-policy/{policy}",
                access_scope=EksAccessPolicyAssociationAccessScope(type="cluster"),
                depends_on=[entry],
            )

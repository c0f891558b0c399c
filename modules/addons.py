"""EKS add-ons: their versions, and the two that need running nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from modules.bindings import Construct, DataAwsEksAddonVersion, EksAddon, ITerraformDependable
from modules.control_plane import ControlPlane
from modules.iam import aws_managed
from modules.service_account_roles import ServiceAccountIssuer, ServiceAccountRole
from modules.settings import names
from modules.settings.cluster import Cluster

PINS: Final = {
    "1.34": {"coredns": "v1.13.2-eksbuild.11", "kube-proxy": "v1.34.6-eksbuild.17", "vpc-cni": "v1.22.3-eksbuild.1"},
    "1.35": {"coredns": "v1.13.2-eksbuild.11", "kube-proxy": "v1.35.3-eksbuild.17", "vpc-cni": "v1.22.3-eksbuild.1"},
}
"""Versions by Kubernetes version; what nobody named is read from EKS instead.

Those of 1.34 are the organisation's. With 1.35 kube-proxy follows the cluster and the others stay: all three are what EKS
told as its defaults for 1.35 in August 2026 (https://github.com/skax-ca/eks-reference-infra/blob/main/live/dev/eks/main.tf).
"""


class Addon(Construct):
    """A managed add-on whose configuration is what the settings say, whoever changed it in the cluster."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        version: str | None,
        cluster: Cluster,
        control_plane: ControlPlane,
        configuration: str | None = None,
        role: ServiceAccountRole | None = None,
        after: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id_)
        self.version, self.version_source = self._choose(name, version, cluster.kubernetes_version)
        self.addon = EksAddon(
            self,
            "Default",
            cluster_name=control_plane.name,
            addon_name=name,
            addon_version=self.version,
            configuration_values=configuration,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            service_account_role_arn=None if role is None else role.arn,
            depends_on=[*after, *([] if role is None else role.grants)] or None,
        )

    def _choose(self, name: str, wanted: str | None, kubernetes_version: str) -> tuple[str, str]:
        """Return the version and where it comes from."""
        if wanted is not None:
            return wanted, "cluster file"
        pin = PINS.get(kubernetes_version, {}).get(name)
        if pin is not None:
            return pin, f"pin for Kubernetes {kubernetes_version}"
        reported = DataAwsEksAddonVersion(
            self, "default_version", addon_name=name, kubernetes_version=kubernetes_version, most_recent=False
        )
        return reported.version, f"default that EKS reports for Kubernetes {kubernetes_version}, not pinned"


class LateAddons:
    """coredns and the EBS CSI driver: they become active only where nodes run."""

    def __init__(
        self,
        scope: Construct,
        *,
        cluster: Cluster,
        control_plane: ControlPlane,
        issuer: ServiceAccountIssuer,
        nodes: Sequence[ITerraformDependable],
    ) -> None:
        coredns = Addon(
            scope,
            "coredns",
            name="coredns",
            version=cluster.addons.coredns,
            cluster=cluster,
            control_plane=control_plane,
            after=nodes,
        )
        role = ServiceAccountRole(
            scope,
            names.EBS_CSI_CONTROLLER,
            cluster_name=cluster.name,
            namespace=names.KUBE_SYSTEM,
            service_account=names.EBS_CSI_CONTROLLER,
            issuer=issuer,
            policies=[aws_managed("service-role/AmazonEBSCSIDriverPolicy")],
        )
        ebs_csi = Addon(
            scope,
            "aws-ebs-csi-driver",
            name="aws-ebs-csi-driver",
            version=cluster.addons.ebs_csi,
            cluster=cluster,
            control_plane=control_plane,
            role=role,
            after=nodes,
        )
        self.addons = {"aws-ebs-csi-driver": ebs_csi, "coredns": coredns}

"""D10: pods get addresses of the VPC."""

from __future__ import annotations

import json

from modules.addons import Addon
from modules.bindings import Construct
from modules.control_plane import ControlPlane
from modules.iam import aws_managed
from modules.ip_prefixes import prefix_environment
from modules.service_account_roles import ServiceAccountIssuer, ServiceAccountRole
from modules.settings import names
from modules.settings.cluster import Cluster


class PodNetworking:
    """ADR "Pod networking (CNI)": AWS VPC networking.

    vpc-cni and kube-proxy stand before the first node: a managed group reckons how many pods its nodes take from the
    configuration of vpc-cni. vpc-cni has a role of its own instead of the nodes' role, its own network policy engine
    stays off because Calico enforces (see `network_policy`), and it writes each pod's address on the pod, which spares
    Calico a race.
    """

    def __init__(
        self, scope: Construct, *, cluster: Cluster, control_plane: ControlPlane, issuer: ServiceAccountIssuer
    ) -> None:
        role = ServiceAccountRole(
            scope,
            names.AWS_NODE,
            cluster_name=cluster.name,
            namespace=names.KUBE_SYSTEM,
            service_account=names.AWS_NODE,
            issuer=issuer,
            policies=[aws_managed("AmazonEKS_CNI_Policy")],
        )
        environment = {"ANNOTATE_POD_IP": "true", **prefix_environment(prefix_delegation=cluster.prefix_delegation)}
        vpc_cni = Addon(
            scope,
            "vpc-cni",
            name="vpc-cni",
            version=cluster.addons.vpc_cni,
            cluster=cluster,
            control_plane=control_plane,
            configuration=json.dumps({"enableNetworkPolicy": "false", "env": environment}, sort_keys=True),
            role=role,
        )
        kube_proxy = Addon(
            scope,
            "kube-proxy",
            name="kube-proxy",
            version=cluster.addons.kube_proxy,
            cluster=cluster,
            control_plane=control_plane,
        )
        self.addons = {"kube-proxy": kube_proxy, "vpc-cni": vpc_cni}

"""Settings of one cluster; one file `clusters/<name>.yaml` each."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Literal

from modules.settings.fields import (
    AmiRelease,
    Cidr,
    KubernetesName,
    Listed,
    LogRetention,
    MinorVersion,
    Secret,
    Settings,
    setting,
)
from modules.settings.instance_types import INSTANCE_TYPES, NITRO, max_pods
from modules.settings.kubernetes_versions import (
    CALICO_LINE,
    FIRST_WITH_ADMISSION_POLICY,
    FIRST_WITHOUT_POD_SECURITY_POLICY,
    TESTED,
    KubernetesVersion,
    has_pod_security_policies,
    is_admitted,
    minor_version,
)
from modules.settings.namespaces import Namespace
from modules.settings.network import Network, SubnetLookup
from modules.settings.node_groups import MainNodeGroup, NodeGroupSize, PrometheusNodeGroup
from modules.settings.organisation import PlatformNamespace
from modules.settings.rules import Violation, repeated, rule
from modules.settings.workloads import AlertReceiver, CredentialIssuer, LogShipping, Monitoring

__all__ = [
    "Addons",
    "AlertReceiver",
    "Cluster",
    "CredentialIssuer",
    "InstanceMetadata",
    "LogShipping",
    "MainNodeGroup",
    "Monitoring",
    "Network",
    "NodeGroupSize",
    "PrometheusNodeGroup",
    "SubnetLookup",
]

FIRST_CNI_WITH_PREFIXES = (1, 9, 0)
"""vpc-cni that can assign prefixes (ADR: Node instance types)."""
WIDEST_PUBLIC_ACCESS = 8
"""Shortest prefix of a network that may reach a public API endpoint; a shorter one is much of the internet."""
ADDON_VERSION = {"pattern": r"^v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+$", "allowed": "an EKS add-on version"}


def addon_numbers(version: str) -> tuple[int, int, int]:
    """Return the three numbers of an add-on's version such as v1.35.0-eksbuild.2."""
    major, minor, patch = version.removeprefix("v").partition("-")[0].split(".")
    return int(major), int(minor), int(patch)


class Addons(Settings):
    """Versions of the EKS add-ons; absent: the pin for the Kubernetes version, else the default that EKS reports (ADR: Pod networking)."""

    vpc_cni: str | None = setting("Version of vpc-cni.", None, example="v1.22.3-eksbuild.1", **ADDON_VERSION)
    kube_proxy: str | None = setting("Version of kube-proxy.", None, example="v1.34.6-eksbuild.17", **ADDON_VERSION)
    coredns: str | None = setting("Version of coredns.", None, example="v1.13.2-eksbuild.11", **ADDON_VERSION)
    ebs_csi: str | None = setting("Version of aws-ebs-csi-driver.", None, **ADDON_VERSION)


class InstanceMetadata(Settings):
    """Who may reach a node's instance metadata (ADR: Blocking access instance metadata)."""

    hop_limit: int = setting(
        "Hops that a metadata answer may take; 1 keeps it from every pod without host network.",
        1,
        unit="hops",
        ge=1,
        le=2,
    )
    exempt_namespaces: Listed[KubernetesName] = setting(
        "Platform namespaces that the GlobalNetworkPolicy leaves out; only useful with two hops.", ()
    )

    @rule
    def exemptions_need_two_hops(self) -> Iterator[Violation]:
        """A namespace is exempt only where the hop limit lets its pods through."""
        if self.exempt_namespaces and self.hop_limit == 1:
            yield Violation(
                ("exempt_namespaces",),
                ", ".join(self.exempt_namespaces),
                "none with a hop_limit of 1, which stops their pods all the same",
            )

    @rule
    def two_hops_need_an_exemption(self) -> Iterator[Violation]:
        """A second hop is opened only for a namespace that needs it."""
        if self.hop_limit > 1 and not self.exempt_namespaces:
            yield Violation(("hop_limit",), self.hop_limit, "1, for exempt_namespaces names none that needs 2")

    @rule
    def exempt_namespaces_are_named_once(self) -> Iterator[Violation]:
        """No namespace is exempt twice."""
        for index, name in repeated(self.exempt_namespaces):
            yield Violation(("exempt_namespaces", index), name, "each namespace once")


class Cluster(Settings):
    """One EKS cluster (ADR: What's proposed)."""

    name: str = setting(
        "Name: of the cluster, its stacks, its zone; also of its file.",
        example="live",
        pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$",
        allowed="at most 12 lower-case letters, digits and -, first a letter, no - at the end",
        max_length=12,
    )
    kubernetes_version: KubernetesVersion = setting(
        f"Kubernetes version, quoted: {TESTED}, which the pinned Calico is tested on; below 1.25, the ADR's own form, "
        "which EKS no longer offers.",
        "1.35",
        example="1.35",
    )
    ami_releases: dict[MinorVersion, AmiRelease] = setting(
        "Release of the EKS-optimised AMI on every node, by Kubernetes version; that of another version waits for the "
        "upgrade, or is left over from it. None for the cluster's own: the newest at creation (ADR: Node image).",
        dict,
        example={"1.35": "1.35.2-20261110"},
    )
    protect: bool = setting(
        "Guard cluster, KMS key, zone and Auth0 clients against destruction, and keep log groups.", False
    )
    network: Network = setting("VPC and subnets.")
    public_access_cidrs: Listed[Cidr] = setting(
        "Networks that reach the public API endpoint; none: private only.", (), max_length=40
    )
    main: MainNodeGroup = setting("The main node group.")
    prometheus: PrometheusNodeGroup = setting("The Prometheus node group.")
    addons: Addons = setting("Versions of add-ons.", Addons)
    instance_metadata: InstanceMetadata = setting("Instance metadata.", InstanceMetadata)
    prefix_delegation: bool = setting("Assign /28 prefixes to nodes (ADR: Node instance types).", True)
    pod_security: Literal["admission", "policies"] | None = setting(
        "`admission`: Pod Security Admission, from Kubernetes 1.30. `policies`: PodSecurityPolicies, below 1.25. "
        "Absent: what the version has (ADR: PodSecurityPolicies, PSP Deprecation).",
        None,
    )
    log_retention: LogRetention = setting(
        "How long control plane logs are kept (ADR: Control plane logging).", 400, unit="days"
    )
    kubernetes_client_secret: Secret = setting("Secret of the cluster's Auth0 client for kubeconfigs.")
    components_client_secret: Secret = setting("Secret of the cluster's Auth0 client for web interfaces.")
    credential_issuer: CredentialIssuer = setting("Kuberos.")
    log_shipping: LogShipping = setting("Log shipping.")
    monitoring: Monitoring = setting("Monitoring.")
    platform_namespaces: Listed[PlatformNamespace] = setting("Further platform namespaces of this cluster.", ())
    namespaces: Listed[Namespace] = setting("Namespaces of service teams.", ())
    runner: str | None = setting(
        "Label of the CI runner that reaches the private endpoint; absent: plans of workloads are made in the sandbox.",
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$",
        allowed="at most 100 letters, digits, _ . and -",
        example="cloud-platform-live",
    )

    @property
    def minor_version(self) -> int:
        """The 35 of Kubernetes 1.35."""
        return minor_version(self.kubernetes_version)

    @property
    def pod_security_form(self) -> Literal["admission", "policies"]:
        """How pod security is enforced: `policies` below Kubernetes 1.25, `admission` above."""
        return "policies" if has_pod_security_policies(self.kubernetes_version) else "admission"

    def max_pods(self, group: Literal["main", "prometheus"]) -> int:
        """Most pods of each node of a group, the least over its types: one Xen type takes prefixes from all."""
        types = self.main.instance_types if group == "main" else self.prometheus.instance_types
        return max_pods(types, prefix_delegation=self.prefix_delegation)

    @rule
    def prometheus_zone_has_a_subnet(self) -> Iterator[Violation]:
        """The Prometheus group's one zone is among the zones of the cluster's subnets (ADR: Node groups)."""
        zones = self.network.node_subnets.cidrs
        if self.prometheus.zone not in zones:
            yield Violation(("prometheus", "zone"), self.prometheus.zone, f"one of {', '.join(sorted(zones))}")

    @rule
    def main_types_are_nitro(self) -> Iterator[Violation]:
        """With prefixes, the main group's types are all Nitro; one other lowers every node's pods (ADR: Node instance types)."""
        for index, name in enumerate(self.main.instance_types if self.prefix_delegation else ()):
            if INSTANCE_TYPES[name].hypervisor != NITRO:
                allowed = "a Nitro type, for prefix_delegation is true"
                yield Violation(("main", "instance_types", index), name, allowed)

    @rule
    def public_access_is_not_for_everybody(self) -> Iterator[Violation]:
        """The public endpoint is open to listed networks, not to a large part of the internet."""
        for index, cidr in enumerate(self.public_access_cidrs):
            if ipaddress.IPv4Network(cidr).prefixlen < WIDEST_PUBLIC_ACCESS:
                yield Violation(
                    ("public_access_cidrs", index), cidr, f"a network of /{WIDEST_PUBLIC_ACCESS} or smaller"
                )

    @rule
    def public_access_is_named_once(self) -> Iterator[Violation]:
        """No network stands twice, which EKS refuses."""
        for index, cidr in repeated(self.public_access_cidrs):
            yield Violation(("public_access_cidrs", index), cidr, "each network once")

    @rule
    def ami_releases_are_of_their_kubernetes_version(self) -> Iterator[Violation]:
        """Each AMI release is one for the Kubernetes version that it stands under."""
        for version, release in self.ami_releases.items():
            if not release.startswith(f"{version}."):
                yield Violation(("ami_releases", version), release, f"a release of {version}")

    @rule
    def vpc_cni_can_assign_prefixes(self) -> Iterator[Violation]:
        """With prefixes, vpc-cni is 1.9.0 or later (ADR: Node instance types)."""
        version = self.addons.vpc_cni
        if self.prefix_delegation and version and addon_numbers(version) < FIRST_CNI_WITH_PREFIXES:
            yield Violation(("addons", "vpc_cni"), version, "v1.9.0 or later, for prefix_delegation is true")

    @rule
    def kube_proxy_is_not_ahead_of_the_control_plane(self) -> Iterator[Violation]:
        """kube-proxy is of the cluster's Kubernetes version or at most three before it (Kubernetes version skew policy)."""
        if version := self.addons.kube_proxy:
            major, minor, _ = addon_numbers(version)
            if major != 1 or not self.minor_version - 3 <= minor <= self.minor_version:
                allowed = f"from v1.{self.minor_version - 3} to v{self.kubernetes_version}"
                yield Violation(("addons", "kube_proxy"), version, allowed)

    @rule
    def pod_security_can_be_kept(self) -> Iterator[Violation]:
        """Kubernetes has PodSecurityPolicies below 1.25 and ValidatingAdmissionPolicies from 1.30, between them neither (ADR: PSP Deprecation)."""
        if FIRST_WITHOUT_POD_SECURITY_POLICY <= self.minor_version < FIRST_WITH_ADMISSION_POLICY:
            allowed = (
                f"below 1.{FIRST_WITHOUT_POD_SECURITY_POLICY}, which has PodSecurityPolicies, or {TESTED}, "
                "which have ValidatingAdmissionPolicies"
            )
            yield Violation(("kubernetes_version",), self.kubernetes_version, allowed)

    @rule
    def calico_is_tested_on_the_version(self) -> Iterator[Violation]:
        """From Kubernetes 1.30 the version is one that the pinned Calico is tested on (ADR: Network policy enforcement).

        Below 1.25, which EKS no longer offers, the ADR's own form is read and judged but never deployed.
        """
        if self.minor_version >= FIRST_WITH_ADMISSION_POLICY and not is_admitted(self.kubernetes_version):
            allowed = f"{TESTED}, which Calico {CALICO_LINE} is tested on; another needs another pin of the chart"
            yield Violation(("kubernetes_version",), self.kubernetes_version, allowed)

    @rule
    def pod_security_suits_the_version(self) -> Iterator[Violation]:
        """PodSecurityPolicies stand below Kubernetes 1.25, Pod Security Admission from 1.25 (ADR: PSP Deprecation)."""
        if self.pod_security not in (None, self.pod_security_form):
            allowed = f"{self.pod_security_form}, for kubernetes_version is {self.kubernetes_version}"
            yield Violation(("pod_security",), self.pod_security, allowed)

    @rule
    def namespaces_are_named_once(self) -> Iterator[Violation]:
        """No two service teams' namespaces of a cluster have one name."""
        for index, name in repeated(each.name for each in self.namespaces):
            yield Violation(("namespaces", index, "name"), name, "a name that no other namespace of the cluster has")

    @rule
    def client_secrets_are_distinct(self) -> Iterator[Violation]:
        """The two Auth0 clients have a secret of their own each: Kuberos hands one of them to users."""
        if self.kubernetes_client_secret.parameter == self.components_client_secret.parameter:
            yield Violation(
                ("components_client_secret", "parameter"),
                self.components_client_secret.parameter,
                "another parameter than that of kubernetes_client_secret",
            )

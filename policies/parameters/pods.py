"""What is allowed of pods: D17 to D20."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from policies.parameters.network import INGRESS_NAMESPACE, LOGGING_NAMESPACE, MONITORING_NAMESPACE
from policies.parameters.operations import SESSION_POLICY

# D19 service_account_roles
AUDIENCE: Final = "sts.amazonaws.com"
ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
ADDON_SERVICE_ACCOUNTS: Final[dict[str, str]] = {
    "aws-ebs-csi-driver": "system:serviceaccount:kube-system:ebs-csi-controller-sa",
    "vpc-cni": "system:serviceaccount:kube-system:aws-node",
}
"""The service account whose pods use an add-on's role."""

# D17 pod_security, D18 privileged_pods, D13 network_policy
Level = Literal["privileged", "baseline", "restricted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What the pods of one service account may take of their node, and why."""

    reason: str
    privileged: bool = False
    host_namespaces: tuple[Literal["hostNetwork", "hostPID", "hostIPC"], ...] = ()
    host_paths: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformNamespace:
    """A namespace that is no service team's: its Pod Security level, what reaches its pods, its agents."""

    level: Level = "restricted"
    reason: str = ""
    """Why its level is not `restricted`."""
    admits: tuple[Literal["ingress", "scraping", "api_server"], ...] | None = ()
    """What reaches its pods beside each other; None: everything, for it is not isolated."""
    by_operator: bool = False
    """Whether an operator makes it for itself, so that no stack declares it."""
    agents: Mapping[str, Agent] = field(default_factory=dict)


PLATFORM_NAMESPACES: Final[Mapping[str, PlatformNamespace]] = {
    "kube-system": PlatformNamespace(
        level="privileged",
        reason="The ADR's own exception: the nodes' agents run here.",
        admits=None,
        agents={
            "aws-node": Agent(
                reason="The ADR names it: it sets up each pod's network on the node.",
                privileged=True,
                host_namespaces=("hostNetwork",),
                host_paths=(
                    "/opt/cni/bin",
                    "/etc/cni/net.d",
                    "/var/log/aws-routed-eni",
                    "/var/run/aws-node",
                    "/run/xtables.lock",
                    "/sys/fs/bpf",
                ),
                capabilities=("NET_ADMIN", "NET_RAW"),
            ),
            "kube-proxy": Agent(
                reason="Programs the node's packet filter for Services.",
                privileged=True,
                host_namespaces=("hostNetwork",),
                host_paths=("/var/log", "/run/xtables.lock", "/lib/modules"),
            ),
            "ebs-csi-node-sa": Agent(
                reason="Mounts EBS volumes on the node for the kubelet.",
                privileged=True,
                host_paths=("/var/lib/kubelet", "/dev"),
            ),
        },
    ),
    "kube-public": PlatformNamespace(),
    "kube-node-lease": PlatformNamespace(),
    "default": PlatformNamespace(),
    "tigera-operator": PlatformNamespace(
        level="privileged",
        reason="Calico's operator starts before the pod network and so runs on the host's.",
        admits=None,
        agents={
            "tigera-operator": Agent(
                reason="Runs on the host network to set up Calico, reads its node's Calico state.",
                host_namespaces=("hostNetwork",),
                host_paths=("/var/lib/calico",),
            )
        },
    ),
    "calico-system": PlatformNamespace(
        level="privileged",
        reason="calico-node programs the packet filter of its node, Typha runs on the host network.",
        admits=None,
        by_operator=True,
        agents={
            "calico-node": Agent(
                reason="Programs the packet filter of its node.",
                privileged=True,
                host_namespaces=("hostNetwork",),
                host_paths=(
                    "/lib/modules",
                    "/run/xtables.lock",
                    "/var/run/nodeagent",
                    "/var/run/calico",
                    "/var/lib/calico",
                    "/sys/fs",
                    "/sys/kernel/security",
                    "/proc",
                ),
            ),
            "calico-typha": Agent(
                reason="Serves calico-node before the pod network stands.", host_namespaces=("hostNetwork",)
            ),
        },
    ),
    LOGGING_NAMESPACE: PlatformNamespace(
        level="privileged",
        reason="fluent-bit reads the logs of all containers from the node's file system.",
        admits=("scraping",),
        agents={
            "fluent-bit": Agent(
                reason="Reads container logs from the node.", host_paths=("/var/log", "/var/lib/fluent-bit")
            )
        },
    ),
    MONITORING_NAMESPACE: PlatformNamespace(
        level="privileged",
        reason="The node exporter reads the node's processes, network and file systems.",
        admits=("scraping", "api_server", "ingress"),
        agents={
            "monitoring-prometheus-node-exporter": Agent(
                reason="Exports metrics of its node.",
                host_namespaces=("hostNetwork", "hostPID"),
                host_paths=("/proc", "/sys", "/"),
            )
        },
    ),
    "kuberos": PlatformNamespace(level="baseline", reason="The image of Kuberos runs as root.", admits=("ingress",)),
    INGRESS_NAMESPACE: PlatformNamespace(
        level="baseline", reason="Ingress controllers bind to low ports.", admits=None
    ),
    "cert-manager": PlatformNamespace(admits=("scraping", "api_server")),
}
"""Namespaces of the platform; every other one is a service team's: restricted, and closed to all but the ingress controllers."""

# D20 instance_metadata
METADATA_ADDRESSES: Final = ("169.254.169.254", "fd00:ec2::254")
"""The instance metadata service in each family."""
METADATA_EXEMPT_NAMESPACES: Final[dict[str, str]] = {}
"""Namespaces whose pods may reach the instance metadata, each with its reason; IAM roles for service accounts left none."""
NODE_POLICIES: Final = (
    "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
    "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly",
    SESSION_POLICY,
)
"""All that the nodes' role may hold: whatever a pod could reach through the node, it could use."""
NODE_ACTIONS: Final[dict[str, str]] = {
    "logs:CreateLogStream": "arn:aws:logs:*:*:log-group:/cloud-platform/session-manager*",
    "logs:PutLogEvents": "arn:aws:logs:*:*:log-group:/cloud-platform/session-manager*",
    "logs:DescribeLogStreams": "arn:aws:logs:*:*:log-group:/cloud-platform/session-manager*",
    "logs:DescribeLogGroups": "arn:aws:logs:*:*:log-group:*",
    "kms:Decrypt": "session key",
}
"""What the nodes' role may do beside its policies, and on what: write the log of sessions and use their key."""
SESSION_KEY_ALIAS: Final = "alias/cloud-platform-session-manager"
METADATA_HOPS: Final = 1
"""Network hops that an answer may take: one reaches the node, not a pod on it."""

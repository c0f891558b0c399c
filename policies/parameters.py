"""What the decisions allow, stated once.

`clusters/` says what is asked for, this file what is allowed; controls read nothing else. To loosen a rule is a change here, in review.
Each parameter names the decision that it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

# D01 control_plane
SUPPORT_TYPE: Final = "STANDARD"
"""Extended support costs six times as much and hides that an upgrade is due."""
ADDONS: Final = ("vpc-cni", "kube-proxy", "coredns", "aws-ebs-csi-driver")
"""EKS add-ons that may run; the volume of Prometheus needs the last."""
FEWEST_ZONES: Final = 2

# D02 login
ORGANISATION: Final = "ministryofjustice"
"""GitHub organisation whose members may log in."""
TENANT_DOMAIN: Final = "justice-cloud-platform.eu.auth0.com"
ISSUER: Final = f"https://{TENANT_DOMAIN}/"
GROUPS_CLAIM: Final = "https://k8s.integration.dsd.io/groups"
GROUPS_PREFIX: Final = "github:"
USERNAME_CLAIM: Final = "email"
LONGEST_TOKEN: Final = 36_000
"""Longest lifetime of an ID token, in seconds."""
LONGEST_REFRESH: Final = 2_592_000
"""Longest lifetime of a refresh token, used or not, in seconds: who has left GitHub's organisation is out within thirty days at the latest."""
LONGEST_LEEWAY: Final = 60
"""Seconds in which a refresh token may be used again."""
CONNECTION_STRATEGIES: Final = ("github",)
"""Identity providers that may vouch for a user (Azure AD is an option of the future)."""
CONNECTION_SCOPE: Final = "read_org"
"""What the connection must ask of GitHub, as Auth0 spells it: without it memberships cannot be seen."""
CONNECTION_IDS: Final[dict[str, str]] = {"con_CloudPlatformGitHub1": "The tenant's GitHub connection, made by hand."}
"""Connections that may be named by a literal id, each with what it is."""
ACTION_RUNTIMES: Final = ("node22",)
LOGIN_TRIGGER: Final = ("post-login", "v3")
FOREIGN_ACTIONS: Final[dict[str, str]] = {}
"""Actions of others that may be bound beside ours, by id, each with the reason why it may see and change every login."""
ACTIONS_SCOPES: Final = ("read:user_idp_tokens", "read:users")
"""All that the client of the Actions may do in the tenant."""
LOGIN_GRANTS: Final = ("authorization_code", "refresh_token")
CLIENT_SECRETS: Final = ("client_secret_post", "client_secret_basic")
"""Ways in which a client may show its secret."""
KUBEROS_CALLBACK: Final = "/ui"
GRAFANA_CALLBACK: Final = "/login/generic_oauth"
EXTRA_CALLBACKS: Final[dict[str, str]] = {}
"""Callbacks of web interfaces other than Kuberos and Grafana, each with what it belongs to."""

# D03 credential_issuer
KUBEROS_IMAGE: Final = "ministryofjustice/cloud-platform-kuberos"
"""The organisation's own fork; the original is unmaintained."""
KUBEROS_TAGS: Final = ("2.7.0",)
KUBEROS_REPLICAS: Final = 2
"""Fewest pods: an eviction must not stop logins."""

# D04 authorization
ADMIN_TEAM: Final = "webops"
"""GitHub team that administers every cluster."""
CI_SERVICE_ACCOUNT: Final = ("kube-system", "concourse-build-environments")
"""Namespace and name of the service account by which CI administers each cluster, as in the clusters before."""
TEAM_ROLE: Final = "admin"
"""The ClusterRole that a team has in its own namespaces."""
TEAM_ANNOTATION: Final = "cloud-platform.justice.gov.uk/team-name"
"""Annotation of a tenant's namespace that names the GitHub team it belongs to."""
CLUSTER_ADMIN_POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
CLUSTER_VIEW_POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy"
ACCESS: Final[dict[str, str]] = {
    "arn:aws:iam::111122223333:role/cloud-platform-deploy": CLUSTER_ADMIN_POLICY,
    "arn:aws:iam::111122223333:role/cloud-platform-plan": CLUSTER_VIEW_POLICY,
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_PlatformTeam_0123456789abcdef": CLUSTER_ADMIN_POLICY,
}
"""IAM principals with an access entry: the pipeline that applies, the one that plans, the platform's team; service teams log in by OIDC."""

# D05 node_management
CONTROL_PLANE_POLICIES: Final = ("arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",)
"""What EKS needs to run the control plane."""
REQUIRED_NODE_POLICIES: Final = (
    "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
)
"""What a kubelet needs to join and to pull images."""
CAPACITY_TYPE: Final = "ON_DEMAND"

# D06 node_groups
MONITORING_LABEL: Final = "cloud-platform.justice.gov.uk/monitoring-ng"
MONITORING_TAINT: Final = "monitoring-node"
MONITORING_VALUE: Final = "true"
PROMETHEUS_NODES: Final = 2

# D07 main_instance_types
MAIN_FIRST_TYPE: Final = "r5.xlarge"
MAIN_TYPES: Final = ("r5.xlarge", "r5.2xlarge", "r5.4xlarge", "r5a.xlarge")
"""The union of the ADR's headline and body."""

# D09 prometheus_instance_types
PROMETHEUS_FIRST_TYPE: Final = "r5.2xlarge"
PROMETHEUS_TYPES: Final = ("r5.2xlarge", "r4.2xlarge")

# D08 ip_prefixes
LOWEST_CNI: Final = (1, 16, 2)
"""Prefixes came with 1.9.0; AL2023 nodes need 1.16.2."""
BEFORE_NITRO: Final = (
    "c1",
    "c3",
    "c4",
    "d2",
    "g2",
    "g3",
    "h1",
    "i2",
    "i3",
    "m1",
    "m2",
    "m3",
    "m4",
    "p2",
    "p3",
    "r3",
    "r4",
    "t1",
    "t2",
    "x1",
    "x1e",
)
"""Families of instances that take no prefixes."""
SMALLEST_SUBNET: Final = 24
"""Longest mask of a subnet for nodes: sixteen /28 blocks."""

# D10 pod_networking
CNI_ROLE_POLICY: Final = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
CNI_SERVICE_ACCOUNT: Final = "system:serviceaccount:kube-system:aws-node"
OTHER_CNIS: Final = (
    "cilium",
    "weave",
    "flannel",
    "canal",
    "multus",
    "kube-router",
    "antrea",
    "kube-ovn",
    "whereabouts",
    "romana",
    "contiv",
)

# D11 node_image
AMI_TYPES: Final = ("AL2023_x86_64_STANDARD",)

# Charts that are installed: name to repository and version
CHARTS: Final[dict[str, tuple[str, str]]] = {
    "fluent-bit": ("https://fluent.github.io/helm-charts", "0.58.1"),
    "kube-prometheus-stack": ("https://prometheus-community.github.io/helm-charts", "88.5.3"),
    "kuberos": ("https://ministryofjustice.github.io/cloud-platform-helm-charts", "0.4.0"),
    "tigera-operator": ("https://docs.tigera.io/calico/charts", "v3.31.7"),
}
"""D03, D13, D21, D22: a chart decides what its values mean, so that another version or source is another decision."""

# D13 network_policy
INGRESS_NAMESPACE: Final = "ingress-controllers"
MONITORING_NAMESPACE: Final = "monitoring"
"""Its pods may scrape a tenant's namespace whose team asks for it."""
LOGGING_NAMESPACE: Final = "logging"
OTHER_POLICY_KINDS: Final[dict[str, str]] = {}
"""Kinds of network policy beside NetworkPolicy and Calico's that may be used, such as SecurityGroupPolicy, each with its reason."""

# D14 typha
TYPHA_LEAST_MEMORY: Final = 256
"""Least memory limit of a Typha, in MiB: below it a cluster of a few thousand pods kills it over and over."""

# D15 control_plane_logging
LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
LOG_RETENTIONS: Final = (365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""Days that CloudWatch offers, from a year up."""

# D16 node_access
PARAMETER_READS: Final = ("ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters", "ssm:GetParametersByPath")
"""Ways to read a parameter of Systems Manager, secrets too."""
CLUSTER_TAG: Final = "cloud-platform.justice.gov.uk/cluster"
"""Tag of each node that names its cluster; sessions are allowed by it."""
SESSION_DOCUMENT: Final = "SSM-SessionManagerRunShell"
SESSION_POLICY: Final = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
LONGEST_IDLE: Final = 30
"""Minutes after which an idle session ends."""
LONGEST_SESSION: Final = 480
"""Minutes after which any session ends: a working day."""
LOGIN_PORTS: Final = (22, 3389)

# D19 service_account_roles
AUDIENCE: Final = "sts.amazonaws.com"
ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"

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

# D21 log_shipping
LOG_HOST: Final = "search-cloud-platform-{cluster}.{region}.es.amazonaws.com"
"""The domain that a cluster's logs go to."""
LOG_DOMAIN: Final = "arn:aws:es:{region}:{account}:domain/cloud-platform-{cluster}"
FLUENT_BIT_IMAGES: Final = (None, "cr.fluentbit.io/fluent/fluent-bit", "fluent/fluent-bit")
"""Repositories of the image; None is the chart's own, the first of the others."""
FLUENT_BIT_TAGS: Final = ("5.1.1",)

# D22 monitoring
GRAFANA_ROLE: Final = f"contains(\"{GROUPS_CLAIM}\"[*], '{ADMIN_TEAM}') && 'Admin' || 'Viewer'"
"""JMESPath of a user's role in Grafana; `[*]` makes a claim that is no list an error, and an error is a refusal."""
LOW_CAPACITY_ALERT: Final = "MainNodeGroupCapacityLow"
LOW_CAPACITY_THRESHOLDS: Final = (50, 95)
"""Share of the main group in use at which the alert fires, in percent: lower cries wolf, higher is too late."""
LOW_CAPACITY_LONGEST_WAIT: Final = 1_800
"""Longest time, in seconds, that capacity may be low before the alert fires."""

# The account
ACCOUNT: Final = "111122223333"
REGION: Final = "eu-west-2"

# B baseline
STANDARD_SUPPORT: Final[dict[str, str]] = {
    "1.34": "2026-12-02",
    "1.35": "2027-03-27",
    "1.36": "2027-08-02",
    "1.37": "2027-12-01",
}
"""Last day of standard support on EKS, by Kubernetes version (AWS: Kubernetes versions)."""
WIDEST_PUBLIC_NETWORK: Final = 8
"""Shortest mask of a network that may reach a cluster's public endpoint."""
REQUIRED_TAGS: Final = (
    "application",
    "business-unit",
    "infrastructure-support",
    "is-production",
    "managed-by",
    "owner",
)
SHORTEST_KEY_DELETION: Final = 30
"""Days in which the deletion of a key can be taken back."""
UNBOUND_ACTIONS: Final[dict[str, str]] = {}
"""Actions that may be allowed on every resource, each with the reason why they cannot be bound."""

# X: what the generator may do beside plain resources
OVERRIDES: Final[dict[str, tuple[str, ...]]] = {"stack": ("terraform",)}
"""Escape hatches that may appear: resource type (`stack` for the stack itself) to attributes. Each has its reason below."""
OVERRIDE_REASONS: Final[dict[str, str]] = {
    "stack": "State locking and version ranges have no argument in the bindings.",
}
IGNORED_CHANGES: Final[dict[str, tuple[str, ...]]] = {}
"""Attributes whose changes Terraform may ignore: resource type to attributes."""
FOREIGN_CODE: Final[dict[str, str]] = {}
"""Resource types that run code of others, or change AWS behind Terraform's back, each with the reason why it may."""
"""Types in `X09-foreign-code` that may be used, with the reason."""

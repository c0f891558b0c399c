"""What is allowed of the network: D08, D10, D13 and D14."""

from __future__ import annotations

from typing import Final

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

# D13 network_policy
INGRESS_NAMESPACE: Final = "ingress-controllers"
MONITORING_NAMESPACE: Final = "monitoring"
"""Its pods may scrape a tenant's namespace whose team asks for it."""
LOGGING_NAMESPACE: Final = "logging"
WEBHOOK_PORT: Final = 10250
"""The port on which the webhooks of isolated namespaces answer the API server; none of their other ports does."""
OTHER_POLICY_KINDS: Final[dict[str, str]] = {}
"""Kinds of network policy beside NetworkPolicy and Calico's that may be used, such as SecurityGroupPolicy, each with its reason."""

CALICO_LEAST_MEMORY: Final = 128
"""Least memory limit of Calico's operator, in MiB."""

# D14 typha
TYPHA_MOST_MEMORY: Final = 4096
"""Most memory that a Typha may ask of its node, in MiB."""
TYPHA_LEAST_MEMORY: Final = 256
"""Least memory limit of a Typha, in MiB: below it a cluster of a few thousand pods kills it over and over."""

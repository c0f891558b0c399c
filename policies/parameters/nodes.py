"""What is allowed of nodes: D05, D06, D07, D09 and D11."""

from __future__ import annotations

from typing import Final

# D05 node_management
CONTROL_PLANE_POLICIES: Final = ("arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",)
"""What EKS needs to run the control plane."""
REQUIRED_NODE_POLICIES: Final = (
    "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
)
"""What a kubelet needs to join and to pull images."""
CAPACITY_TYPE: Final = "ON_DEMAND"
OTHER_COMPUTE: Final[dict[str, str]] = {}
"""Types of compute that may run beside managed node groups, such as aws_eks_fargate_profile, each with its reason."""

# D06 node_groups
MONITORING_LABEL: Final = "cloud-platform.justice.gov.uk/monitoring-ng"
MONITORING_TAINT: Final = "monitoring-node"
MONITORING_VALUE: Final = "true"
PROMETHEUS_NODES: Final = 2
MAIN_GROUPS: Final = 1
"""Node groups beside the one for Prometheus."""

# D07 main_instance_types
MAIN_FIRST_TYPE: Final = "r5.xlarge"
MAIN_TYPES: Final = ("r5.xlarge", "r5.2xlarge", "r5.4xlarge", "r5a.xlarge")
"""The union of the ADR's headline and body."""

# D09 prometheus_instance_types
PROMETHEUS_FIRST_TYPE: Final = "r5.2xlarge"
PROMETHEUS_TYPES: Final = ("r5.2xlarge", "r4.2xlarge")

# D12 scaling
AUTOSCALERS: Final[dict[str, str]] = {}
"""Charts of autoscalers that may be released, each with its reason."""

# D11 node_image
AMI_TYPES: Final = ("AL2023_x86_64_STANDARD",)

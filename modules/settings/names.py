"""Every name that more than one stack, module or policy relies on, spelled once."""

from __future__ import annotations

import hashlib
from typing import Final

MONITORING_LABEL: Final = "cloud-platform.justice.gov.uk/monitoring-ng"
"""Label of the Prometheus group's nodes; its value is "true"."""
MONITORING_TAINT: Final = "monitoring-node"
"""Key of the Prometheus group's taint; its value is "true", its effect NoSchedule."""

KUBE_SYSTEM: Final = "kube-system"
TIGERA_OPERATOR: Final = "tigera-operator"
CALICO_SYSTEM: Final = "calico-system"
LOGGING: Final = "logging"
MONITORING: Final = "monitoring"
KUBEROS: Final = "kuberos"

AWS_NODE: Final = "aws-node"
EBS_CSI_CONTROLLER: Final = "ebs-csi-controller-sa"
FLUENT_BIT: Final = "fluent-bit"
PROMETHEUS_STORAGE_CLASS: Final = "prometheus"
CLUSTER_TAG: Final = "cloud-platform.justice.gov.uk/cluster"
"""Tag of a cluster's instances; its value is the cluster's name."""
SESSION_DOCUMENT: Final = "SSM-SessionManagerRunShell"
"""The document that Session Manager reads its preferences from."""
SESSION_LOG_GROUP: Final = "/cloud-platform/session-manager"
SESSION_KEY_ALIAS: Final = "alias/cloud-platform-session-manager"


def fqdn(cluster: str, base_domain: str) -> str:
    """Domain of a cluster's zone."""
    return f"{cluster}.{base_domain}"


def control_plane_log_group(cluster: str) -> str:
    """Return the log group that EKS writes control plane logs to."""
    return f"/aws/eks/{cluster}/cluster"


def client_id_parameter(cluster: str, client: str) -> str:
    """SSM parameter in which the login stack leaves the id of the Auth0 client `kubernetes` or `components`."""
    return f"/cloud-platform/{cluster}/auth0/{client}-client-id"


def connection_id_parameter() -> str:
    """SSM parameter in which the identity stack leaves the id of the GitHub connection."""
    return "/cloud-platform/auth0/github-connection-id"


def node_role(cluster: str) -> str:
    """IAM role of a cluster's nodes."""
    return f"{cluster}-nodes"


def service_account_role(cluster: str, namespace: str, service_account: str) -> str:
    """IAM role of one service account: unique in the account, at most 64 characters."""
    name = f"{cluster}-{namespace}-{service_account}"
    if len(name) <= 64:
        return name
    return f"{name[:55]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def cluster_role(cluster: str) -> str:
    """IAM role of a cluster's control plane."""
    return f"{cluster}-cluster"


def platform_roles(cluster: str) -> set[str]:
    """IAM roles of a cluster that no service account of a team may share."""
    accounts = ((KUBE_SYSTEM, AWS_NODE), (KUBE_SYSTEM, EBS_CSI_CONTROLLER), (LOGGING, FLUENT_BIT))
    return {cluster_role(cluster), node_role(cluster), *(service_account_role(cluster, *each) for each in accounts)}


def cluster_stack(cluster: str) -> str:
    """Stack of a cluster's AWS resources."""
    return cluster


def login_stack(cluster: str) -> str:
    """Stack of a cluster's Auth0 clients."""
    return f"{cluster}-login"


def workloads_stack(cluster: str) -> str:
    """Stack of a cluster's Kubernetes objects and Helm releases."""
    return f"{cluster}-workloads"

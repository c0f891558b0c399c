"""What an add-on of EKS takes as its configuration: EKS refuses everything else."""

from __future__ import annotations

import json
from typing import Any, Final

from jsonschema import Draft6Validator

Schema = dict[str, Any]

BOOLEAN: Final[Schema] = {"enum": ["true", "false"]}
INTEGER: Final[Schema] = {"type": "string", "pattern": r"^-?\d+$"}
TEXT: Final[Schema] = {"type": "string"}

VPC_CNI_VERSION: Final = "1.22.3"
"""The release whose README describes each variable below, and whose chart has each value."""
VPC_CNI_SOURCES: Final = (
    "https://docs.aws.amazon.com/cli/latest/reference/eks/describe-addon-configuration.html",
    f"https://github.com/aws/amazon-vpc-cni-k8s/blob/v{VPC_CNI_VERSION}/README.md#cni-configuration-variables",
    f"https://github.com/aws/amazon-vpc-cni-k8s/blob/v{VPC_CNI_VERSION}/charts/aws-vpc-cni/values.yaml",
)
"""The schema that EKS publishes as its example, what the plugin reads, what the add-on's chart takes."""

VPC_CNI_ENVIRONMENT: Final[dict[str, Schema]] = {
    **dict.fromkeys(
        (
            "ANNOTATE_POD_IP", "AWS_MANAGE_ENIS_NON_SCHEDULABLE", "AWS_VPC_CNI_NODE_PORT_SUPPORT",
            "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "AWS_VPC_K8S_CNI_EXTERNALSNAT", "DISABLE_INTROSPECTION",
            "DISABLE_LEAKED_ENI_CLEANUP", "DISABLE_METRICS", "DISABLE_NETWORK_RESOURCE_PROVISIONING", "DISABLE_POD_V6",
            "ENABLE_BANDWIDTH_PLUGIN", "ENABLE_POD_ENI", "ENABLE_PREFIX_DELEGATION", "ENABLE_V4_EGRESS",
            "ENABLE_V6_EGRESS",
        ),
        BOOLEAN,
    ),
    **dict.fromkeys(
        (
            "AWS_VPC_ENI_MTU", "IP_COOLDOWN_PERIOD", "MAX_ENI", "MINIMUM_IP_TARGET", "WARM_ENI_TARGET",
            "WARM_IP_TARGET", "WARM_PREFIX_TARGET",
        ),
        INTEGER,
    ),
    **dict.fromkeys(
        (
            "ADDITIONAL_ENI_TAGS", "AWS_EC2_ENDPOINT", "AWS_EXTERNAL_SERVICE_CIDRS",
            "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS", "AWS_VPC_K8S_CNI_LOGLEVEL", "AWS_VPC_K8S_CNI_LOG_FILE",
            "AWS_VPC_K8S_CNI_RANDOMIZESNAT", "AWS_VPC_K8S_CNI_VETHPREFIX", "AWS_VPC_K8S_PLUGIN_LOG_FILE",
            "AWS_VPC_K8S_PLUGIN_LOG_LEVEL", "CLUSTER_ENDPOINT", "ENI_CONFIG_ANNOTATION_DEF", "ENI_CONFIG_LABEL_DEF",
            "INTROSPECTION_BIND_ADDRESS", "POD_SECURITY_GROUP_ENFORCING_MODE",
        ),
        TEXT,
    ),
}  # fmt: skip


def _closed(**properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


_LIMITS: Final = _closed(cpu=TEXT, memory=TEXT)
SCHEMAS: Final[dict[str, Schema]] = {
    "vpc-cni": _closed(
        affinity={"type": ["object", "null"]},
        enableNetworkPolicy=BOOLEAN,
        enableWindowsIpam=BOOLEAN,
        eniConfig={"type": "object"},
        env={"type": "object", "additionalProperties": False, "properties": VPC_CNI_ENVIRONMENT},
        init=_closed(env=_closed(DISABLE_TCP_EARLY_DEMUX=BOOLEAN, ENABLE_V6_EGRESS=BOOLEAN)),
        livenessProbeTimeoutSeconds={"type": "integer"},
        nodeAgent=_closed(
            enableCloudWatchLogs=BOOLEAN,
            enablePolicyEventLogs=BOOLEAN,
            healthProbeBindAddr=INTEGER,
            metricsBindAddr=INTEGER,
        ),
        readinessProbeTimeoutSeconds={"type": "integer"},
        resources=_closed(limits=_LIMITS, requests=_LIMITS),
        tolerations={"type": "array", "items": {"type": "object"}},
    )
}
"""By add-on; one that nobody here configures takes nothing."""


def problems(addon: str, values: str | None) -> list[str]:
    """Return what EKS would not take of an add-on's configuration values."""
    if not values:
        return []
    try:
        configuration = json.loads(values)
    except ValueError:
        return ["no JSON"]
    found = Draft6Validator(SCHEMAS.get(addon, _closed())).iter_errors(configuration)
    return sorted(f"$.{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found)

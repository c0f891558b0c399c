"""What the decisions allow, stated once.

`clusters/` says what is asked for, this file what is allowed; controls read nothing else. To loosen a rule is a change here, in review.
Each parameter names the decision that it belongs to.
"""

from __future__ import annotations

from typing import Final

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

# D04 authorization
ADMIN_TEAM: Final = "webops"
"""GitHub team that administers every cluster."""

# D05 node_management
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
MAIN_MAX_PODS: Final = 110
LOWEST_CNI: Final = (1, 9, 0)

# D11 node_image
AMI_TYPES: Final = ("AL2023_x86_64_STANDARD",)

# D13 network_policy
INGRESS_NAMESPACE: Final = "ingress-controllers"

# D15 control_plane_logging
LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
LOG_RETENTIONS: Final = (365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""Days that CloudWatch offers, from a year up."""

# The account
ACCOUNT: Final = "111122223333"
REGION: Final = "eu-west-2"

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

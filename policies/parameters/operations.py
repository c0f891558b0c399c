"""What is allowed of running clusters: D15, D16, D21, D22, and the charts."""

from __future__ import annotations

from typing import Final

from policies.parameters.login import ADMIN_TEAM, GROUPS_CLAIM

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

# Charts that are installed: name to repository and version
CHARTS: Final[dict[str, tuple[str, str]]] = {
    "fluent-bit": ("https://fluent.github.io/helm-charts", "0.58.1"),
    "kube-prometheus-stack": ("https://prometheus-community.github.io/helm-charts", "88.5.3"),
    "kuberos": ("https://ministryofjustice.github.io/cloud-platform-helm-charts", "0.4.0"),
    "tigera-operator": ("https://docs.tigera.io/calico/charts", "v3.31.7"),
}
"""D03, D13, D21, D22: a chart decides what its values mean, so that another version or source is another decision."""

MOST_MEMORY: Final = 24_576
"""Most memory, in MiB, that a pod of the platform may ask of a node of 32 GiB."""
MOST_PROCESSORS: Final = 3.0
"""Most processors that it may ask of a node of four."""
LEAST_PROCESSORS: Final = 0.01
"""Fewest processors to which a limit may hold it."""
PRIORITY_CLASSES: Final = (None, "", "system-node-critical", "system-cluster-critical")
"""Classes that Kubernetes brings; a pod of a class that is not there is refused."""

# D21 log_shipping
LOG_HOST: Final = "search-cloud-platform-{cluster}.{region}.es.amazonaws.com"
"""The domain that a cluster's logs go to."""
LOG_DOMAIN: Final = "arn:aws:es:{region}:{account}:domain/cloud-platform-{cluster}"
LEAST_LOG_BUFFER: Final = 500e6
"""Bytes of logs that wait on each node, at least, while the domain takes none."""
FLUENT_BIT_LEAST_MEMORY: Final = 128
"""Least memory limit of fluent-bit, in MiB: it holds 64 chunks of 2 MB at once."""
FLUENT_BIT_IMAGES: Final = (None, "cr.fluentbit.io/fluent/fluent-bit", "fluent/fluent-bit")
"""Repositories of the image; None is the chart's own, the first of the others."""
FLUENT_BIT_TAGS: Final = ("5.1.1",)

# D22 monitoring
SHORTEST_RETENTION: Final = 86_400
"""Seconds for which Prometheus keeps what it has seen, at least."""
MOST_METRICS_MEMORY: Final = 57_344
"""Most memory, in MiB, that Prometheus may ask of its node of 61 GiB or more."""
MOST_METRICS_PROCESSORS: Final = 7.0
"""Most processors that it may ask of its node of eight."""
LEAST_METRICS_VOLUME: Final = 10e9
"""Bytes of the volume of Prometheus, at least."""
STORAGE_POLICY: Final = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
"""What the driver needs that makes the volume, and all that it may hold."""
GRAFANA_SECTIONS: Final = (
    "analytics", "auth", "auth.anonymous", "auth.basic", "auth.generic_oauth", "dashboards", "date_formats", "explore",
    "help", "log", "log.console", "metrics", "news", "security", "server", "snapshots", "unified_alerting", "users",
)  # fmt: skip
"""Sections of grafana.ini that may be written; others name databases, proxies and further ways to log in."""
GRAFANA_OAUTH: Final = (
    "allow_assign_grafana_admin", "allow_sign_up", "api_url", "auth_url", "auto_login", "client_id", "client_secret",
    "empty_scopes", "enabled", "icon", "name", "role_attribute_path", "role_attribute_strict", "scopes",
    "signout_redirect_url", "skip_org_role_sync", "tls_skip_verify_insecure", "token_url", "use_pkce", "use_refresh_token",
)  # fmt: skip
"""What may be said of the login by Auth0; anything else may name users, or give them roles, in another way."""
GRAFANA_ROLE: Final = f"contains(\"{GROUPS_CLAIM}\"[*], '{ADMIN_TEAM}') && 'Admin' || 'Viewer'"
"""JMESPath of a user's role in Grafana; `[*]` makes a claim that is no list an error, and an error is a refusal."""
LOW_CAPACITY_ALERT: Final = "MainNodeGroupCapacityLow"
LOW_CAPACITY_THRESHOLDS: Final = (50, 95)
"""Share of the main group in use at which the alert fires, in percent: lower cries wolf, higher is too late."""
LOW_CAPACITY_LONGEST_WAIT: Final = 1_800
"""Longest time, in seconds, that capacity may be low before the alert fires."""

"""Keys that a chart does not list among its values but hands on: to Kubernetes, to Grafana, to Alertmanager.

Each stands where it is emitted; None is a plain value, and a list has the keys of what it holds.
"""

from __future__ import annotations

from typing import Any, Final

Json = Any

_AMOUNTS: Final = {"cpu": None, "memory": None}
_RESOURCES: Final = {"limits": _AMOUNTS, "requests": _AMOUNTS}
_TOLERATIONS: Final = dict.fromkeys(("key", "operator", "value", "effect"))
_NODE_AFFINITY: Final = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": {"matchExpressions": dict.fromkeys(("key", "operator", "values"))}
        }
    }
}
_APART: Final = {
    "podAntiAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": {
            "weight": None,
            "podAffinityTerm": {
                "labelSelector": {"matchLabels": dict.fromkeys(("app", "release"))},
                "topologyKey": None,
            },
        }
    }
}
_ON_ITS_GROUP: Final = {"affinity": _NODE_AFFINITY, "tolerations": _TOLERATIONS, "resources": _RESOURCES}
_CLAIM: Final = {
    "volumeClaimTemplate": {
        "spec": {"accessModes": None, "resources": {"requests": {"storage": None}}, "storageClassName": None}
    }
}
_RETENTION: Final = dict.fromkeys(("whenDeleted", "whenScaled"))
_CONTAINER: Final = {"allowPrivilegeEscalation": None, "capabilities": {"drop": None}}
_TLS: Final = dict.fromkeys(("hosts", "secretName"))
_CERTIFICATE: Final = {"cert-manager.io/cluster-issuer": None}
_MOUNT: Final = dict.fromkeys(("name", "mountPath", "readOnly"))

_TYPHA: Final = {
    "affinity": _NODE_AFFINITY,
    "containers": {"name": None, "resources": _RESOURCES},
    "topologySpreadConstraints": {
        **dict.fromkeys(("maxSkew", "topologyKey", "whenUnsatisfiable")),
        "labelSelector": {"matchLabels": {"k8s-app": None}},
    },
}
_RULES: Final = {
    "groups": {
        "name": None,
        "rules": {
            **dict.fromkeys(("alert", "expr", "for")),
            "annotations": dict.fromkeys(("description", "summary")),
            "labels": dict.fromkeys(("resource", "severity")),
        },
    }
}
_RECEIVERS: Final = {
    "name": None,
    "slack_configs": dict.fromkeys(("api_url_file", "channel", "send_resolved", "text")),
    "pagerduty_configs": dict.fromkeys(("routing_key_file", "send_resolved")),
    "webhook_configs": dict.fromkeys(("url_file", "send_resolved")),
}
_GENERIC_OAUTH: Final = dict.fromkeys(
    (
        "allow_sign_up",
        "api_url",
        "auth_url",
        "auto_login",
        "client_id",
        "client_secret",
        "enabled",
        "name",
        "role_attribute_path",
        "role_attribute_strict",
        "scopes",
        "skip_org_role_sync",
        "token_url",
        "use_pkce",
    )
)
_GRAFANA_INI: Final = {
    "analytics": dict.fromkeys(("check_for_plugin_updates", "reporting_enabled")),
    "auth": dict.fromkeys(("disable_login_form", "oauth_allow_insecure_email_lookup")),
    "auth.anonymous": {"enabled": None},
    "auth.basic": {"enabled": None},
    "auth.generic_oauth": _GENERIC_OAUTH,
    "security": dict.fromkeys(("cookie_secure", "disable_initial_admin_creation", "strict_transport_security")),
    "server": {"root_url": None},
    "snapshots": {"enabled": None},
    "users": dict.fromkeys(("allow_sign_up", "auto_assign_org", "auto_assign_org_role")),
}

PASSED_ON: Final[dict[str, Json]] = {
    "fluent-bit": {
        "daemonSetVolumeMounts": _MOUNT,
        "daemonSetVolumes": {"name": None, "hostPath": dict.fromkeys(("path", "type"))},
        "resources": _RESOURCES,
        "securityContext": {**_CONTAINER, "readOnlyRootFilesystem": None, "seccompProfile": {"type": None}},
        "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": None}},
        "tolerations": _TOLERATIONS,
        "updateStrategy": {"type": None, "rollingUpdate": {"maxUnavailable": None}},
    },
    "kube-prometheus-stack": {
        "additionalPrometheusRulesMap": {"capacity": _RULES},
        "alertmanager": {
            "alertmanagerSpec": {
                **_ON_ITS_GROUP,
                "persistentVolumeClaimRetentionPolicy": _RETENTION,
                "podMetadata": {"annotations": {"cloud-platform.justice.gov.uk/alert-receiver-revision": None}},
                "storage": _CLAIM,
            },
            "config": {"receivers": _RECEIVERS, "route": {"routes": dict.fromkeys(("matchers", "receiver"))}},
        },
        "grafana": {
            **_ON_ITS_GROUP,
            "env": {"GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": None},
            "extraSecretMounts": {**_MOUNT, "defaultMode": None, "secretName": None},
            "grafana.ini": _GRAFANA_INI,
            "ingress": {"annotations": _CERTIFICATE, "ingressClassName": None, "tls": _TLS},
            "podAnnotations": {"cloud-platform.justice.gov.uk/components-client-secret-revision": None},
        },
        "kube-state-metrics": _ON_ITS_GROUP,
        "prometheus": {
            "prometheusSpec": {
                **_ON_ITS_GROUP,
                "externalLabels": {"cluster": None},
                "persistentVolumeClaimRetentionPolicy": _RETENTION,
                "storageSpec": _CLAIM,
            }
        },
        "prometheus-node-exporter": {
            "containerSecurityContext": _CONTAINER,
            "priorityClassName": None,
            "resources": _RESOURCES,
            "tolerations": _TOLERATIONS,
        },
        "prometheusOperator": {
            **_ON_ITS_GROUP,
            "admissionWebhooks": {"patch": {"affinity": _NODE_AFFINITY, "tolerations": _TOLERATIONS}},
        },
    },
    "kuberos": {
        "affinity": _APART,
        "cluster": {"ca": None},
        "ingress": {"annotations": _CERTIFICATE, "tls": _TLS},
        "tolerations": _TOLERATIONS,
    },
    "tigera-operator": {"resources": _RESOURCES},
}
"""By chart: the nested keys that it hands on."""

INSTALLATION: Final[Json] = {
    **dict.fromkeys(("flexVolumePath", "kubeletVolumePluginPath", "kubernetesProvider")),
    "calicoNetwork": dict.fromkeys(("bgp", "linuxDataplane")),
    "cni": {"type": None},
    "typhaDeployment": {"spec": {"template": {"spec": _TYPHA}}},
}
"""The fields of Calico's Installation that are given, as its type has them."""

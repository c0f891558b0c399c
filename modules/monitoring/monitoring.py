"""Monitoring: Prometheus on its own group, node exporter on every node, the low-capacity alert (ADR: Node groups, Cluster scaling)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from modules.bindings import Construct, DataAwsSsmParameter, ITerraformDependable, SecretV1, SecretV1Metadata
from modules.ephemeral import open_secret
from modules.expression import Expression, Value
from modules.monitoring import alerting, capacity, grafana
from modules.monitoring.placement import node_affinity, placement, tolerations
from modules.monitoring.storage import PrometheusStorage, claim
from modules.release import ChartPin, Release
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fields import Secret
from modules.settings.fleet import Fleet

CHART: Final = ChartPin(
    name="kube-prometheus-stack",
    repository="https://prometheus-community.github.io/helm-charts",
    version="88.5.3",
)
RECEIVER_REVISION_KEY: Final = "cloud-platform.justice.gov.uk/alert-receiver-revision"
NODE_EXPORTER: Final = "monitoring-prometheus-node-exporter"
"""Service account of the node exporter."""
ALERTMANAGER_STORAGE: Final = 2
"""Volume of an Alertmanager, in GiB: silences and what was sent."""
UNREACHABLE: Final = ("kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler")
"""What EKS does not let anybody scrape, and kube-proxy, which serves its metrics on the node's loopback alone."""
RULES_WITHOUT_TARGET: Final = (
    "etcd",
    "kubeControllerManager",
    "kubeProxy",
    "kubeSchedulerAlerting",
    "kubeSchedulerRecording",
    "windows",
)


class Monitoring(Construct):
    """The monitoring stack. Everything but the node exporter runs on the Prometheus group.

    One Prometheus writes to one volume, which either of the group's two nodes can mount, as the ADR has it.
    Prometheus and Alertmanager have no way in from outside; Grafana admits only through the login.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        fleet: Fleet,
        cluster: Cluster,
        depends_on: Iterable[ITerraformDependable] = (),
    ) -> None:
        """Release the stack after `depends_on`, which includes its namespace."""
        super().__init__(scope, id_)
        self._fleet = fleet
        before = list(depends_on)
        receiver = self._secret(
            "receiver", alerting.CREDENTIALS, alerting.KEY, cluster.monitoring.receiver.secret, before
        )
        client = self._secret("grafana", grafana.CREDENTIALS, grafana.KEY, cluster.components_client_secret, before)
        storage = PrometheusStorage(self, "storage", zone=cluster.prometheus.zone)
        client_id = DataAwsSsmParameter(self, "client_id", name=names.client_id_parameter(cluster.name, "components"))
        release = Release(
            self,
            "Default",
            chart=CHART,
            release_name=names.MONITORING,
            namespace=names.MONITORING,
            timeout=1200,
            values={
                "fullnameOverride": names.MONITORING,
                "defaultRules": {"rules": dict.fromkeys(RULES_WITHOUT_TARGET, False)},
                **{target: {"enabled": False} for target in UNREACHABLE},
                "additionalPrometheusRulesMap": {"capacity": capacity.rules(cluster.monitoring.low_capacity_threshold)},
                "alertmanager": _alertmanager(cluster),
                "grafana": grafana.values(fleet=fleet, cluster=cluster, client_id=Expression(client_id.insecure_value)),
                "kube-state-metrics": _kube_state_metrics(),
                "prometheus": _prometheus(cluster),
                "prometheus-node-exporter": _node_exporter(),
                "prometheusOperator": _operator(),
            },
            depends_on=[*before, receiver, client, storage],
        )
        self.resource = release.resource

    def _secret(self, id_: str, name: str, key: str, secret: Secret, before: list[ITerraformDependable]) -> SecretV1:
        """Return the Secret `name` that carries `secret` under `key`, out of plan and state."""
        opened = open_secret(self, f"{id_}_parameter", secret=secret, account=self._fleet.account)
        return SecretV1(
            self,
            f"{id_}_secret",
            metadata=SecretV1Metadata(name=name, namespace=names.MONITORING),
            type="Opaque",
            data_wo={key: opened.value},
            data_wo_revision=opened.revision,
            depends_on=before or None,
        )


def _requests(cpu: str, memory: str) -> dict[str, Value]:
    return {"requests": {"cpu": cpu, "memory": memory}}


def _claims_go(cluster: Cluster) -> dict[str, Value]:
    """Return what becomes of volumes when the stack is destroyed: kept where the cluster is protected."""
    return {"whenDeleted": "Retain" if cluster.protect else "Delete", "whenScaled": "Retain"}


def _alertmanager(cluster: Cluster) -> dict[str, Value]:
    receiver = cluster.monitoring.receiver
    return {
        "enabled": True,
        "config": alerting.configuration(receiver),
        "ingress": {"enabled": False},
        "alertmanagerSpec": {
            **placement(),
            "replicas": 2,
            "secrets": [alerting.CREDENTIALS],
            "podMetadata": {"annotations": {RECEIVER_REVISION_KEY: str(receiver.secret.revision)}},
            "storage": claim(ALERTMANAGER_STORAGE),
            "persistentVolumeClaimRetentionPolicy": _claims_go(cluster),
            "resources": _requests("50m", "64Mi"),
        },
    }


def _prometheus(cluster: Cluster) -> dict[str, Value]:
    settings = cluster.monitoring
    every_namespace = dict.fromkeys(
        (
            "podMonitorSelectorNilUsesHelmValues",
            "probeSelectorNilUsesHelmValues",
            "ruleSelectorNilUsesHelmValues",
            "scrapeConfigSelectorNilUsesHelmValues",
            "serviceMonitorSelectorNilUsesHelmValues",
        ),
        False,
    )
    return {
        "enabled": True,
        "ingress": {"enabled": False},
        "prometheusSpec": {
            **every_namespace,
            "affinity": node_affinity(),
            "tolerations": tolerations(),
            "replicas": 1,
            "externalLabels": {"cluster": cluster.name},
            "retention": f"{settings.retention}d",
            "retentionSize": f"{settings.storage * 85 // 100}GiB",
            "storageSpec": claim(settings.storage),
            "persistentVolumeClaimRetentionPolicy": _claims_go(cluster),
            "resources": _requests("1", "16Gi"),
        },
    }


def _node_exporter() -> dict[str, Value]:
    return {
        "tolerations": [{"operator": "Exists"}],
        "priorityClassName": "system-node-critical",
        "podAnnotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": None},
        "serviceAccount": {"name": NODE_EXPORTER},
        "updateStrategy": {"rollingUpdate": {"maxUnavailable": "25%"}},
        "containerSecurityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "resources": _requests("50m", "32Mi"),
    }


def _kube_state_metrics() -> dict[str, Value]:
    return {**placement(), "collectorsExclude": ["secrets"], "resources": _requests("100m", "256Mi")}


def _operator() -> dict[str, Value]:
    return {
        **placement(),
        "admissionWebhooks": {"patch": placement()},
        "alertmanagerInstanceNamespaces": [names.MONITORING],
        "prometheusInstanceNamespaces": [names.MONITORING],
        "resources": _requests("100m", "128Mi"),
    }

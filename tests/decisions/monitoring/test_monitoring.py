"""Attacks D22: Prometheus on its group with its volume, exporters everywhere, no way in from outside."""

from __future__ import annotations

import json

import pytest

from modules.monitoring import capacity
from modules.settings import names
from modules.settings.fleet import Fleet
from tests.conftest import Stacks
from tests.decisions.emitted import Json, before, resources
from tests.decisions.monitoring.stack import CLUSTERS, monitoring, release_of, stack_of
from tests.decisions.rendering import Helm, needs, of_kind, pod_specs, without_effect

TOLERATION = {"key": "monitoring-node", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
GROUP = [{"key": "cloud-platform.justice.gov.uk/monitoring-ng", "operator": "In", "values": ["true"]}]


def pinned(spec: Json) -> bool:
    """Whether a pod of `spec` runs on the Prometheus group and nowhere else."""
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return bool(required["nodeSelectorTerms"] == [{"matchExpressions": GROUP}] and spec["tolerations"] == [TOLERATION])


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_chart_is_pinned_and_comes_after_all_it_uses(synthesized: Stacks, cluster: str) -> None:
    release = release_of(synthesized, cluster)
    assert (release["repository"], release["chart"], release["version"]) == (
        "https://prometheus-community.github.io/helm-charts",
        "kube-prometheus-stack",
        "88.5.3",
    )
    assert {
        "kubernetes_namespace_v1.namespaces_monitoring",
        "kubernetes_secret_v1.monitoring_receiver_secret",
        "kubernetes_secret_v1.monitoring_grafana_secret",
        "kubernetes_storage_class_v1.monitoring_storage",
    } <= before(stack_of(synthesized, cluster), "helm_release.monitoring")


@pytest.mark.parametrize(
    "path",
    [
        ("prometheus", "prometheusSpec"),
        ("alertmanager", "alertmanagerSpec"),
        ("prometheusOperator",),
        ("prometheusOperator", "admissionWebhooks", "patch"),
        ("kube-state-metrics",),
        ("grafana",),
    ],
)
def test_every_part_but_the_node_exporter_runs_on_the_prometheus_group(
    synthesized: Stacks, path: tuple[str, ...]
) -> None:
    spec = monitoring(synthesized)
    for key in path:
        spec = spec[key]
    assert pinned(spec)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_group_and_pods_agree_on_label_and_taint(synthesized: Stacks, cluster: str) -> None:
    groups = resources(synthesized[cluster], "aws_eks_node_group").values()
    (group,) = [each for each in groups if names.MONITORING_LABEL in each.get("labels", {})]
    assert group["labels"][names.MONITORING_LABEL] == "true"
    (taint,) = group["taint"]
    assert (taint["key"], taint["value"], taint["effect"]) == ("monitoring-node", "true", "NO_SCHEDULE")


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_metrics_lie_on_an_encrypted_volume_in_the_groups_zone(synthesized: Stacks, fleet: Fleet, cluster: str) -> None:
    settings = next(each for each in fleet.clusters if each.name == cluster)
    (storage,) = resources(stack_of(synthesized, cluster), "kubernetes_storage_class_v1").values()
    assert storage["storage_provisioner"] == "ebs.csi.aws.com"
    assert storage["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert storage["volume_binding_mode"] == "WaitForFirstConsumer"
    assert storage["allowed_topologies"] == {
        "match_label_expressions": [{"key": "topology.kubernetes.io/zone", "values": [settings.prometheus.zone]}]
    }
    spec = monitoring(synthesized, cluster)["prometheus"]["prometheusSpec"]
    claim = spec["storageSpec"]["volumeClaimTemplate"]["spec"]
    assert claim["storageClassName"] == storage["metadata"]["name"]
    assert claim["resources"]["requests"]["storage"] == f"{settings.monitoring.storage}Gi"
    assert spec["replicas"] == 1, "one volume, which either node can mount"


def test_prometheus_leaves_room_on_its_volume(synthesized: Stacks) -> None:
    spec = monitoring(synthesized)["prometheus"]["prometheusSpec"]
    assert spec["retention"] == "1d"
    assert spec["retentionSize"] == "63GiB"


def test_volumes_go_with_a_cluster_that_is_not_protected_and_stay_else(synthesized: Stacks) -> None:
    for cluster, deleted in (("live", "Retain"), ("test", "Delete")):
        values = monitoring(synthesized, cluster)
        for spec in (values["prometheus"]["prometheusSpec"], values["alertmanager"]["alertmanagerSpec"]):
            assert spec["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == deleted


def test_the_node_exporter_tolerates_every_taint(synthesized: Stacks) -> None:
    exporter = monitoring(synthesized)["prometheus-node-exporter"]
    assert exporter["tolerations"] == [{"operator": "Exists"}]
    assert {"affinity", "nodeSelector"}.isdisjoint(exporter)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_secrets_are_write_only(synthesized: Stacks, cluster: str) -> None:
    stack = stack_of(synthesized, cluster)
    held = {each["metadata"]["name"]: each for each in resources(stack, "kubernetes_secret_v1").values()}
    assert set(held) == {"alert-receiver", "grafana-client"}
    for secret in held.values():
        assert {"data", "binary_data"}.isdisjoint(secret)
        (value,) = secret["data_wo"].values()
        assert value.startswith("${ephemeral.aws_ssm_parameter.")
        assert secret["data_wo_revision"] == 1
    assert "ephemeral.aws" not in json.dumps(stack["locals"])


def test_prometheus_and_alertmanager_have_no_way_in(synthesized: Stacks) -> None:
    values = monitoring(synthesized)
    assert values["prometheus"]["ingress"] == {"enabled": False}
    assert values["alertmanager"]["ingress"] == {"enabled": False}
    assert values["grafana"]["ingress"]["tls"] == [
        {"hosts": values["grafana"]["ingress"]["hosts"], "secretName": "grafana-tls"}
    ]


def test_what_eks_does_not_show_is_not_scraped(synthesized: Stacks) -> None:
    values = monitoring(synthesized)
    for target in ("kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler"):
        assert values[target] == {"enabled": False}


def test_no_value_is_without_effect(synthesized: Stacks, helm: Helm) -> None:
    assert without_effect(helm, stack_of(synthesized), "monitoring") == []


def test_rendered_pods_need_no_more_than_the_settings_grant(rendered: list[Json], fleet: Fleet) -> None:
    namespace = next(each for each in fleet.organisation.platform_namespaces if each.name == "monitoring")
    (granted,) = namespace.privileged_service_accounts
    asking = {}
    for name, pod in pod_specs(rendered).items():
        asked = needs(pod)
        if any(asked.values()):
            asking[name] = (pod["serviceAccountName"], asked)
    assert asking == {
        "DaemonSet/monitoring-prometheus-node-exporter": (
            granted.service_account,
            {
                "host_namespaces": set(granted.host_namespaces),
                "host_paths": set(granted.host_paths),
                "capabilities": set(),
                "privileged": False,
            },
        )
    }


def test_rendered_pods_are_where_they_belong(rendered: list[Json]) -> None:
    pods = pod_specs(rendered)
    exporter = pods.pop("DaemonSet/monitoring-prometheus-node-exporter")
    assert exporter["tolerations"] == [{"operator": "Exists"}]
    assert sorted(pods) == [
        "Deployment/monitoring-grafana",
        "Deployment/monitoring-kube-state-metrics",
        "Deployment/monitoring-operator",
        "Job/monitoring-admission-create",
        "Job/monitoring-admission-patch",
    ]
    operated = [each["spec"] for each in of_kind(rendered, "Prometheus", "Alertmanager")]
    assert len(operated) == 2
    assert all(pinned(each) for each in (*pods.values(), *operated))


def test_rendered_prometheus_takes_every_rule_and_monitor(rendered: list[Json]) -> None:
    (prometheus,) = of_kind(rendered, "Prometheus")
    for selector in ("ruleSelector", "serviceMonitorSelector", "podMonitorSelector"):
        assert prometheus["spec"][selector] == {}
    assert prometheus["spec"]["alerting"]["alertmanagers"][0]["name"] == "monitoring-alertmanager"
    assert prometheus["spec"]["storage"]["volumeClaimTemplate"]["spec"]["storageClassName"] == "prometheus"
    rules = [
        rule["alert"]
        for each in of_kind(rendered, "PrometheusRule")
        for group in each["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    assert rules.count(capacity.ALERT) == 3
    unreachable = {"etcdMembersDown", "KubeControllerManagerDown", "KubeProxyDown", "KubeSchedulerDown"}
    assert unreachable.isdisjoint(rules)


def test_rendered_services_are_inside_alone(rendered: list[Json]) -> None:
    assert {each["spec"].get("type", "ClusterIP") for each in of_kind(rendered, "Service")} == {"ClusterIP"}

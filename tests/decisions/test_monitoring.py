"""Attacks D22: Prometheus on its group with its volume, exporters everywhere, an alert that somebody hears, Grafana shut."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import jmespath
import pytest
import yaml

from modules.monitoring import alerting, capacity, grafana
from modules.settings import names
from modules.settings.fields import Secret
from modules.settings.fleet import Fleet
from modules.settings.workloads import AlertReceiver
from tests.conftest import Stacks
from tests.decisions.emitted import Json, before, resources, values_of
from tests.decisions.rendering import Helm, needs, of_kind, pod_specs, without_effect

CLUSTERS = ("live", "manager", "test")
Variant = Callable[[dict[str, Any]], Stacks]
TOLERATION = {"key": "monitoring-node", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
GROUP = [{"key": "cloud-platform.justice.gov.uk/monitoring-ng", "operator": "In", "values": ["true"]}]


def stack_of(stacks: Stacks, cluster: str = "live") -> Json:
    return stacks[f"{cluster}-workloads"]


def release_of(stacks: Stacks, cluster: str = "live") -> Json:
    return resources(stack_of(stacks, cluster), "helm_release")["monitoring"]


def monitoring(stacks: Stacks, cluster: str = "live") -> Json:
    return values_of(stack_of(stacks, cluster), release_of(stacks, cluster))


def pinned(spec: Json) -> bool:
    """Whether a pod of `spec` runs on the Prometheus group and nowhere else."""
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return bool(required["nodeSelectorTerms"] == [{"matchExpressions": GROUP}] and spec["tolerations"] == [TOLERATION])


def with_receiver(data: dict[str, Any], **receiver: Any) -> dict[str, Any]:
    live = next(each for each in data["clusters"] if each["name"] == "live")
    live["monitoring"]["receiver"] |= receiver
    return data


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


def test_the_alert_weighs_what_is_asked_for_against_what_there_is(synthesized: Stacks) -> None:
    ((group,),) = (each["groups"] for each in monitoring(synthesized)["additionalPrometheusRulesMap"].values())
    low = [each for each in group["rules"] if each["alert"] == capacity.ALERT]
    assert [each["labels"]["resource"] for each in low] == ["pods", "cpu", "memory"]
    for rule in low:
        resource = rule["labels"]["resource"]
        assert f'kube_node_status_allocatable{{resource="{resource}"}}' in rule["expr"]
        asked = (
            "kube_pod_info" if resource == "pods" else f'kube_pod_container_resource_requests{{resource="{resource}"'
        )
        assert asked in rule["expr"]
        assert rule["expr"].count('kube_node_spec_taint{key="monitoring-node"}') == 2, "the other group is no capacity"
        assert rule["expr"].endswith(">= 80")
        assert (rule["for"], rule["labels"]["severity"]) == ("15m", "warning")


def test_its_threshold_is_the_settings(variant: Variant, fleet_data: dict[str, Any]) -> None:
    live = next(each for each in fleet_data["clusters"] if each["name"] == "live")
    live["monitoring"]["low_capacity_threshold"] = 65
    expressions = [
        rule["expr"]
        for rule in monitoring(variant(fleet_data))["additionalPrometheusRulesMap"]["capacity"]["groups"][0]["rules"]
        if rule["alert"] == capacity.ALERT
    ]
    assert [each.rpartition(" ")[2] for each in expressions] == ["65", "65", "65"]


def test_missing_metrics_are_an_alert_of_their_own(synthesized: Stacks) -> None:
    rules = monitoring(synthesized)["additionalPrometheusRulesMap"]["capacity"]["groups"][0]["rules"]
    (unknown,) = [each for each in rules if each["alert"] == capacity.UNKNOWN_ALERT]
    for series in ("kube_node_status_allocatable", "kube_pod_info", "kube_pod_container_resource_requests"):
        assert series in unknown["expr"]
    assert unknown["labels"]["severity"] == "critical"


@pytest.mark.parametrize(
    ("kind", "channel", "section", "file_key"),
    [
        ("slack", "#alarms", "slack_configs", "api_url_file"),
        ("pagerduty", None, "pagerduty_configs", "routing_key_file"),
        ("webhook", None, "webhook_configs", "url_file"),
    ],
)
def test_every_alert_reaches_the_receiver_whose_secret_is_a_file(
    kind: str, channel: str | None, section: str, file_key: str
) -> None:
    receiver = AlertReceiver.model_validate({"kind": kind, "channel": channel, "secret": Secret(parameter="/a/b")})
    configured: Json = alerting.configuration(receiver)
    route = configured["route"]
    (exception,) = route["routes"]
    assert exception == {"receiver": "null", "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}
    (target,) = [each for each in configured["receivers"] if each["name"] == route["receiver"]]
    (delivery,) = target[section]
    assert delivery[file_key] == "/etc/alertmanager/secrets/alert-receiver/receiver"
    assert delivery.get("channel") == channel


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


def test_a_new_receiver_secret_is_sent_and_restarts_alertmanager(
    synthesized: Stacks, variant: Variant, fleet_data: dict[str, Any]
) -> None:
    secret = {"parameter": "/cloud-platform/live/monitoring/alert-receiver", "revision": 2}
    stacks = variant(with_receiver(fleet_data, secret=secret))
    held = resources(stack_of(stacks), "kubernetes_secret_v1")
    assert held["monitoring_receiver_secret"]["data_wo_revision"] == 2
    assert held["monitoring_grafana_secret"]["data_wo_revision"] == 1
    old, new = (monitoring(each)["alertmanager"]["alertmanagerSpec"] for each in (synthesized, stacks))
    assert old.pop("podMetadata") != new.pop("podMetadata")
    assert old == new


def test_a_new_client_secret_is_sent_and_restarts_grafana(
    synthesized: Stacks, variant: Variant, fleet_data: dict[str, Any]
) -> None:
    live = next(each for each in fleet_data["clusters"] if each["name"] == "live")
    live["components_client_secret"]["revision"] = 3
    stacks = variant(fleet_data)
    assert resources(stack_of(stacks), "kubernetes_secret_v1")["monitoring_grafana_secret"]["data_wo_revision"] == 3
    old, new = (monitoring(each)["grafana"] for each in (synthesized, stacks))
    assert old.pop("podAnnotations") != new.pop("podAnnotations")
    assert old == new


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_grafana_admits_by_the_components_client_alone(synthesized: Stacks, fleet: Fleet, cluster: str) -> None:
    values = monitoring(synthesized, cluster)["grafana"]
    ini = values["grafana.ini"]
    assert ini["auth"]["disable_login_form"] is True
    assert ini["auth.anonymous"]["enabled"] is False
    assert ini["auth.basic"]["enabled"] is False
    assert ini["security"]["disable_initial_admin_creation"] is True
    assert [key for key in ini if key.startswith("auth.") and ini[key]["enabled"]] == ["auth.generic_oauth"]
    oauth = ini["auth.generic_oauth"]
    parameter = stack_of(synthesized, cluster)["data"]["aws_ssm_parameter"]["monitoring_client_id"]["name"]
    assert parameter == names.client_id_parameter(cluster, "components")
    assert oauth["client_id"] == "${data.aws_ssm_parameter.monitoring_client_id.insecure_value}"
    assert oauth["auth_url"] == f"{fleet.tenant.issuer}authorize"
    assert oauth["auto_login"] is True
    mount = values["extraSecretMounts"][0]
    assert oauth["client_secret"] == "$__file{" + mount["mountPath"] + "/client-secret}"
    assert mount["secretName"] == "grafana-client"


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_grafanas_callback_is_one_of_the_client(synthesized: Stacks, cluster: str) -> None:
    clients = resources(synthesized[f"{cluster}-login"], "auth0_client").values()
    (client,) = [each for each in clients if each["name"] == f"{cluster}:components"]
    root = monitoring(synthesized, cluster)["grafana"]["grafana.ini"]["server"]["root_url"]
    assert f"{root}login/generic_oauth" in client["callbacks"]


def test_roles_follow_the_groups_claim_strictly(synthesized: Stacks, fleet: Fleet) -> None:
    oauth = monitoring(synthesized)["grafana"]["grafana.ini"]["auth.generic_oauth"]
    assert oauth["role_attribute_strict"] is True
    assert oauth["role_attribute_path"] == (
        "contains(\"https://k8s.integration.dsd.io/groups\"[*], 'webops') && 'Admin' || 'Viewer'"
    )
    assert oauth["role_attribute_path"] == grafana.role_attribute_path(
        groups_claim=fleet.tenant.groups_claim, admin_team=fleet.organisation.admin_team
    )


CLAIM = "https://k8s.integration.dsd.io/groups"


@pytest.mark.parametrize(
    ("token", "role"),
    [
        ({CLAIM: ["webops", "other"]}, "Admin"),
        ({CLAIM: ["other"]}, "Viewer"),
        ({CLAIM: []}, "Viewer"),
        ({CLAIM: ["webops-readers", "not-webops"]}, "Viewer"),
    ],
)
def test_the_admin_team_alone_administers_grafana(token: dict[str, Any], role: str) -> None:
    path = grafana.role_attribute_path(groups_claim=CLAIM, admin_team="webops")
    assert jmespath.search(path, token) == role


@pytest.mark.parametrize("token", [{}, {CLAIM: None}, {CLAIM: "webops"}, {"groups": ["webops"]}])
def test_without_a_list_of_groups_there_is_no_role(token: dict[str, Any]) -> None:
    path = grafana.role_attribute_path(groups_claim=CLAIM, admin_team="webops")
    with pytest.raises(jmespath.exceptions.JMESPathTypeError):
        jmespath.search(path, token)


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


@pytest.fixture(scope="module")
def rendered(synthesized: Stacks, helm: Helm) -> list[Json]:
    return helm.template(stack_of(synthesized), "monitoring")


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


def test_rendered_alertmanager_has_the_configuration_and_the_mounted_secret(rendered: list[Json]) -> None:
    (secret,) = of_kind(rendered, "Secret")
    configured = yaml.safe_load(base64.b64decode(secret["data"]["alertmanager.yaml"]))
    assert configured["route"]["receiver"] == "platform"
    assert {each["name"] for each in configured["receivers"]} == {"null", "platform"}
    (alertmanager,) = of_kind(rendered, "Alertmanager")
    assert alertmanager["spec"]["secrets"] == ["alert-receiver"]
    assert alertmanager["spec"]["podMetadata"]["annotations"]


def test_rendered_grafana_starts_without_password_and_has_the_only_way_in(rendered: list[Json]) -> None:
    assert [each["metadata"]["name"] for each in of_kind(rendered, "Secret")] == [
        "alertmanager-monitoring-alertmanager"
    ]
    (ingress,) = of_kind(rendered, "Ingress")
    assert ingress["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt-production"}
    assert ingress["spec"]["ingressClassName"] == "default"
    pod = pod_specs(rendered)["Deployment/monitoring-grafana"]
    (reader,) = pod["initContainers"]
    assert {"name": "METHOD", "value": "LIST"} in reader["env"], "one that watches never ends"
    for container in (*pod["containers"], reader):
        assert not [each for each in container["env"] if each["name"] in ("REQ_URL", "REQ_USERNAME")]
    assert not [each for each in of_kind(rendered, "ClusterRole") if "grafana" in each["metadata"]["name"]]


def test_rendered_services_are_inside_alone(rendered: list[Json]) -> None:
    assert {each["spec"].get("type", "ClusterIP") for each in of_kind(rendered, "Service")} == {"ClusterIP"}

"""Attacks D22's alerts: the low-capacity alert stands in the release, and somebody hears it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from modules.monitoring import alerting, capacity
from modules.settings.fields import Secret
from modules.settings.workloads import AlertReceiver
from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted import Json, resources
from tests.decisions.monitoring.stack import monitoring, stack_of
from tests.decisions.rendering import of_kind


def with_receiver(data: dict[str, Any], **receiver: Any) -> dict[str, Any]:
    live = next(each for each in data["clusters"] if each["name"] == "live")
    live["monitoring"]["receiver"] |= receiver
    return data


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
        for rule in monitoring(variant(only(fleet_data, "live")))["additionalPrometheusRulesMap"]["capacity"]["groups"][
            0
        ]["rules"]
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


def test_a_new_receiver_secret_is_sent_and_restarts_alertmanager(
    synthesized: Stacks, variant: Variant, fleet_data: dict[str, Any]
) -> None:
    secret = {"parameter": "/cloud-platform/live/monitoring/alert-receiver", "revision": 2}
    stacks = variant(only(with_receiver(fleet_data, secret=secret), "live"))
    held = resources(stack_of(stacks), "kubernetes_secret_v1")
    assert held["monitoring_receiver_secret"]["data_wo_revision"] == 2
    assert held["monitoring_grafana_secret"]["data_wo_revision"] == 1
    old, new = (monitoring(each)["alertmanager"]["alertmanagerSpec"] for each in (synthesized, stacks))
    assert old.pop("podMetadata") != new.pop("podMetadata")
    assert old == new


def test_rendered_alertmanager_has_the_configuration_and_the_mounted_secret(rendered: list[Json]) -> None:
    (secret,) = of_kind(rendered, "Secret")
    configured = yaml.safe_load(base64.b64decode(secret["data"]["alertmanager.yaml"]))
    assert configured["route"]["receiver"] == "platform"
    assert {each["name"] for each in configured["receivers"]} == {"null", "platform"}
    (alertmanager,) = of_kind(rendered, "Alertmanager")
    assert alertmanager["spec"]["secrets"] == ["alert-receiver"]
    assert alertmanager["spec"]["podMetadata"]["annotations"]

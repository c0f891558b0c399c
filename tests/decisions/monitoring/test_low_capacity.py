"""Attacks D22's alert with Prometheus' own rule engine: it fires when the main group is short, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from modules.monitoring import capacity
from tests import alerts
from tests.alerts import MINUTES, firing

MAIN, OTHER = "main-1", "prometheus-1"


@dataclass
class Cluster:
    """What kube-state-metrics tells of a cluster of two main nodes and one of the Prometheus group."""

    requested: dict[str, float] = field(default_factory=lambda: {"cpu": 2.0, "memory": 8.0})
    pods: int = 10
    node: str = MAIN
    phase: str = "Running"
    reporters: tuple[str, ...] = ("10.0.0.1",)
    unschedulable: tuple[str, ...] = ()
    not_ready: tuple[str, ...] = ()
    nodes: tuple[str, ...] = (MAIN, "main-2", OTHER)

    def metrics(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """Each metric with its labels and its one value: two main nodes offer 8 CPU, 32 bytes and 20 pods."""
        for node in self.nodes:
            for resource, value in (("cpu", 4.0), ("memory", 16.0), ("pods", 10.0)):
                yield "kube_node_status_allocatable", {"node": node, "resource": resource}, value
            yield "kube_node_spec_unschedulable", {"node": node}, float(node in self.unschedulable)
            ready = {"node": node, "condition": "Ready", "status": "true"}
            yield "kube_node_status_condition", ready, float(node not in self.not_ready)
        taint = {"node": OTHER, "key": "monitoring-node", "value": "true", "effect": "NoSchedule"}
        yield "kube_node_spec_taint", taint, 1.0
        for number in range(self.pods):
            pod = {"namespace": "team", "pod": f"pod-{number}"}
            yield "kube_pod_info", {**pod, "node": self.node, "host_ip": "10.1.0.1"}, 1.0
            for phase in ("Pending", "Running", "Succeeded", "Failed", "Unknown"):
                yield "kube_pod_status_phase", {**pod, "phase": phase}, float(phase == self.phase)
            for resource, total in self.requested.items():
                asked = {**pod, "container": "app", "node": self.node, "resource": resource}
                yield "kube_pod_container_resource_requests", asked, total / self.pods

    def series(self) -> list[dict[str, Any]]:
        """The series as scraped: each reporter adds its own instance."""
        found = []
        for reporter in self.reporters:
            for name, labels, value in self.metrics():
                text = ", ".join(f'{key}="{each}"' for key, each in {**labels, "instance": reporter}.items())
                found.append({"series": f"{name}{{{text}}}", "values": [value] * (MINUTES + 1)})
        return found


def evaluate(evaluator: Path, series: list[dict[str, Any]], threshold: int = 80) -> alerts.Report:
    made: Any = capacity.rules(threshold)
    (group,) = made["groups"]
    return alerts.evaluate(evaluator, group["rules"], series)


def low(*resources: str) -> set[tuple[str, str]]:
    return {(capacity.ALERT, resource) for resource in resources}


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        pytest.param(Cluster(), set(), id="plenty"),
        pytest.param(Cluster(requested={"cpu": 6.4, "memory": 8.0}), low("cpu"), id="cpu at the threshold"),
        pytest.param(Cluster(requested={"cpu": 6.3, "memory": 8.0}), set(), id="cpu just below"),
        pytest.param(Cluster(requested={"cpu": 2.0, "memory": 26.0}), low("memory"), id="memory"),
        pytest.param(Cluster(pods=16), low("pods"), id="pods"),
        pytest.param(
            Cluster(requested={"cpu": 4.0, "memory": 16.0}, reporters=("10.0.0.1", "10.0.0.2")),
            set(),
            id="pods that two kube-state-metrics report count once",
        ),
        pytest.param(
            Cluster(requested={"cpu": 6.4, "memory": 8.0}, reporters=("10.0.0.1", "10.0.0.2")),
            low("cpu"),
            id="nodes that two kube-state-metrics report count once",
        ),
        pytest.param(
            Cluster(requested={"cpu": 7.0, "memory": 30.0}, pods=20, phase="Succeeded"), set(), id="finished pods"
        ),
        pytest.param(
            Cluster(requested={"cpu": 7.0, "memory": 30.0}, pods=20, phase="Pending"),
            low("cpu", "memory", "pods"),
            id="pods that start",
        ),
        pytest.param(
            Cluster(requested={"cpu": 9.0, "memory": 40.0}, pods=20, node=OTHER), set(), id="pods of the other group"
        ),
        pytest.param(
            Cluster(requested={"cpu": 3.5, "memory": 2.0}, pods=5, unschedulable=("main-2",)),
            low("cpu"),
            id="a cordoned node is no capacity",
        ),
        pytest.param(
            Cluster(requested={"cpu": 3.5, "memory": 2.0}, pods=5, not_ready=("main-2",)),
            low("cpu"),
            id="a node that is not ready is no capacity",
        ),
    ],
)
def test_it_fires_when_the_main_group_is_short(
    evaluator: Path, cluster: Cluster, expected: set[tuple[str, str]]
) -> None:
    report = evaluate(evaluator, cluster.series())
    assert firing(report) == expected
    assert report["selectors_without_series"] == []


@pytest.mark.parametrize(
    "cluster",
    [
        pytest.param(Cluster(nodes=(OTHER,)), id="no main node"),
        pytest.param(Cluster(not_ready=(MAIN, "main-2")), id="no main node is ready"),
        pytest.param(Cluster(pods=0), id="no pod is reported"),
    ],
)
def test_what_cannot_be_told_is_an_alert(evaluator: Path, cluster: Cluster) -> None:
    assert (capacity.UNKNOWN_ALERT, "") in firing(evaluate(evaluator, cluster.series()))


def test_nothing_scraped_is_an_alert(evaluator: Path) -> None:
    assert (capacity.UNKNOWN_ALERT, "") in firing(evaluate(evaluator, []))


def test_the_threshold_moves_it(evaluator: Path) -> None:
    cluster = Cluster(requested={"cpu": 4.4, "memory": 8.0})
    assert firing(evaluate(evaluator, cluster.series(), threshold=60)) == set()
    assert firing(evaluate(evaluator, cluster.series(), threshold=55)) == low("cpu")


def test_it_says_what_to_do(evaluator: Path) -> None:
    report = evaluate(evaluator, Cluster(requested={"cpu": 7.2, "memory": 8.0}).series())
    (fired,) = [one for alert in report["alerts"] for one in alert["instances"] if one["state"] == "firing"]
    assert fired["annotations"]["description"].startswith("90 % of the main group's allocatable cpu is requested")
    assert "main.size.desired" in fired["annotations"]["description"]

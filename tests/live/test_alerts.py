"""The emitted low-capacity rule in Prometheus's own engine, on series of the cluster as the API server has it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests import alerts
from tests.conftest import Stacks
from tests.decisions.emitted import values_of
from tests.live.agents import Agents
from tests.live.client import Client
from tests.live.conftest import CLUSTER
from tests.live.kube_state_metrics import samples, series
from tests.live.nodes import GROUP
from tests.live.servers import Servers

Json = Any


@pytest.fixture(scope="module")
def rules(synthesized: Stacks) -> list[Json]:
    """The emitted rules on capacity, as Helm gets them."""
    stack = synthesized[f"{CLUSTER}-workloads"]
    values = values_of(stack, stack["resource"]["helm_release"]["monitoring"])
    (group,) = values["additionalPrometheusRulesMap"]["capacity"]["groups"]
    return list(group["rules"])


@pytest.fixture(scope="module")
def admin(servers: Servers, agents: Agents) -> Client:
    """The cluster with the platform's agents and nothing else on its nodes."""
    for name in agents.workloads:
        agents.must_run(servers.admin, name)
    return servers.admin


@pytest.fixture
def nodes_now(admin: Client) -> list[Json]:
    """The nodes as the API server has them."""
    return admin.items("/api/v1/nodes")


@pytest.fixture
def pods_now(admin: Client) -> list[Json]:
    """The pods as the API server has them."""
    return admin.items("/api/v1/pods")


def named(nodes: list[Json], group: str) -> list[str]:
    return [each["metadata"]["name"] for each in nodes if each["metadata"]["labels"][GROUP] == group]


def filled(pods: list[Json], names: list[str], each_to: int, **requests: str) -> list[Json]:
    """The pods with more of them, so that every node of `names` has `each_to`."""
    found = list(pods)
    for node in names:
        already = sum(each["spec"].get("nodeName") == node for each in pods)
        for number in range(each_to - already):
            more = copy.deepcopy(pods[0])
            more["metadata"] = {"namespace": "filler", "name": f"{node}-{number}"}
            more["status"] = {"phase": "Running"}
            more["spec"] = {"nodeName": node, "containers": [{"name": "main", "resources": {"requests": requests}}]}
            found.append(more)
    return found


def firing(evaluator: Path, rules: list[Json], nodes: list[Json], pods: list[Json]) -> set[tuple[str, str]]:
    """Name and resource of each alert that fires at the end."""
    report = alerts.evaluate(evaluator, rules, series(samples(nodes, pods), alerts.MINUTES))
    assert report["selectors_without_series"] == []
    return alerts.firing(report)


def low(*resources: str) -> set[tuple[str, str]]:
    return {("MainNodeGroupCapacityLow", each) for each in resources}


def test_it_is_silent_on_the_cluster_as_it_starts(
    evaluator: Path, rules: list[Json], nodes_now: list[Json], pods_now: list[Json]
) -> None:
    assert firing(evaluator, rules, nodes_now, pods_now) == set()


def test_it_fires_when_the_main_group_is_full_of_pods(
    evaluator: Path, rules: list[Json], nodes_now: list[Json], pods_now: list[Json]
) -> None:
    pods = filled(pods_now, named(nodes_now, "main"), 110)
    assert firing(evaluator, rules, nodes_now, pods) == low("pods")


def test_it_fires_before_the_group_is_full_and_not_long_before(
    evaluator: Path, rules: list[Json], nodes_now: list[Json], pods_now: list[Json]
) -> None:
    main = named(nodes_now, "main")
    assert firing(evaluator, rules, nodes_now, filled(pods_now, main, 88)) == low("pods")
    assert firing(evaluator, rules, nodes_now, filled(pods_now, main, 87)) == set()


def test_it_fires_when_the_requests_of_few_pods_fill_it(
    evaluator: Path, rules: list[Json], nodes_now: list[Json], pods_now: list[Json]
) -> None:
    pods = filled(pods_now, named(nodes_now, "main"), 30, memory="1500Mi")
    assert firing(evaluator, rules, nodes_now, pods) == low("memory")


def test_a_full_prometheus_group_is_no_reason(
    evaluator: Path, rules: list[Json], nodes_now: list[Json], pods_now: list[Json]
) -> None:
    pods = filled(pods_now, named(nodes_now, "prometheus"), 58, cpu="150m", memory="1Gi")
    assert firing(evaluator, rules, nodes_now, pods) == set()


def test_pods_that_wait_for_another_reason_or_ended_are_no_reason(
    evaluator: Path, rules: list[Json], nodes_now: list[Json], pods_now: list[Json]
) -> None:
    more = filled(pods_now, named(nodes_now, "main"), 110, cpu="1")
    for each in more[len(pods_now) :]:
        each["status"]["phase"] = "Succeeded"
    assert firing(evaluator, rules, nodes_now, more) == set()
    for each in more[len(pods_now) :]:
        each["status"]["phase"] = "Pending"
        del each["spec"]["nodeName"]
    assert firing(evaluator, rules, nodes_now, more) == set()

"""The real scheduler and controllers place pods on nodes as the emitted node groups would give them."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Stacks
from tests.decisions.emitted import values_of
from tests.live.agents import SHIPPED, Agents
from tests.live.applied import namespace
from tests.live.client import Client, eventually
from tests.live.conftest import CLUSTER, SMALL_CLUSTER
from tests.live.nodes import GROUP, ZONE, has_prefix_delegation, join, leave, room_for_pods
from tests.live.pods import IMAGE, pods_of, service_account, spec, workload
from tests.live.servers import Servers
from tests.live.volumes import provisioner

Json = Any
FILLER = "filler"
TENANT = "prison-visits-staging"
PROMETHEUS_ZONE = "eu-west-2b"


@pytest.fixture(scope="module")
def admin(servers: Servers, agents: Agents) -> Client:
    """The cluster with its nodes and agents."""
    for name in agents.workloads:
        agents.must_run(servers.admin, name)
    return servers.admin


@pytest.fixture(scope="module")
def by_name(nodes: list[Json]) -> dict[str, Json]:
    """The labels of each node."""
    return {each["metadata"]["name"]: each["metadata"]["labels"] for each in nodes}


@pytest.fixture(scope="module")
def volumes(admin: Client) -> Iterator[None]:
    """Claims get their volumes."""
    with provisioner(admin):
        yield


@pytest.fixture(scope="module")
def prometheus(admin: Client, synthesized: Stacks, volumes: None) -> Json:
    """Prometheus as its operator makes it of the emitted settings."""
    stack = synthesized[f"{CLUSTER}-workloads"]
    values = values_of(stack, stack["resource"]["helm_release"]["monitoring"])["prometheus"]["prometheusSpec"]
    claim = values["storageSpec"]["volumeClaimTemplate"]
    template = {
        **{
            key: values[key]
            for key in ("affinity", "tolerations", "nodeSelector", "priorityClassName")
            if key in values
        },
        "containers": [{"name": "prometheus", "image": IMAGE, "resources": values["resources"]}],
    }
    made = workload(
        "StatefulSet",
        "monitoring",
        "prometheus",
        template,
        serviceName="prometheus",
        replicas=values.get("replicas", 1),
        volumeClaimTemplates=[{"metadata": {"name": "db"}, **claim}],
    )
    admin.create(made).or_raise()
    return made


def places(admin: Client, made: Json) -> list[str]:
    """The node of each pod of a workload, empty where it has none."""
    labels = made["spec"]["selector"]["matchLabels"]
    found = pods_of(admin, made["metadata"]["namespace"], **labels)
    return [each["spec"].get("nodeName", "") for each in found]


def settled(admin: Client, made: Json, count: int, *, pending: int = 0) -> list[str]:
    """The nodes of a workload's pods, once it has `count` pods and the scheduler has left `pending` of them."""
    found = eventually(
        lambda: places(admin, made),
        lambda seen: len(seen) == count and seen.count("") == pending,
        seconds=60,
    )
    return [each for each in found if each]


def unplaced(admin: Client, made: Json) -> list[str]:
    """Why the scheduler found no node for pods of a workload, one message for each."""
    labels = made["spec"]["selector"]["matchLabels"]
    found = pods_of(admin, made["metadata"]["namespace"], **labels)
    conditions = [condition for each in found for condition in each["status"].get("conditions", [])]
    return [str(each["message"]) for each in conditions if each.get("reason") == "Unschedulable"]


def waiting(admin: Client, made: Json, count: int) -> list[str]:
    """Why `count` pods of a workload wait, once the scheduler has looked for a node for each of them."""
    return eventually(lambda: unplaced(admin, made), lambda seen: len(seen) == count, seconds=60)


def members(by_name: dict[str, Json], group: str) -> set[str]:
    return {name for name, labels in by_name.items() if labels[GROUP] == group}


def test_nodes_have_the_room_that_the_emitted_settings_give(synthesized: Stacks) -> None:
    for cluster in (CLUSTER, SMALL_CLUSTER):
        stack = synthesized[cluster]
        groups = stack["resource"]["aws_eks_node_group"]
        delegated = has_prefix_delegation(stack)
        room = {
            name: room_for_pods(each["instance_types"], prefix_delegation=delegated) for name, each in groups.items()
        }
        assert room == {"main": 110, "prometheus": 58}
    assert room_for_pods(["r5.xlarge"], prefix_delegation=False) == 58
    assert room_for_pods(["r5.2xlarge"], prefix_delegation=True) == 110


def test_the_groups_lie_where_they_should(nodes: list[Json], by_name: dict[str, Json]) -> None:
    assert Counter(labels[GROUP] for labels in by_name.values()) == {"main": 3, "prometheus": 2}
    assert {by_name[name][ZONE] for name in members(by_name, "main")} == {"eu-west-2a", "eu-west-2b", "eu-west-2c"}
    assert {by_name[name][ZONE] for name in members(by_name, "prometheus")} == {PROMETHEUS_ZONE}


@pytest.mark.parametrize("agent", sorted(SHIPPED))
def test_an_agent_is_on_every_node(admin: Client, agents: Agents, by_name: dict[str, Json], agent: str) -> None:
    found = settled(admin, agents.workloads[agent], len(by_name))
    assert sorted(found) == sorted(by_name)


def test_typha_is_spread_over_the_zones_beside_prometheus(
    admin: Client, agents: Agents, by_name: dict[str, Json]
) -> None:
    found = settled(admin, agents.workloads["calico-typha"], 3)
    assert {by_name[each][ZONE] for each in found} == {"eu-west-2a", "eu-west-2b", "eu-west-2c"}
    assert set(found) <= members(by_name, "main")


def test_prometheus_is_on_its_group_with_its_volume_in_that_zone(
    admin: Client, prometheus: Json, by_name: dict[str, Json]
) -> None:
    (node,) = settled(admin, prometheus, 1)
    assert node in members(by_name, "prometheus")
    claims = admin.items("/api/v1/namespaces/monitoring/persistentvolumeclaims")
    (claim,) = [each for each in claims if each["metadata"]["name"] == "db-prometheus-0"]
    assert claim["metadata"]["annotations"]["volume.kubernetes.io/selected-node"] == node
    assert claim["status"]["phase"] == "Bound"


def test_prometheus_waits_for_its_group_beside_the_main_group_of_its_zone(
    admin: Client, prometheus: Json, nodes: list[Json], by_name: dict[str, Json]
) -> None:
    settled(admin, prometheus, 1)
    own = [each for each in nodes if each["metadata"]["name"] in members(by_name, "prometheus")]
    stays = [name for name in members(by_name, "main") if by_name[name][ZONE] == PROMETHEUS_ZONE]
    leave(admin, own)
    try:
        (reason,) = waiting(admin, prometheus, 1)
        assert places(admin, prometheus) == [""]
        assert f"{len(nodes) - len(own)} node(s) didn't match Pod's node affinity/selector" in reason
        assert len(stays) == 1, "its volume could follow it here"
    finally:
        join(admin, own)
    (node,) = settled(admin, prometheus, 1)
    assert node in members(by_name, "prometheus")


def test_a_node_of_its_group_in_another_zone_does_not_help_prometheus(
    admin: Client, prometheus: Json, nodes: list[Json], by_name: dict[str, Json]
) -> None:
    settled(admin, prometheus, 1)
    own = [each for each in nodes if each["metadata"]["name"] in members(by_name, "prometheus")]
    elsewhere = moved(own[0], "eu-west-2a")
    without_volume = workload("Deployment", "monitoring", "no-volume", prometheus["spec"]["template"]["spec"])
    leave(admin, own)
    join(admin, [elsewhere])
    try:
        admin.create(without_volume).or_raise()
        assert settled(admin, without_volume, 1) == [elsewhere["metadata"]["name"]], "the node would take it"
        its_volume = "1 node(s) didn't match PersistentVolume's node affinity"
        eventually(lambda: unplaced(admin, prometheus), lambda seen: its_volume in str(seen))
        assert places(admin, prometheus) == [""]
    finally:
        admin.delete(without_volume).or_raise()
        leave(admin, [elsewhere])
        join(admin, own)
    settled(admin, prometheus, 1)


def moved(node: Json, zone: str) -> Json:
    """A node of the same group in another zone."""
    made: Json = copy.deepcopy(node)
    name = f"{node['metadata']['name']}-elsewhere"
    made["metadata"]["name"] = made["metadata"]["labels"]["kubernetes.io/hostname"] = name
    made["metadata"]["labels"][ZONE] = zone
    made["spec"]["providerID"] = f"aws:///{zone}/i-{name}"
    return made


def test_no_tenants_pod_is_on_the_prometheus_group(admin: Client, by_name: dict[str, Json]) -> None:
    made = workload("Deployment", TENANT, "service", spec(), replicas=40)
    admin.create(made).or_raise()
    found = settled(admin, made, 40)
    assert set(found) == members(by_name, "main")
    admin.delete(made).or_raise()
    aimed = workload("Deployment", TENANT, "aimed", spec(nodeSelector={GROUP: "prometheus"}), replicas=2)
    admin.create(aimed).or_raise()
    waiting(admin, aimed, 2)
    assert settled(admin, aimed, 2, pending=2) == []
    admin.delete(aimed).or_raise()


def test_the_main_group_is_full_at_the_computed_number(
    admin: Client, agents: Agents, prometheus: Json, by_name: dict[str, Json]
) -> None:
    main = members(by_name, "main")
    settled(admin, prometheus, 1)
    room = 110 * len(main)
    surplus = 7
    admin.create(namespace(FILLER, {"pod-security.kubernetes.io/enforce": "restricted"})).or_raise()
    eventually(lambda: admin.get(service_account(FILLER, "default")).ok)

    def taken() -> int:
        return sum(each["spec"].get("nodeName") in main for each in admin.items("/api/v1/pods"))

    already = eventually(taken, lambda count: count == _stable(taken))
    made = workload("Deployment", FILLER, "filler", spec(), replicas=room - already + surplus)
    admin.create(made).or_raise()
    found = settled(admin, made, room - already + surplus, pending=surplus)
    messages = waiting(admin, made, surplus)
    assert set(found) == main
    per_node = Counter(each["spec"].get("nodeName") for each in admin.items("/api/v1/pods"))
    assert {per_node[name] for name in main} == {110}
    assert all("Too many pods" in each for each in messages), messages
    admin.delete(made).or_raise()
    remove_pods(admin, FILLER)


def _stable(count: Any) -> int:
    found = -1
    while found != (found := count()):
        pass
    return int(found)


def remove_pods(admin: Client, place: str) -> None:
    """Remove pods at once: no kubelet ends them."""
    path = f"/api/v1/namespaces/{place}/pods"
    options = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}
    eventually(lambda: admin.request("DELETE", path, options).ok and not admin.items(path), seconds=60)


def test_what_is_pending_when_a_zone_is_lost(
    admin: Client, agents: Agents, prometheus: Json, nodes: list[Json], by_name: dict[str, Json]
) -> None:
    settled(admin, prometheus, 1)
    remove_pods(admin, TENANT)
    made = workload("Deployment", TENANT, "service-in-all-zones", spec(), replicas=30)
    admin.create(made).or_raise()
    assert {by_name[each][ZONE] for each in settled(admin, made, 30)} == {"eu-west-2a", "eu-west-2b", "eu-west-2c"}
    lost = [each for each in nodes if each["metadata"]["labels"][ZONE] == PROMETHEUS_ZONE]
    assert len(lost) == 3
    leave(admin, lost)
    try:
        left = {by_name[each][ZONE] for each in settled(admin, made, 30)}
        assert left == {"eu-west-2a", "eu-west-2c"}
        waiting(admin, prometheus, 1)
        assert places(admin, prometheus) == [""], "its volume stays in the lost zone"
        # Typha holds a port of its node: of three, one waits for a third node.
        waiting(admin, agents.workloads["calico-typha"], 1)
        assert len(settled(admin, agents.workloads["calico-typha"], 3, pending=1)) == 2
        for agent in SHIPPED:
            assert len(settled(admin, agents.workloads[agent], 2)) == 2
    finally:
        join(admin, lost)
    (node,) = settled(admin, prometheus, 1)
    assert by_name[node][ZONE] == PROMETHEUS_ZONE
    assert len(settled(admin, agents.workloads["calico-typha"], 3)) == 3
    admin.delete(made).or_raise()
    remove_pods(admin, TENANT)

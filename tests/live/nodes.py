"""Nodes as the emitted node groups would give them: labels, taints, zone and room for pods; no kubelet runs."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache, partial
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.live.client import Client, eventually

Json = Any
ZONE = "topology.kubernetes.io/zone"
GROUP = "eks.amazonaws.com/nodegroup"
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


@cache
def _instance_types() -> dict[str, Json]:
    moto = find_spec("moto")  # which takes a second to load
    assert moto is not None
    assert moto.origin is not None
    path = Path(moto.origin).parent / "ec2" / "resources" / "instance_types.json.gz"
    found: dict[str, Json] = json.loads(gzip.decompress(path.read_bytes()))
    return found


def room_for_pods(types: list[str], *, prefix_delegation: bool) -> int:
    """Pods that EKS allows on each node of a group: the least of its types, by the VPC CNI's settings.

    EKS user guide, "Choose an optimal EC2 node instance type": interfaces x (addresses - 1) + 2, the addresses times
    16 with prefixes, which Nitro alone has; at most 110 below 30 vCPUs, else 250.
    """
    return min(_room_on(_instance_types()[each], prefix_delegation) for each in types)


def _room_on(type_: Json, prefix_delegation: bool) -> int:
    network = type_["NetworkInfo"]
    slots = network["MaximumNetworkInterfaces"] * (network["Ipv4AddressesPerInterface"] - 1)
    if prefix_delegation and type_["Hypervisor"] == "nitro":
        slots *= 16
    return int(min(slots + 2, 110 if type_["VCpuInfo"]["DefaultVCpus"] < 30 else 250))


def has_prefix_delegation(stack: Json) -> bool:
    """What the emitted add-on tells the VPC CNI."""
    (cni,) = [each for each in stack["resource"]["aws_eks_addon"].values() if each["addon_name"] == "vpc-cni"]
    environment = json.loads(cni["configuration_values"])["env"]
    return bool(environment.get("ENABLE_PREFIX_DELEGATION") == "true")


def zones(stack: Json, group: Json) -> list[str]:
    """The zones of a group's subnets."""
    subnets = stack["data"]["aws_subnet"]
    references = [re.fullmatch(r"\$\{data\.aws_subnet\.([\w-]+)\.id\}", each) for each in group["subnet_ids"]]
    return [subnets[match.group(1)]["availability_zone"] for match in references if match]


def nodes_of(stack: Json) -> Iterator[Json]:
    """The nodes of a cluster's stack, each group at its desired size, even over its zones."""
    prefixes = has_prefix_delegation(stack)
    for name, group in stack["resource"]["aws_eks_node_group"].items():
        pods = room_for_pods(group["instance_types"], prefix_delegation=prefixes)
        around = cycle(zones(stack, group))
        for number in range(group["scaling_config"]["desired_size"]):
            yield _node(f"{name}-{number}", name, group, pods, next(around))


def _node(name: str, group_name: str, group: Json, pods: int, zone: str) -> Json:
    type_ = group["instance_types"][0]
    facts = _instance_types()[type_]
    # What nodeadm keeps for the kubelet and for eviction.
    memory = facts["MemoryInfo"]["SizeInMiB"] - (11 * pods + 255) - 100
    allocatable = {"cpu": str(facts["VCpuInfo"]["DefaultVCpus"] - 0.1), "memory": f"{memory}Mi", "pods": str(pods)}
    labels = {
        **group.get("labels", {}),
        GROUP: group_name,
        ZONE: zone,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": type_,
    }
    taints = [
        {"key": each["key"], "value": each.get("value", ""), "effect": _EFFECTS[each["effect"]]}
        for each in group.get("taint", [])
    ]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints, "providerID": f"aws:///{zone}/i-{name}"},
        "status": {
            "allocatable": allocatable,
            "capacity": allocatable,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
        },
    }


def join(admin: Client, nodes: list[Json]) -> None:
    """Add nodes to the cluster and wait until they take pods."""
    for node in nodes:
        admin.create(node).or_raise()
        status = {"status": node["status"]}
        admin.patch(node, status, content="application/strategic-merge-patch+json", subresource="status").or_raise()
    for node in nodes:
        eventually(partial(_has_only_its_own_taints, admin, node))


def _has_only_its_own_taints(admin: Client, node: Json) -> bool:
    return bool(admin.get(node).or_raise()["spec"].get("taints", []) == node["spec"]["taints"])


def leave(admin: Client, nodes: list[Json]) -> None:
    """Take nodes with their pods from the cluster, as when their machines are gone."""
    gone = {each["metadata"]["name"] for each in nodes}
    for node in nodes:
        admin.delete(node).or_raise()
    for pod in admin.items("/api/v1/pods"):
        if pod["spec"].get("nodeName") in gone:
            admin.delete({"apiVersion": "v1", "kind": "Pod", **pod}, now=True)

"""What kube-state-metrics would tell of nodes and pods as the API server has them.

Names and labels: docs/metrics of kube-state-metrics v2 (`node-metrics.md`, `pod-metrics.md`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

Json = Any
Sample = tuple[str, dict[str, str], float]
PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
_UNITS = {"": 1.0, "m": 0.001, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}


def quantity(text: str) -> float:
    """The number that a quantity of Kubernetes writes."""
    match = re.fullmatch(r"([\d.]+)([A-Za-z]*)", text)
    assert match, text
    return float(match.group(1)) * _UNITS[match.group(2)]


def samples(nodes: Iterable[Json], pods: Iterable[Json]) -> Iterator[Sample]:
    """Each metric with its labels and value."""
    for node in nodes:
        name = {"node": node["metadata"]["name"]}
        for resource, amount in node["status"]["allocatable"].items():
            yield "kube_node_status_allocatable", {**name, "resource": resource}, quantity(amount)
        yield "kube_node_spec_unschedulable", name, float(node["spec"].get("unschedulable", False))
        for taint in node["spec"].get("taints", []):
            labels = {"key": taint["key"], "value": taint.get("value", ""), "effect": taint["effect"]}
            yield "kube_node_spec_taint", {**name, **labels}, 1.0
        for condition in node["status"].get("conditions", []):
            for status in ("true", "false", "unknown"):
                labels = {"condition": condition["type"], "status": status}
                yield "kube_node_status_condition", {**name, **labels}, float(condition["status"].lower() == status)
    for pod in pods:
        yield from _of_pod(pod)


def _of_pod(pod: Json) -> Iterator[Sample]:
    labels = {"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"]}
    node = pod["spec"].get("nodeName", "")
    yield "kube_pod_info", {**labels, "node": node}, 1.0
    for phase in PHASES:
        yield "kube_pod_status_phase", {**labels, "phase": phase}, float(pod["status"]["phase"] == phase)
    for container in pod["spec"]["containers"]:
        for resource, amount in container.get("resources", {}).get("requests", {}).items():
            asked = {**labels, "container": container["name"], "node": node, "resource": resource}
            yield "kube_pod_container_resource_requests", asked, quantity(amount)


def series(found: Iterable[Sample], minutes: int) -> list[Json]:
    """The samples as series that stay as they are, one value a minute."""
    written = []
    for name, labels, value in found:
        text = ", ".join(f'{key}="{each}"' for key, each in sorted(labels.items()))
        written.append({"series": f"{name}{{{text}}}", "values": [value] * (minutes + 1)})
    return written

"""The low-capacity alert, on which manual scaling depends (ADR: Cluster scaling)."""

from __future__ import annotations

from typing import Final

from modules.expression import Value
from modules.settings import names

ALERT: Final = "MainNodeGroupCapacityLow"
UNKNOWN_ALERT: Final = "MainNodeGroupCapacityUnknown"
LASTS: Final = "15m"
"""How long the main group is short of capacity before the alert fires."""

# Each series is reduced by `max by` first: while kube-state-metrics is replaced, two pods report the same object.
_NOT_AVAILABLE: Final = f"""\
(
    max by (node) (kube_node_spec_taint{{key="{names.MONITORING_TAINT}"}})
    or max by (node) (kube_node_spec_unschedulable == 1)
    or max by (node) (kube_node_status_condition{{condition="Ready", status="true"}} == 0)
  )"""
_LIVE_PODS: Final = 'max by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Running"})'


def requested(resource: str) -> str:
    """Return the PromQL of what the main group's pods ask for of `resource`: `pods`, `cpu` or `memory`."""
    series = (
        'max by (namespace, pod, node) (kube_pod_info{node!=""})'
        if resource == "pods"
        else f'max by (namespace, pod, container, node) (kube_pod_container_resource_requests{{resource="{resource}", node!=""}})'
    )
    return f"""\
sum(
  (
    {series}
    * on (namespace, pod) group_left ()
    {_LIVE_PODS}
  )
  unless on (node) {_NOT_AVAILABLE}
)"""


def allocatable(resource: str) -> str:
    """Return the PromQL of what the main group's ready nodes offer of `resource`."""
    return f"sum({_available(resource)})"


def _available(resource: str) -> str:
    return f"""
  max by (node) (kube_node_status_allocatable{{resource="{resource}"}})
  unless on (node) {_NOT_AVAILABLE}
"""


def low_capacity(resource: str, threshold: int) -> str:
    """Return the PromQL that yields the share of `resource` in use, in percent, when it reaches `threshold`."""
    return f"100 * {requested(resource)}\n/ {allocatable(resource)}\n>= {threshold}"


def unknown_capacity() -> str:
    """Return the PromQL that yields something when the share cannot be told: no series, or no node that is ready."""
    missing = " or ".join(
        f"absent({series})"
        for series in ("kube_pod_info", "kube_pod_status_phase", "kube_pod_container_resource_requests")
    )
    return f"absent({_available('cpu')}) or {missing}"


def rules(threshold: int) -> dict[str, Value]:
    """Return the PrometheusRule: one alert for each resource, and one for when nothing can be told."""
    low: list[Value] = [
        {
            "alert": ALERT,
            "expr": low_capacity(resource, threshold),
            "for": LASTS,
            "labels": {"severity": "warning", "resource": resource},
            "annotations": {
                "summary": f"The main node group is short of {resource}.",
                "description": f"{{{{ $value | humanize }}}} % of the main group's allocatable {resource} is requested, "
                f"the limit is {threshold} %. Raise main.size.desired in the cluster's file by a pull request.",
            },
        }
        for resource in ("pods", "cpu", "memory")
    ]
    unknown: Value = {
        "alert": UNKNOWN_ALERT,
        "expr": unknown_capacity(),
        "for": LASTS,
        "labels": {"severity": "critical"},
        "annotations": {
            "summary": "The capacity of the main node group is not known.",
            "description": "kube-state-metrics is not scraped, or no node of the main group is ready.",
        },
    }
    return {"groups": [{"name": "main-node-group-capacity", "rules": [*low, unknown]}]}

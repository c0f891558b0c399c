"""Where the parts of the monitoring stack run: on the Prometheus group, so that a full main group cannot stop them."""

from __future__ import annotations

from modules.expression import Value
from modules.settings import names


def node_affinity() -> dict[str, Value]:
    """Return the affinity that admits nodes of the Prometheus group alone (ADR: Node groups)."""
    requirement: dict[str, Value] = {"key": names.MONITORING_LABEL, "operator": "In", "values": ["true"]}
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [requirement]}]
            }
        }
    }


def tolerations() -> list[Value]:
    """Return the toleration of the Prometheus group's taint."""
    return [{"key": names.MONITORING_TAINT, "operator": "Equal", "value": "true", "effect": "NoSchedule"}]


def placement() -> dict[str, Value]:
    """Return the values that put a part of the stack on the Prometheus group."""
    return {"affinity": node_affinity(), "tolerations": tolerations()}

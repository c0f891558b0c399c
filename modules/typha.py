"""Typha, which caches what Calico's agents ask of the Kubernetes API."""

from __future__ import annotations

from modules.expression import Value
from modules.settings import names

CONTAINER = "calico-typha"


def typha_deployment() -> dict[str, Value]:
    """Return `typhaDeployment` of Calico's Installation (ADR: Network policy enforcement, Calico Typha).

    The operator always runs Typha and counts its replicas itself: one up to two nodes, two up to four, three from
    five on and one more for every 200. What is settled here: enough memory for a cluster of a few thousand pods, no
    place on the Prometheus group, and an even spread over the zones.
    """
    return {
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": CONTAINER,
                            "resources": {
                                "requests": {"cpu": "100m", "memory": "256Mi"},
                                "limits": {"memory": "512Mi"},
                            },
                        }
                    ],
                    "affinity": {
                        "nodeAffinity": {
                            "requiredDuringSchedulingIgnoredDuringExecution": {
                                "nodeSelectorTerms": [
                                    {"matchExpressions": [{"key": names.MONITORING_LABEL, "operator": "DoesNotExist"}]}
                                ]
                            }
                        }
                    },
                    "topologySpreadConstraints": [
                        {
                            "maxSkew": 1,
                            "topologyKey": "topology.kubernetes.io/zone",
                            "whenUnsatisfiable": "ScheduleAnyway",
                            "labelSelector": {"matchLabels": {"k8s-app": CONTAINER}},
                        }
                    ],
                }
            }
        }
    }

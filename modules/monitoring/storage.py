"""The volumes of Prometheus and Alertmanager: encrypted EBS in the one zone of the Prometheus group (ADR: Node groups)."""

from __future__ import annotations

from modules.bindings import (
    Construct,
    StorageClassV1,
    StorageClassV1AllowedTopologies,
    StorageClassV1AllowedTopologiesMatchLabelExpressions,
    StorageClassV1Metadata,
)
from modules.expression import Value
from modules.settings import names


class PrometheusStorage(StorageClassV1):
    """The storage class of the monitoring stack: a volume is made where its pod is to run, in `zone` alone.

    Volumes are encrypted with the account's EBS default key and go with their claims.
    """

    def __init__(self, scope: Construct, id_: str, *, zone: str) -> None:
        super().__init__(
            scope,
            id_,
            metadata=StorageClassV1Metadata(name=names.PROMETHEUS_STORAGE_CLASS),
            storage_provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true"},
            reclaim_policy="Delete",
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            allowed_topologies=StorageClassV1AllowedTopologies(
                match_label_expressions=[
                    StorageClassV1AllowedTopologiesMatchLabelExpressions(
                        key="topology.kubernetes.io/zone", values=[zone]
                    )
                ]
            ),
        )


def claim(size: int) -> dict[str, Value]:
    """Return the template of a volume claim of `size` GiB."""
    return {
        "volumeClaimTemplate": {
            "spec": {
                "storageClassName": names.PROMETHEUS_STORAGE_CLASS,
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": f"{size}Gi"}},
            }
        }
    }

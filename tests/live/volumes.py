"""A stand-in for the EBS CSI driver: a volume in the zone of the node that the scheduler chose, and for good."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from tests.live.client import Client
from tests.live.meanwhile import meanwhile
from tests.live.nodes import ZONE

Json = Any
BEAT = 0.1
"""Seconds between two looks at the claims."""


def provisioner(admin: Client) -> AbstractContextManager[None]:
    """Make the volumes of claims whose node is chosen."""

    def look() -> None:
        for claim in admin.items("/api/v1/persistentvolumeclaims"):
            chosen = claim["metadata"].get("annotations", {}).get("volume.kubernetes.io/selected-node")
            if chosen and not claim["spec"].get("volumeName"):
                node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": chosen}}
                admin.create(_volume(claim, admin.get(node).or_raise()["metadata"]["labels"][ZONE]))

    return meanwhile(look, beat=BEAT)


def _volume(claim: Json, zone: str) -> Json:
    metadata = claim["metadata"]
    in_zone = {"matchExpressions": [{"key": ZONE, "operator": "In", "values": [zone]}]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"pvc-{metadata['uid']}"},
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": claim["spec"]["resources"]["requests"],
            "storageClassName": claim["spec"]["storageClassName"],
            # With its UID the controller binds it now, else when it next looks through all claims.
            "claimRef": {
                "kind": "PersistentVolumeClaim",
                **{key: metadata[key] for key in ("namespace", "name", "uid")},
            },
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{metadata['name']}"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [in_zone]}},
        },
    }

"""A stand-in for the kubelets: what is bound to a node runs, a Job's pod succeeds, what is deleted goes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from tests.live.client import STRATEGIC, Client
from tests.live.meanwhile import meanwhile

Json = Any
BEAT = 0.2
"""Seconds between two looks at the pods."""


def kubelets(admin: Client) -> AbstractContextManager[None]:
    """Act for the kubelets of all nodes."""

    def look() -> None:
        for pod in admin.items("/api/v1/pods"):
            _attend(admin, {"apiVersion": "v1", "kind": "Pod", **pod})

    return meanwhile(look, beat=BEAT)


def _attend(admin: Client, pod: Json) -> None:
    if not pod["spec"].get("nodeName"):
        return
    if "deletionTimestamp" in pod["metadata"]:
        admin.delete(pod, now=True)
    elif pod["status"]["phase"] == "Pending":
        owners = {each["kind"] for each in pod["metadata"].get("ownerReferences", [])}
        admin.patch(pod, {"status": _status(pod, ended="Job" in owners)}, content=STRATEGIC, subresource="status")


def _status(pod: Json, *, ended: bool) -> Json:
    now = pod["metadata"]["creationTimestamp"]
    state = (
        {"terminated": {"exitCode": 0, "startedAt": now, "finishedAt": now}}
        if ended
        else {"running": {"startedAt": now}}
    )
    ready = "False" if ended else "True"
    return {
        "phase": "Succeeded" if ended else "Running",
        "startTime": now,
        "conditions": [{"type": kind, "status": ready} for kind in ("Ready", "ContainersReady")],
        "containerStatuses": [
            {
                "name": each["name"],
                "image": each["image"],
                "imageID": each["image"],
                "ready": not ended,
                "restartCount": 0,
                "state": state,
            }
            for each in pod["spec"]["containers"]
        ],
    }

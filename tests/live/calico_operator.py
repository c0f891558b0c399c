"""A stand-in for Calico's operator: it holds the Installation by a finalizer, which goes only while the operator runs."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Any, Final

from tests.live.agents import LEVEL
from tests.live.applied import namespace
from tests.live.client import Client
from tests.live.meanwhile import meanwhile

Json = Any

FINALIZER: Final = "tigera.io/operator-cleanup"
INSTALLATION: Final[Json] = {
    "apiVersion": "operator.tigera.io/v1",
    "kind": "Installation",
    "metadata": {"name": "default"},
}
BEAT: Final = 0.5
"""Seconds between two looks."""
TIDYING: Final = 3
"""Seconds that it takes to tidy up, for which an Installation that is deleted keeps its finalizer."""
_OPERATOR: Final[Json] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "tigera-operator", "namespace": "tigera-operator"},
}
_INSTALLATIONS: Final = "/apis/operator.tigera.io/v1/installations"
_LABELS: Final = {LEVEL: "privileged"}


def calico_operator(admin: Client) -> AbstractContextManager[None]:
    """Act for the operator whenever its Deployment is available."""
    deleted: dict[str, float] = {}
    return meanwhile(lambda: _look(admin, deleted), beat=BEAT)


def _look(admin: Client, deleted: dict[str, float]) -> None:
    """Attend to each Installation; `deleted` holds since when one has been seen to go."""
    operator = admin.get(_OPERATOR)
    installations = admin.request("GET", _INSTALLATIONS)
    if not (operator.ok and operator.body["status"].get("availableReplicas") and installations.ok):
        return
    for each in installations.body["items"]:
        metadata = each["metadata"]
        if "deletionTimestamp" not in metadata:
            _take_up(admin, metadata)
        elif time.monotonic() - deleted.setdefault(metadata["uid"], time.monotonic()) >= TIDYING:
            admin.patch(INSTALLATION, {"metadata": {"finalizers": []}})


def _take_up(admin: Client, metadata: Json) -> None:
    """Hold the Installation, and make the namespace that goes with it."""
    if FINALIZER not in metadata.get("finalizers", []):
        admin.patch(INSTALLATION, {"metadata": {"finalizers": [FINALIZER]}}).or_raise()
    owner = {"apiVersion": INSTALLATION["apiVersion"], "kind": INSTALLATION["kind"]}
    made = namespace("calico-system", _LABELS)
    made["metadata"]["ownerReferences"] = [{**owner, "name": metadata["name"], "uid": metadata["uid"]}]
    if not admin.get(made).ok:
        admin.create(made).or_raise()

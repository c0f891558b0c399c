"""Pods and what makes them, written short."""

from __future__ import annotations

import itertools
from typing import Any

from tests.live.client import Client

Json = Any

IMAGE = "registry.example.org/image:1"
RESTRICTED: Json = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""The security context of a container that the level `restricted` admits."""

_numbers = itertools.count()


def container(**fields: Any) -> Json:
    """A container that `restricted` admits, unless `fields` say otherwise."""
    return {"name": "main", "image": IMAGE, "securityContext": RESTRICTED, **fields}


def host_paths(*paths: str) -> list[Json]:
    """Volumes of a node's paths."""
    return [{"name": f"host-{number}", "hostPath": {"path": path}} for number, path in enumerate(paths)]


FORBIDDEN: dict[str, Json] = {
    "privileged": {"containers": [container(securityContext={"privileged": True})]},
    "host network": {"hostNetwork": True},
    "host processes": {"hostPID": True},
    "host path": {"volumes": host_paths("/var/log")},
    "host port": {"containers": [container(ports=[{"containerPort": 80, "hostPort": 80}])]},
    "capability": {
        "containers": [
            container(securityContext={**RESTRICTED, "capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}})
        ]
    },
    "privileged init container": {
        "initContainers": [{"name": "first", "image": IMAGE, "securityContext": {"privileged": True}}]
    },
}
"""Pods that use their node, each by one thing that the ADR keeps from tenants."""
ROOT: Json = {"containers": [{"name": "main", "image": IMAGE, "securityContext": {"runAsUser": 0}}]}
"""A pod whose processes are root's."""


def spec(**fields: Any) -> Json:
    """A pod's specification."""
    return {"containers": [container()], **fields}


def pod(namespace: str, **fields: Any) -> Json:
    """A pod with a name of its own."""
    metadata = {"name": f"pod-{next(_numbers)}", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec(**fields)}


def workload(kind: str, namespace: str, name: str, template: Json, **fields: Any) -> Json:
    """A Deployment, DaemonSet, StatefulSet or Job of pods with the specification `template`."""
    labels = {"app": name, **fields.pop("labels", {})}
    job = kind == "Job"
    body: Json = {"template": {"metadata": {"labels": labels}, "spec": template}, **fields}
    if job:
        body["template"]["spec"] = {"restartPolicy": "Never", **template}
    else:
        body["selector"] = {"matchLabels": labels}
    return {
        "apiVersion": "batch/v1" if job else "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": body,
    }


def service_account(namespace: str, name: str) -> Json:
    """A service account."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}


def pods_of(client: Client, namespace: str, **labels: str) -> list[Json]:
    """The pods of a namespace with these labels that are not on their way out."""
    query = "%2C".join(f"{key}%3D{value}" for key, value in labels.items())
    found = client.items(f"/api/v1/namespaces/{namespace}/pods?labelSelector={query}")
    return [each for each in found if "deletionTimestamp" not in each["metadata"]]


def refusals(client: Client, namespace: str, name: str) -> list[str]:
    """Why controllers could not make pods for what is called `name` or begins so."""
    events = client.items(f"/api/v1/namespaces/{namespace}/events?fieldSelector=reason%3DFailedCreate")
    return [str(each["message"]) for each in events if each["involvedObject"]["name"].startswith(name)]

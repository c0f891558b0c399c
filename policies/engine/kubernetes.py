"""Kubernetes objects in the shape of a manifest, wherever they are declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from policies.engine import helm
from policies.engine.attribute import Attribute
from policies.engine.memory import remembered
from policies.engine.reading import unfolded
from policies.engine.resource import Resource, Source, Stack
from policies.engine.values import ABSENT, Template, show

PREFIXES = ("kubernetes_", "kubectl_")
"""How the types begin that declare objects."""
_MAPS = frozenset(
    [
        "labels",
        "annotations",
        "match_labels",
        "node_selector",
        "limits",
        "requests",
        "data",
        "binary_data",
        "binary_data_wo",
        "data_wo",
        "parameters",
        "string_data",
        "selector",
        "hard",
    ]
)
_LISTS = {
    "container": "containers",
    "init_container": "initContainers",
    "rule": "rules",
    "subject": "subjects",
    "volume": "volumes",
    "volume_mount": "volumeMounts",
    "toleration": "tolerations",
    "match_expressions": "matchExpressions",
    "image_pull_secrets": "imagePullSecrets",
    "ports": "ports",
    "port": "ports",
    "ingress": "ingress",
    "egress": "egress",
    "from": "from",
    "to": "to",
    "env": "env",
    "env_from": "envFrom",
    "limit": "limits",
    "match_resources": "matchResources",
    "validations": "validations",
    "aggregation_rule": "aggregationRule",
}
_KINDS = {
    "config_map_v1_data": "ConfigMap",
    "labels": "Labels",
    "annotations": "Annotations",
    "daemonset": "DaemonSet",
    "default_service_account": "ServiceAccount",
}
_PODS = {
    "Pod": "spec",
    "CronJob": "spec.jobTemplate.spec.template.spec",
    "PodTemplate": "template.spec",
    **dict.fromkeys(
        ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"), "spec.template.spec"
    ),
}
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


@dataclass(eq=False)
class KubernetesObject(Source):
    """One object; `object["spec.podSelector"]` steps down."""

    resource: Resource
    body: Any
    position: int | None = None
    released_to: str = ""
    kind: str = field(init=False, default="")
    api_version: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.root = Attribute(self, "", self.body)
        self.kind = self.root["kind"].text() or ""
        self.api_version = self.root["apiVersion"].text() or ""

    @property
    def name(self) -> str:
        """Name of the object."""
        return self.root["metadata.name"].text() or ""

    @property
    def namespace(self) -> str:
        """Namespace of the object: its own, else the one of the release that holds it; empty where it has none."""
        return self.root["metadata.namespace"].text() or self.released_to

    @property
    def address(self) -> str:
        """Terraform address, with the object's kind and name where one resource holds many."""
        if self.position is None:
            return self.resource.address
        named = (self.root["metadata.namespace"].node, self.root["metadata.name"].node)
        parts = [self.kind or "object", *(str(show(each)) for each in named if each is not ABSENT)]
        return f"{self.resource.address} {'/'.join(parts)}"

    def __getitem__(self, key: str) -> Attribute:
        return self.root[key]

    def at(self, *segments: str | int) -> Attribute:
        """Step down by keys that may hold dots themselves."""
        return self.root.at(*segments)

    def label(self, key: str) -> Attribute:
        """Return one label."""
        return self.root["metadata.labels"].at(key)

    def annotation(self, key: str) -> Attribute:
        """Return one annotation."""
        return self.root["metadata.annotations"].at(key)


def containers(thing: KubernetesObject) -> Iterator[Attribute]:
    """Yield each container that the pods of a workload hold, of whatever kind both are."""
    pod = _PODS.get(thing.kind)
    for key in _CONTAINERS if pod is not None else ():
        yield from thing[f"{pod}.{key}"].blocks()


@remembered("_objects")
def objects(stack: Stack) -> list[KubernetesObject]:
    """Return the objects of a stack, the same ones each time."""
    found = [
        thing
        for resource in stack.resources
        if resource.mode == "managed" and resource.type.startswith(PREFIXES)
        for thing in declared(resource)
    ]
    return found + [thing for release in helm.releases(stack) for thing in held_objects(release)]


@remembered("_objects")
def declared(resource: Resource) -> list[KubernetesObject]:
    """Return what one resource declares, the same objects each time: a resource may be seen in another stack, too."""
    if resource.type not in ("kubernetes_manifest", "kubectl_manifest"):
        return [KubernetesObject(resource, _manifest(resource))]
    attribute = resource["manifest"] if resource.type == "kubernetes_manifest" else resource["yaml_body"]
    body = attribute.json().node if isinstance(attribute.node, str | Template) else attribute.node
    if not (namespace := resource["override_namespace"]).absent:
        body = helm.overlay(body, {"metadata": {"namespace": namespace.node}})
    return _unrolled(resource, body)


@remembered("_objects")
def held_objects(release: helm.Release) -> list[KubernetesObject]:
    """Return the objects that a local chart renders from its value `objects`, the same ones each time."""
    if not release.is_local:
        return []
    return [
        thing
        for position, each in enumerate(release.values["objects"].blocks())
        for thing in _unrolled(release.resource, each.node, position, release.namespace)
    ]


def _unrolled(resource: Resource, body: Any, position: int | None = None, to: str = "") -> list[KubernetesObject]:
    """Return one object, or those that an object of kind `List` holds."""
    thing = KubernetesObject(resource, body, position, to)
    if not thing.kind.endswith("List") or thing["items"].absent:
        return [thing]
    held = [_unrolled(resource, each.node, at, to) for at, each in enumerate(thing["items"].blocks())]
    return [each for some in held for each in some]


def _manifest(resource: Resource) -> dict[str, Any]:
    name = re.sub(r"_v\d+(?:(?:alpha|beta)\d+)?$", "", resource.type.removeprefix("kubernetes_"))
    kind = _KINDS.get(name) or "".join(part.capitalize() for part in name.split("_"))
    body: dict[str, Any] = {"kind": kind, "apiVersion": ""}
    for attribute in resource.attributes():
        if attribute.path == "metadata":
            body["metadata"] = {**body.get("metadata", {}), **_block(attribute.node, "metadata")}
        elif kind in ("Labels", "Annotations") and attribute.path in ("labels", "annotations"):
            body.setdefault("metadata", {})[attribute.path] = attribute.node
        else:
            key = _key(attribute.path, kind)
            body[key] = _block(attribute.node, attribute.path)
    if name == "default_service_account" and isinstance(body.get("metadata"), dict):
        body["metadata"]["name"] = "default"
    return body


def _key(name: str, parent: str = "") -> str:
    if name == "port" and parent in ("http_get", "tcp_socket", "backend", "service"):
        return "port"
    if name in _LISTS:
        return _LISTS[name]
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _block(node: Any, name: str) -> Any:
    """Return a provider block as the manifest spells it: camel case, plural lists, single blocks as objects."""
    while isinstance(node, Template) and node.value is not ABSENT:
        node = node.value
    if name in _MAPS:
        single = node[0] if isinstance(node, list) and len(node) == 1 else node
        if not (name in ("selector", "limits") and isinstance(single, dict) and "match_labels" in single):
            return single
    if isinstance(node, dict):
        converted = {
            _key(key, name): _block(value, key)
            for key, value in unfolded(node).items()
            if value is not None and value is not ABSENT and value != []
        }
        return [converted] if name in _LISTS and name not in ("aggregation_rule", "match_resources") else converted
    if isinstance(node, list):
        items = [_block(each, "") if isinstance(each, dict) else each for each in node]
        if len(items) == 1 and isinstance(items[0], dict) and name not in _LISTS:
            return items[0]
        return items
    return node

"""What a workloads stack makes in Kubernetes, as manifests, in the order in which Terraform makes it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from policies.engine import helm as releases
from policies.engine import kubernetes, synth
from policies.engine.values import Template
from tests.decisions.emitted import terraform_text
from tests.decisions.rendering import Helm, helm_command, local_objects

Json = Any

_API_VERSIONS = {
    "ClusterRoleBinding": "rbac.authorization.k8s.io/v1",
    "LimitRange": "v1",
    "Namespace": "v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "ResourceQuota": "v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "Secret": "v1",
    "ServiceAccount": "v1",
    "StorageClass": "storage.k8s.io/v1",
}
"""A provider's resource names a kind; the provider knows its API version."""


class _Loader(yaml.CSafeLoader):
    """Reads a lone `=` as the text that Kubernetes takes it for."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)

_NOT_YET_KNOWN = "known-after-apply"


@dataclass(frozen=True)
class Step:
    """One resource of the stack with the objects that it makes."""

    address: str
    objects: tuple[Json, ...]
    crds: tuple[Json, ...] = ()
    rendered: bool = False
    """Whether the objects come from somebody else's chart."""
    manager: str = "Terraform"
    """The field manager as which Terraform applies."""


@dataclass(frozen=True)
class Sequence:
    """The steps of a stack, and the releases whose charts are not at hand."""

    steps: tuple[Step, ...]
    not_rendered: tuple[str, ...]

    def objects(self, kind: str) -> list[Json]:
        """The objects of one kind."""
        return [each for step in self.steps for each in step.objects if each["kind"] == kind]


def sequence(folder: Path, stack: Json, helm: Helm | None) -> Sequence:
    """The steps of the stack that was synthesized to `folder`, in Terraform's order: `depends_on`, else by address.

    Where helm is at hand, the objects of a local chart are what it renders, which must be what the model holds.
    """
    command = helm_command()
    model = synth.build_stack(folder.name, Path(), [Path("cdk.tf.json")], [stack], [])
    held: dict[str, list[Json]] = {}
    for each in kubernetes.objects(model):
        held.setdefault(each.resource.base, []).append(_manifest(_plain(each.body)))
    made = list(releases.releases(model))
    foreign = {each.resource.base for each in made if not each.is_local}
    local = {each.resource.base for each in made if each.is_local}
    steps, not_rendered = [], []
    for address in _ordered(stack):
        if address in foreign:
            if helm is None:
                not_rendered.append(address)
                continue
            steps.append(_rendered(address, stack, helm))
        else:
            assert held.get(address), f"{address} makes no object"
            type_, _, label = address.partition(".")
            manager = stack["resource"][type_][label].get("field_manager", "Terraform")
            assert isinstance(manager, str), "this kind's field manager is a block"
            if address in local and command:
                found = local_objects(command, folder, stack, label)
                assert _texts(found) == _texts(held[address]), f"{address}: the chart renders something else"
                held[address] = found
            steps.append(Step(address, tuple(held[address]), manager=manager))
    return Sequence(tuple(steps), tuple(not_rendered))


def _texts(objects: list[Json]) -> list[str]:
    return sorted(json.dumps(each, sort_keys=True) for each in objects)


def _ordered(stack: Json) -> Iterator[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    managed = {f"{type_}.{name}": body for type_, named in stack["resource"].items() for name, body in named.items()}
    for address, body in managed.items():
        sorter.add(address, *(each for each in body.get("depends_on", ()) if each in managed))
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield from ready
        sorter.done(*ready)


def _rendered(address: str, stack: Json, helm: Helm) -> Step:
    name = address.removeprefix("helm_release.")
    release = stack["resource"]["helm_release"][name]
    objects = [_in(release["namespace"], each) for each in helm.template(stack, name)]
    crds: list[Json] = []
    chart = helm.charts[release["chart"]]
    for path in [*sorted(chart.glob("crds/**/*.yaml")), *sorted(chart.glob("charts/*/crds/**/*.yaml"))]:
        found = [each for each in yaml.load_all(path.read_text(), _Loader) if each]
        crds += [{key: value for key, value in each.items() if key != "status"} for each in found]
    return Step(address, tuple(each for each in objects if not _is_hook(each)), tuple(crds), rendered=True)


def _is_hook(manifest: Json) -> bool:
    return "helm.sh/hook" in (manifest["metadata"].get("annotations") or {})


def _in(namespace: str, manifest: Json) -> Json:
    return {**manifest, "metadata": {"namespace": namespace, **manifest["metadata"]}}


def _plain(node: Any) -> Json:
    """What Terraform makes of an attribute; a placeholder where it is known only after apply."""
    if isinstance(node, Template):
        return _NOT_YET_KNOWN
    if isinstance(node, dict):
        return {str(_plain(key)): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(each) for each in node]
    return _NOT_YET_KNOWN if isinstance(node, str) and node.startswith("${") else terraform_text(node)


def _manifest(body: Json) -> Json:
    """An object as the provider that makes it would spell it."""
    kind = body["kind"]
    found = {**body, "apiVersion": body.get("apiVersion") or _API_VERSIONS[kind]}
    found.pop("force", None)
    found.pop("fieldManager", None)
    if kind == "StorageClass":
        found["provisioner"] = found.pop("storageProvisioner")
        if "allowedTopologies" in found:
            found["allowedTopologies"] = _listed(found["allowedTopologies"], "matchLabelExpressions")
    if kind == "Secret":
        secret = found.pop("dataWo")
        found.pop("dataWoRevision")
        found["data"] = {key: base64.b64encode(str(value).encode()).decode() for key, value in secret.items()}
    return found


def _listed(block: Json, inner: str) -> list[Json]:
    blocks = block if isinstance(block, list) else [block]
    return [{**each, inner: each[inner] if isinstance(each[inner], list) else [each[inner]]} for each in blocks]

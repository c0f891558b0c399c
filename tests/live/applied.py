"""Applies a stack's objects to a server as Terraform would, and remembers every answer."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.live.client import Answer, Client, Kind, eventually
from tests.live.emitted_objects import Sequence, Step

Json = Any
CRD = "CustomResourceDefinition"
LEFT_WITHOUT_LABELS = "left-without-labels"
"""A namespace that somebody made before the guard stood."""


@dataclass(frozen=True)
class Attempt:
    """One object as it was sent, and the answer."""

    address: str
    manifest: Json
    answer: Answer

    @property
    def name(self) -> str:
        """How a failure names it."""
        metadata = self.manifest["metadata"]
        return f"{self.address} {self.manifest['kind']}/{metadata.get('namespace', '')}/{metadata.get('name', '')}"


@dataclass
class Applied:
    """A cluster in which a stack's objects are."""

    sequence: Sequence
    first: list[Attempt] = field(default_factory=list)
    again: list[Attempt] = field(default_factory=list)
    """The same once more, over what the first time made; a chart's CRDs excepted, which Helm installs once."""


def namespace(name: str, labels: dict[str, str] | None = None) -> Json:
    """A namespace as somebody may ask for it."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}}


def bare_crd(group: str, kind: str, plural: str) -> Json:
    """A CRD that takes any object of a kind, where the chart with the real one is not at hand."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": CRD,
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": "Cluster", "names": names, "versions": [version]},
    }


BARE_CRDS = (
    bare_crd("crd.projectcalico.org", "Tier", "tiers"),
    bare_crd("crd.projectcalico.org", "GlobalNetworkPolicy", "globalnetworkpolicies"),
    bare_crd("operator.tigera.io", "Installation", "installations"),
)


def apply(admin: Client, sequence: Sequence) -> Applied:
    """Apply every object in order, and all once more. What a foreign chart renders is only tried, its CRDs excepted."""
    for name in [*_made_by_others(sequence), LEFT_WITHOUT_LABELS]:
        admin.create(namespace(name)).or_raise()
    if sequence.not_rendered:
        apply_crds(admin, BARE_CRDS, _kinds(sequence))
    applied = Applied(sequence)
    applied.first = _pass(admin, sequence, with_crds=True)
    _wait_for_guards(admin)
    applied.again = _pass(admin, sequence, with_crds=False)
    return applied


def apply_crds(admin: Client, crds: Iterable[Json], used: Container[tuple[str, str]]) -> list[Attempt]:
    """Install the CRDs of `used` kinds and wait until the server serves them; only try the others, which take it long."""
    attempts, installed = [], []
    for each in crds:
        wanted = (each["spec"]["group"], each["spec"]["names"]["kind"]) in used
        attempts.append(Attempt("crds", each, admin.create(each, dry_run=not wanted)))
        if wanted and attempts[-1].answer.ok:
            installed.append(each)
    for each in installed:
        eventually(partial(_established, admin, each), seconds=60)
    return attempts


def _kinds(sequence: Sequence) -> set[tuple[str, str]]:
    """Group and kind of everything in a sequence."""
    made = [each for step in sequence.steps for each in step.objects]
    return {(each["apiVersion"].rpartition("/")[0], each["kind"]) for each in made}


def _established(admin: Client, crd: Json) -> bool:
    conditions = admin.get(crd).or_raise().get("status", {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _made_by_others(sequence: Sequence) -> list[str]:
    """Namespaces that are only labelled and that Kubernetes does not make itself."""
    ours = ("default", "kube-system", "kube-public", "kube-node-lease")
    labelled = [step for step in sequence.steps if step.address.startswith("kubernetes_labels.")]
    names = [each["metadata"]["name"] for step in labelled for each in step.objects]
    return [name for name in names if name not in ours]


def _pass(admin: Client, sequence: Sequence, *, with_crds: bool) -> list[Attempt]:
    attempts: list[Attempt] = []
    for step in sequence.steps:
        if with_crds:
            attempts += apply_crds(admin, step.crds, _kinds(sequence))
        attempts += [_send(admin, step, each, dry_run=step.rendered) for each in step.objects]
    return attempts


def try_out(admin: Client, sequence: Sequence, concerns: Callable[[Json], bool]) -> list[Attempt]:
    """Ask the server whether it would take those objects of a sequence that `concerns` picks; nothing is stored."""
    return [
        _send(admin, step, each, dry_run=True) for step in sequence.steps for each in step.objects if concerns(each)
    ]


def _send(admin: Client, step: Step, made: Json, *, dry_run: bool) -> Attempt:
    manifest = _without_needless_namespace(admin.kind(made["apiVersion"], made["kind"]), made)
    return Attempt(step.address, manifest, admin.apply(manifest, dry_run=dry_run, manager=step.manager))


def _without_needless_namespace(kind: Kind, manifest: Json) -> Json:
    if kind.namespaced:
        return manifest
    metadata = {key: value for key, value in manifest["metadata"].items() if key != "namespace"}
    return {**manifest, "metadata": metadata}


def _wait_for_guards(admin: Client) -> None:
    """A policy answers about a second after it is stored."""
    eventually(lambda: not admin.create(namespace("made-without-labels"), dry_run=True).ok)
    privileged = {"securityContext": {"privileged": True}, "name": "c", "image": "i"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "kube-system"},
        "spec": {"containers": [privileged]},
    }
    eventually(lambda: not admin.create(pod, dry_run=True).ok)

"""D17: pods are restricted everywhere but in the namespaces that are recorded with a reason."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from policies import parameters
from policies.engine import Cluster, Finding, KubernetesObject, Presence, cel, control
from policies.engine.admission import Guard, Wording, guards, in_force, unguarded
from policies.engine.namespaces import declared
from policies.pod_security.company import in_company, labelled

_ADR = "PodSecurityPolicies"
_PREFIX = "pod-security.kubernetes.io"
ENFORCE = f"{_PREFIX}/enforce"
_STRICTNESS = {"privileged": 0, "baseline": 1, "restricted": 2}
_REQUESTS = (
    ("namespaces", "CREATE"),
    ("namespaces", "UPDATE"),
    ("namespaces/status", "UPDATE"),
    ("namespaces/finalize", "UPDATE"),
)
"""Every request that can set a namespace's labels."""
_FIELDS = frozenset({"object", "metadata", "labels", "name", "deletionTimestamp"})
_STEPS = frozenset(
    {("object", "metadata"), ("metadata", "name"), ("metadata", "labels"), ("metadata", "deletionTimestamp")}
)
"""What a request to make a namespace may be judged by."""


def decided(namespace: str) -> parameters.Level:
    """Return the level that is decided for a namespace."""
    recorded = parameters.PLATFORM_NAMESPACES.get(namespace)
    return recorded.level if recorded is not None else "restricted"


def _versions(cluster: Cluster) -> tuple[str, ...]:
    found = {each["version"].text() for each in cluster.resources("aws_eks_cluster")}
    return ("latest", *(f"v{version}" for version in sorted(version for version in found if version)))


@control(
    id="D17-namespace-levels",
    title="Each namespace enforces the level that is decided for it",
    severity="critical",
    reads=("cluster", "workloads"),
    presence=(Presence("object:Namespace"),),
    remediation=(
        f"Label the namespace {ENFORCE}=restricted, with audit and warn, version latest; another level needs a"
        " recorded reason in policies/parameters."
    ),
    references=(_ADR, "https://kubernetes.io/docs/concepts/security/pod-security-admission/"),
)
def namespace_levels(cluster: Cluster) -> Iterator[Finding]:
    """Labels of every namespace that is made or labelled, those of Kubernetes and of others included."""
    versions = _versions(cluster)
    namespaces = declared(cluster)
    for name, objects in namespaces.items():
        level = decided(name)
        for mode in ("enforce", "audit", "warn"):
            yield from _label(
                objects, f"{_PREFIX}/{mode}", [each for each, rank in _STRICTNESS.items() if rank >= _STRICTNESS[level]]
            )
            yield from _version(objects, f"{_PREFIX}/{mode}-version", versions)
    for name, recorded in parameters.PLATFORM_NAMESPACES.items():
        if name not in namespaces and not recorded.by_operator:
            yield cluster.finding(f"namespace {name} carries no level", expected=recorded.level)


def _label(objects: list[KubernetesObject], key: str, allowed: list[str]) -> Iterator[Finding]:
    labels = [each.label(key) for each in objects]
    present = [each for each in labels if not each.absent]
    if not present:
        yield labels[0].finding("is absent", expected=allowed)
    for each in present:
        yield from each.must_be_one_of(allowed)


def _version(objects: list[KubernetesObject], key: str, allowed: tuple[str, ...]) -> Iterator[Finding]:
    for each in objects:
        yield from each.label(key).must_be_one_of((None, *allowed))


@control(
    id="D17-namespaces-made-here",
    title="No release makes a namespace for itself, without a level",
    severity="high",
    reads=("workloads",),
    presence=(Presence("helm_release"),),
    remediation="Make the namespace as a resource with its level, and let the release depend on it.",
    references=(_ADR,),
)
def namespaces_made_here(cluster: Cluster) -> Iterator[Finding]:
    """Each release goes to a namespace that is declared with its level."""
    namespaces = declared(cluster)
    for release in cluster.releases():
        yield from release["create_namespace"].must_be_one_of((None, False))
        if release.namespace not in namespaces:
            yield release["namespace"].finding("is declared by nobody", expected="a namespace with a level")


@control(
    id="D17-namespaces-guarded",
    title="The API server refuses any namespace below its level",
    severity="critical",
    reads=("cluster", "workloads"),
    presence=(Presence("object:ValidatingAdmissionPolicy"), Presence("object:ValidatingAdmissionPolicyBinding")),
    remediation=(
        "Keep a ValidatingAdmissionPolicy over namespaces with failurePolicy Fail, bound with Deny and without selectors,"
        " that knows the levels of policies/parameters."
    ),
    references=(_ADR,),
)
def namespaces_guarded(cluster: Cluster) -> Iterator[Finding]:
    """Asks the admission policies to create and change namespaces of every name, level and version."""
    listed = guards(cluster.objects())
    versions = _versions(cluster)
    asked: list[list[Guard]] = []
    for resource, operation in _REQUESTS:
        judging = in_force(listed, resource, operation)
        if not judging:
            yield unguarded(listed, cluster, resource, operation)
        elif judging not in asked:
            asked.append(judging)
            yield from _judged(judging, versions)


def _judged(judging: list[Guard], versions: tuple[str, ...]) -> Iterator[Finding]:
    for guard in judging:
        yield from only_reads(guard, _FIELDS, _STEPS)
    for number, message, expected in _wrong(tuple(each.wording for each in judging), versions):
        yield judging[number].policy.finding(message, expected=expected)


_Wrong = tuple[int, str, str]
"""Which policy is wrong, how, and what was decided."""


@functools.lru_cache(maxsize=256)
def _wrong(judging: tuple[Wording, ...], versions: tuple[str, ...]) -> tuple[_Wrong, ...]:
    """Return what is refused and must not be, or the other way round."""
    found: list[_Wrong] = []
    spelled = {text for wording in judging for each in wording.expressions() for text in cel.literals(each)}
    names = sorted({*parameters.PLATFORM_NAMESPACES, "a-team-production", *spelled, *(f"{each}-x" for each in spelled)})
    levels = sorted(
        {*_STRICTNESS, "", "Privileged", "none", *(each for each in spelled if "/" not in each and "." not in each)}
    )
    for name in names:
        for level in (None, *levels):
            wanted = level in _STRICTNESS and _STRICTNESS[level] >= _STRICTNESS[decided(name)]
            found += _asked(judging, name, _labels(level, None), wanted)
        strictest = "restricted"
        for version in sorted({*versions, "v1.20", "v1.0", *(each for each in spelled if each.startswith("v"))}):
            found += _asked(judging, name, _labels(strictest, version), version in versions)
    return tuple(found)


def _labels(level: str | None, version: str | None) -> dict[str, str]:
    given = {ENFORCE: level, f"{ENFORCE}-version": version}
    return {"team": "a", **{key: value for key, value in given.items() if value is not None}}


def _asked(judging: tuple[Wording, ...], name: str, labels: Mapping[str, str], wanted: bool) -> Iterator[_Wrong]:
    thing = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels)}}
    request: dict[str, Any] = {"object": thing, "request": {"name": name}}
    refusing = [number for number, each in enumerate(judging) if not each.admits(request)]
    if not wanted and refusing and labels.get(ENFORCE, "privileged") == "privileged":
        spelled = {text for wording in judging for each in wording.expressions() for text in cel.literals(each)}
        for others in labelled(labels, spelled - {ENFORCE, f"{ENFORCE}-version"}):
            carrying = {**request, "object": {**thing, "metadata": {"name": name, "labels": others}}}
            if all(each.admits(carrying) for each in judging):
                yield (
                    0,
                    f"admits the namespace {name} with {dict(labels)} and a label of its maker's choice",
                    decided(name),
                )
                break
    if wanted and refusing:
        yield refusing[0], f"refuses the namespace {name} with {dict(labels)}", f"{decided(name)} or stricter"
    if not wanted and not refusing:
        yield 0, f"admits the namespace {name} with {dict(labels)}", f"{decided(name)} or stricter"


def only_reads(guard: Guard, fields: frozenset[str], steps: frozenset[tuple[str, str]]) -> Iterator[Finding]:
    """Yield a finding where a policy judges by what must not decide, such as who asks or what the object is called."""
    for origin, field in sorted(guard.steps() - steps):
        yield guard.policy.finding(
            f"judges by {origin}.{field or '…'}", expected=f"nothing but {sorted('.'.join(each) for each in steps)}"
        )
    own = {str(each.get("name")) for each in guard.body.get("variables") or []}
    functions = {"has", "dyn", "size", "in", "true", "false", "null", "variables"}
    functions |= {"all", "exists", "exists_one", "filter", "map", "startsWith", "endsWith", "contains"}
    for expression in guard.expressions():
        bound = _bound(expression)
        strange = cel.names(expression) - own - functions - fields - bound
        if strange:
            yield guard.policy.finding(
                f"judges by {sorted(strange)}", found=expression, expected=f"nothing but {sorted(fields)}"
            )


def _bound(expression: str) -> set[str]:
    """Return the variables that comprehensions of an expression bind."""
    listed = cel.tokens(expression)
    macros = {"all", "exists", "exists_one", "filter", "map"}
    return {
        listed[index + 2][1]
        for index in range(len(listed) - 2)
        if listed[index][1] in macros and listed[index + 1][1] == "(" and listed[index + 2][0] == "name"
    }


@control(
    id="D17-no-level-no-pod",
    title="The API server refuses any pod in a namespace that enforces no level",
    severity="high",
    reads=("workloads",),
    presence=(Presence("object:ValidatingAdmissionPolicy"), Presence("object:ValidatingAdmissionPolicyBinding")),
    remediation=(
        f"Let the policy over pods refuse them unless their namespace carries the label {ENFORCE}: a namespace from"
        " before the guards has none, and Pod Security Admission asks nothing there."
    ),
    references=(_ADR,),
)
def no_level_no_pod(cluster: Cluster) -> Iterator[Finding]:
    """Asks the admission policies for a plain pod in namespaces without a level; agents_only asks in those with one."""
    listed = guards(cluster.objects())
    judging = in_force(listed, "pods", "CREATE")
    if not judging:
        yield unguarded(listed, cluster, "pods", "CREATE")
        return
    unlabelled: tuple[Mapping[str, Any], ...] = (
        {},
        {"labels": {}},
        {"labels": {"team": "a", f"{_PREFIX}/warn": "restricted"}},
    )
    spec: dict[str, Any] = {"containers": [{"name": "app", "image": "app"}]}
    spelled = {text for each in judging for one in each.expressions() for text in cel.literals(one)}
    company = in_company(spec, spelled, {})
    annotations = company.pop("")
    for name in sorted({*parameters.PLATFORM_NAMESPACES, "a-team-production"}):
        metadata: dict[str, Any] = {"name": "pod", "namespace": name}
        pods = (
            {"metadata": metadata, "spec": spec},
            {"metadata": {**metadata, "annotations": annotations}, "spec": company},
        )
        for labels in unlabelled:
            request = {"request": {"namespace": name}, "namespaceObject": {"metadata": {"name": name, **labels}}}
            if any(all(each.wording.admits({**request, "object": pod}) for each in judging) for pod in pods):
                yield judging[0].policy.finding(f"admits a pod of {name} where it enforces no level", found=labels)
                break


@control(
    id="D17-no-pod-security-policy",
    title="No PodSecurityPolicy is written, which no supported Kubernetes reads",
    severity="medium",
    reads=("workloads",),
    remediation="Use Pod Security Admission labels; PodSecurityPolicies left Kubernetes with 1.25.",
    references=(_ADR,),
)
def no_pod_security_policy(cluster: Cluster) -> Iterator[Finding]:
    """No object of the kind that went away."""
    cluster.objects()
    for thing in cluster.objects("PodSecurityPolicy"):
        yield thing.finding("is read by nothing", expected="absent")

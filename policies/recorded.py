"""X: what stands in a stack is of a recorded kind, in a stack where it is judged."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from policies import parameters
from policies.engine import Attribute, Estate, Finding, Release, Resource, Template, Unknown, control
from policies.engine.estate import ROLES
from policies.engine.helm import removed
from policies.engine.memory import remembered
from policies.engine.values import ABSENT
from policies.installation import INSTALLATION

_TYPES = frozenset(each for group in parameters.RESOURCE_TYPES.values() for each in group)
_EXACT = frozenset(parameters.REFUSED_TYPES)
_PATTERNS = tuple(each for each in parameters.REFUSED_TYPES if "*" in each)
_KUBERNETES = ("kubernetes_", "kubectl_")
_CALICO_GROUPS = ("projectcalico.org", "operator.tigera.io")
_OF_A_CLUSTERS_LOGIN = frozenset(
    {
        "auth0_client",
        "auth0_client_credentials",
        "auth0_client_grant",  # D02-clients judges it
        "auth0_connection",  # D02-only-github judges these two
        "auth0_connection_client",
        "auth0_connection_clients",
    }
)
_OF_A_CLUSTER = ("aws_eks_", "helm_", *_KUBERNETES)
_NOTHING: tuple[object, ...] = (None, False, "", 0, [], {})
_Patterns = dict[str, list[tuple[str, ...]]]
_RECORD = "RESOURCE_TYPES, OBJECT_KINDS, CHARTS or RELEASE_ARGUMENTS in policies/parameters"


def _by_first_step(listed: Mapping[str, Iterable[str]]) -> dict[str, _Patterns]:
    found: dict[str, _Patterns] = {}
    for name, values in listed.items():
        found[name] = {}
        for value in values:
            steps = tuple(value.split("/"))
            found[name].setdefault(steps[0], []).append(steps)
    return found


_PATHS = _by_first_step(parameters.CHART_VALUES)
_NULLS = {chart: [tuple(each.split("/")) for each in paths] for chart, paths in parameters.CHART_NULLS.items()}
_ADDON_PATHS = _by_first_step(parameters.ADDON_VALUES)
_INSTALLATION_PATHS = _by_first_step({INSTALLATION: parameters.INSTALLATION_FIELDS})[INSTALLATION]


def _known(kind: str) -> bool:
    return (
        kind in _TYPES
        or kind in _EXACT
        or kind in parameters.FOREIGN_CODE
        or any(fnmatchcase(kind, each) for each in _PATTERNS)
    )


@control(
    id="X12-recorded-types",
    title="Each resource and each Kubernetes object is of a type that a decision has recorded",
    severity="critical",
    scope="estate",
    reads=ROLES,
    breaks=True,
    remediation=(
        "Remove it; or amend the decision that needs it: add the type to RESOURCE_TYPES or the kind to OBJECT_KINDS in"
        " policies/parameters/recorded.py, and a control that judges it."
    ),
)
def recorded_types(estate: Estate) -> Iterator[Finding]:
    """A list of what is forbidden never ends: what nobody has recorded, nobody judges."""
    for resource in estate.resources():
        if not resource.type.startswith(_KUBERNETES) and not _known(resource.type):
            yield resource.finding(f"{resource.type} is a type that no decision has recorded", expected=_RECORD)
    for thing in estate.objects():
        recorded = thing.kind in parameters.OBJECT_KINDS or thing.kind in parameters.REFUSED_KINDS
        if not recorded and not any(group in thing.api_version for group in _CALICO_GROUPS):
            yield thing.finding(
                f"{thing.kind or 'an object'} is a kind that no decision has recorded", expected=_RECORD
            )


def _what_is_sent(release: Release) -> str:
    """Return the argument that tells whether a release has what is write-only; of that, a state has the revision alone."""
    return "set_wo_revision" if release.resource.stack.layer == "state" else "set_wo"


@control(
    id="X14-recorded-releases",
    title="Each release is of a recorded chart and says nothing that changes it unseen",
    severity="critical",
    scope="estate",
    reads=ROLES,
    breaks=True,
    remediation=(
        "Remove the release or the argument; or amend the decision that needs it: add the chart to CHARTS, or the"
        " argument to RELEASE_ARGUMENTS, in policies/parameters."
    ),
)
def recorded_releases(estate: Estate) -> Iterator[Finding]:
    """A chart brings whatever its author wrote, and a post-renderer rewrites what was judged."""
    for release in estate.releases():
        local = release.is_local and release.local_name == parameters.OBJECTS_CHART
        if not local and (release.is_local or release.chart not in {*parameters.CHARTS, *parameters.AUTOSCALERS}):
            yield release["chart"].finding(
                f"{release.chart} is a chart that no decision has recorded", expected=_RECORD
            )
        elif not local and (elsewhere := _taken_from(release)):
            yield release["chart"].finding(f"is taken from {elsewhere}", expected=release.chart)
        for attribute in release.resource.attributes():
            sent = release[_what_is_sent(release)]
            if attribute.path == "reuse_values" and release.chart in _WRITTEN_ONLY and not sent.absent:
                continue  # what is write-only is sent with its revision alone, and kept by this until the next
            if attribute.path == "disable_webhooks" and release.chart in parameters.HOOKS_LEFT_OUT:
                continue
            if attribute.path not in parameters.RELEASE_ARGUMENTS and attribute.node not in _NOTHING:
                yield attribute.finding("may change what was judged", expected=_RECORD)


def _taken_from(release: Release) -> str:
    """Return where a chart comes from that its repository does not give; Helm takes a folder of that name first."""
    text, folder = release["chart"].text() or "", release.resource.stack.folder
    if text != release.chart:
        return f"{text}, whatever its repository is"
    return f"the folder {text} beside the configuration" if folder and (Path(folder) / text).exists() else ""


@control(
    id="X16-recorded-values",
    title="Each release sets values that a decision has recorded, and no others",
    severity="critical",
    scope="estate",
    reads=ROLES,
    breaks=True,
    remediation=(
        "Leave the value to the chart; or amend the decision that needs it: add the value to CHART_VALUES in"
        " policies/parameters/values.py, and a control that judges it."
    ),
)
def recorded_values(estate: Estate) -> Iterator[Finding]:
    """Any one of a chart's hundreds of values may switch off what a decision rests on, or bring objects of its own.

    So may a field of Calico's Installation, which the operator takes for its values.
    """
    for release in estate.releases(*parameters.CHART_VALUES):
        if not release.is_local:
            for each in unrecorded(release):
                yield _not_recorded(each)
            yield from _taken_apart(release)
            for each in unrecorded_nulls(release):
                yield each.finding(
                    "is null, which takes away what the chart says there", expected="a value, or nothing"
                )
    for addon in estate.resources("aws_eks_addon"):
        name, values = addon["addon_name"], addon["configuration_values"]
        if name.known and (name.text() or "") in _ADDON_PATHS and not values.absent:
            for each in _unrecorded(values, _ADDON_PATHS[name.text() or ""]):
                yield _not_recorded(each)
    for thing in estate.objects(INSTALLATION):
        for each in _unrecorded(thing["spec"], _INSTALLATION_PATHS):
            yield _not_recorded(each)


_WRITTEN_ONLY = {"kuberos": "oidc.clientSecret"}
"""Of each chart the value that is a secret, of which D03 says where it comes from."""
_ESCAPED = re.compile(r"\$\{replace\([^(),]+, \"[^\"]*,[^\"]*\", \"\\\\\\\\\$1\"\)\}")


def _not_recorded(value: Attribute) -> Finding:
    return value.finding("is a value that no decision has recorded", expected="CHART_VALUES")


@remembered("_unrecorded_nulls")
def unrecorded_nulls(release: Release) -> list[Attribute]:
    """Return each null that takes away a default of the chart's, such as that a part of it is enabled."""
    found: list[Attribute] = []
    with contextlib.suppress(Unknown):
        for each in removed(release):
            path = tuple(each.path.split("/"))
            if not any(_covers(pattern, path) for pattern in _NULLS.get(release.chart, ())):
                found.append(each)
    return found


@remembered("_unrecorded")
def unrecorded(release: Release) -> list[Attribute]:
    """Return each value of a release that no pattern covers."""
    return list(_unrecorded(release, _PATHS.get(release.chart, {})))


def _taken_apart(release: Release) -> Iterator[Finding]:
    """Yield each `set` whose value only Terraform can tell: Helm takes it apart at commas, and what follows sets another value."""
    for argument in ("set", "set_sensitive", "set_wo"):
        for each in release[argument].blocks():
            value, kind = each["value"], each["type"].text()
            if value.known or kind not in (None, "", "auto", "string"):
                continue
            secret = argument == "set_wo" and each["name"].text() == _WRITTEN_ONLY.get(release.chart)
            if not secret and not (isinstance(value.node, Template) and _ESCAPED.fullmatch(value.node.text)):
                yield value.finding("may set any other value, after a comma", expected="values", unknown=True)


def _unrecorded(what: Release | Attribute, patterns: _Patterns) -> Iterator[Attribute]:
    """Yield each value that no pattern covers; what cannot be seen, each control says that asks for it."""
    with contextlib.suppress(Unknown):
        read = what.json() if isinstance(what, Attribute) else what.values
        for path in _leaves(read.node):
            hook = any(step.startswith("helm.sh/hook") for step in path)  # takes what bears it out of its release
            if hook or not any(_covers(pattern, path) for pattern in patterns.get(path[0], ())):
                yield read.at(*path)


def _leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    while isinstance(node, Template) and (node.value is not ABSENT or node.decoded is not ABSENT):
        node = node.decoded if node.value is ABSENT else node.value
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _leaves(value, (*path, str(key)))
    elif path:
        yield path


def _covers(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    if pattern[-1] == "**":
        pattern, path = pattern[:-1], path[: len(pattern) - 1]
    return len(pattern) == len(path) and all(step in ("*", own) for step, own in zip(pattern, path, strict=True))


@control(
    id="X15-own-stack",
    title="What belongs to a cluster stands in a stack of that cluster, what belongs to the tenant in none",
    severity="critical",
    scope="estate",
    reads=ROLES,
    breaks=True,
    remediation="Move it to a stack that declares the cluster, or looks it up by its literal name; or to the tenant's own.",
)
def own_stack(estate: Estate) -> Iterator[Finding]:
    """An access entry, a node group or a binding in the account's stack would be looked at for no cluster."""
    estate.count(estate.stacks)
    for stack in estate.shared.stacks:
        for resource in (*stack.resources, *stack.settings):
            if _of_a_cluster(resource):
                yield resource.finding(
                    f"stands in the stack {stack.name}, which is of no cluster",
                    found=stack.name,
                    expected="its cluster's",
                )
    for cluster in estate.clusters:
        for stack in cluster.stacks:
            for resource in stack.resources:
                if _of_the_tenant(resource):
                    text = f"stands in the stack {stack.name}, which is of a cluster"
                    yield resource.finding(text, found=stack.name, expected="the tenant's")


def _of_the_tenant(resource: Resource) -> bool:
    return (
        resource.mode == "managed" and resource.type.startswith("auth0_") and resource.type not in _OF_A_CLUSTERS_LOGIN
    )


def _of_a_cluster(resource: Resource) -> bool:
    if resource.mode == "provider":
        return resource.type in ("helm", "kubernetes", "kubectl")
    return resource.mode == "managed" and resource.type.startswith(_OF_A_CLUSTER) and resource.type != "aws_eks_cluster"

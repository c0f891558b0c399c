"""Which nodes the scheduler considers for a pod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.engine.attribute import Attribute
from policies.engine.values import Unknown

_EVERY_NODE = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}


@dataclass(frozen=True, slots=True)
class Node:
    """A node as the scheduler sees it; each taint is key, value and effect as a pod spells it."""

    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[tuple[str, str, str], ...] = ()


def fits(pod: Attribute, node: Node, *, affinity: Attribute | None = None) -> bool:
    """Whether a pod with the `nodeSelector`, `affinity` and `tolerations` in `pod` may run on `node`; raise Unknown."""
    labels = {**_EVERY_NODE, **node.labels}
    selector = pod["nodeSelector"].data() or {}
    if any(labels.get(key) != str(value) for key, value in selector.items()):
        return False
    affinity = pod["affinity"] if affinity is None else affinity
    required = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    terms = required.data()
    if terms is not None and not any(_term(term, labels, required) for term in terms):
        return False
    for beside in (affinity["podAffinity"], affinity["podAntiAffinity"]):
        listed = beside["requiredDuringSchedulingIgnoredDuringExecution"]
        if not listed.absent and listed.data():
            raise Unknown(listed.name, "depends on other pods, which may be nowhere or everywhere")
    tolerations = pod["tolerations"].data() or []
    return all(
        effect == "PreferNoSchedule" or _tolerated(tolerations, (key, value, effect))
        for key, value, effect in node.taints
    )


def _term(term: Mapping[str, Any], labels: Mapping[str, str], where: Attribute) -> bool:
    if set(term) - {"matchExpressions"}:
        raise Unknown(where.name, f"selects by {sorted(set(term) - {'matchExpressions'})}")
    expressions = term.get("matchExpressions") or []
    return bool(expressions) and all(_expression(each, labels, where) for each in expressions)


def _expression(each: Mapping[str, Any], labels: Mapping[str, str], where: Attribute) -> bool:
    value, wanted = labels.get(str(each.get("key"))), [str(item) for item in each.get("values") or []]
    operators = {
        "In": value in wanted,
        "NotIn": value not in wanted,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }
    operator = str(each.get("operator"))
    if operator not in operators:
        raise Unknown(where.name, f"compares by {operator}")
    return operators[operator]


def _tolerated(tolerations: list[Mapping[str, Any]], taint: tuple[str, str, str]) -> bool:
    key, value, effect = taint
    for each in tolerations:
        exists = each.get("operator", "Equal") == "Exists"
        if each.get("effect") not in (None, "", effect):
            continue
        if not each.get("key"):
            if exists:
                return True
        elif each["key"] == key and (exists or str(each.get("value", "")) == value):
            return True
    return False

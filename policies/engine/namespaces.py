"""The namespaces of a cluster, each with all that says something of it."""

from __future__ import annotations

from policies.engine.estate import Scope
from policies.engine.kubernetes import KubernetesObject


def declared(scope: Scope) -> dict[str, list[KubernetesObject]]:
    """Return each namespace that a stack makes or labels, with the objects that do, ordered by name."""
    found: dict[str, list[KubernetesObject]] = {}
    for each in scope.objects("Namespace"):
        found.setdefault(each.name, []).append(each)
    return dict(sorted(found.items()))

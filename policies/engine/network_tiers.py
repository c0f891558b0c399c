"""What network policies mean together: whether one pod reaches another, or an address.

Calico judges Kubernetes' policies and its own in tiers, ordered by number. In a tier the policies that select the pod are
asked in their order, and the first rule that matches decides: allow, deny, or pass to the next tier. Where policies of a
tier select the pod and none of their rules matches, the tier's default action decides. Kubernetes' policies stand in the
tier `default` with order 1000. What no policy selects is allowed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from policies.engine.kubernetes import KubernetesObject
from policies.engine.network_policy import NAMESPACE_NAME, USUAL_TRAFFIC, Direction, Endpoint, Policy, Traffic, Verdict
from policies.engine.selectors import Choices, mentioned, mentioned_by_calico
from policies.engine.values import Unknown

TIERS = {"default": 1_000_000.0, "kube-admin": 1_000.0, "kube-baseline": 10_000_000.0}
"""Tiers that Calico makes itself, and their order."""
CALICO_KINDS = ("NetworkPolicy", "GlobalNetworkPolicy")
_LAST = float("inf")


class NetworkPolicies:
    """All policies and tiers of a cluster; answers who reaches whom."""

    def __init__(self, objects: Iterable[KubernetesObject]) -> None:
        self.tiers: dict[str, tuple[float, str]] = {name: (order, "Deny") for name, order in TIERS.items()}
        self.tiers["kube-admin"] = (TIERS["kube-admin"], "Pass")
        self.tiers["kube-baseline"] = (TIERS["kube-baseline"], "Pass")
        self._everywhere: list[Policy] = []
        self._by_namespace: dict[str, list[Policy]] = {}
        self._asked: dict[tuple[int, Direction], tuple[Endpoint, list[tuple[str, list[Policy]]]]] = {}
        for each in objects:
            if each.kind == "Tier":
                spec = each["spec"].data() or {}
                self.tiers[each.name] = (_order(spec.get("order")), str(spec.get("defaultAction") or "Deny"))
            elif each.kind in CALICO_KINDS:
                self.add(_read(each))

    def add(self, policy: Policy) -> None:
        """Add a policy, such as one that a team could write."""
        self._asked.clear()
        if policy.namespace:
            self._by_namespace.setdefault(policy.namespace, []).append(policy)
        else:
            self._everywhere.append(policy)

    def remove(self, policy: Policy) -> None:
        """Take a policy out again."""
        self._asked.clear()
        (self._by_namespace[policy.namespace] if policy.namespace else self._everywhere).remove(policy)

    def of(self, namespace: str) -> list[Policy]:
        """Return the policies that may select pods of `namespace`."""
        return [*self._everywhere, *self._by_namespace.get(namespace, [])]

    def connects(self, source: Endpoint, target: Endpoint, traffic: Traffic = USUAL_TRAFFIC) -> bool:
        """Whether a connection from `source` to `target` is allowed to leave the one and to enter the other."""
        return self.allows("egress", source, target, traffic) and self.allows("ingress", source, target, traffic)

    def allows(
        self, direction: Direction, source: Endpoint, target: Endpoint, traffic: Traffic = USUAL_TRAFFIC
    ) -> bool:
        """Whether the policies of `source` (egress) or `target` (ingress) allow the connection."""
        return self.decide(direction, source, target, traffic)[0]

    def decide(
        self, direction: Direction, source: Endpoint, target: Endpoint, traffic: Traffic = USUAL_TRAFFIC
    ) -> tuple[bool, Policy | None]:
        """Return whether it is allowed, and the policy that decided; None where none did."""
        for tier, policies in self._selecting(source if direction == "egress" else target, direction):
            verdict: Verdict = ""
            for policy in policies:
                verdict = policy.verdict(direction, source, target, traffic)
                if verdict:
                    break
            if verdict in ("allow", "deny"):
                return verdict == "allow", policy
            if not verdict and self._tier(tier)[1] != "Pass":
                return False, policy
        return True, None

    def _selecting(self, judged: Endpoint, direction: Direction) -> list[tuple[str, list[Policy]]]:
        """Return the policies that select an endpoint by their tiers, both in the order in which they are asked."""
        if not judged.is_pod:
            return []
        known = self._asked.get((id(judged), direction))
        if known is not None:  # it holds the endpoint, so that no other one can have its identity
            return known[1]
        by_tier: dict[str, list[Policy]] = {}
        for policy in self.of(judged.namespace):
            if policy.selects(judged, direction):
                by_tier.setdefault(policy.tier, []).append(policy)
        found = [
            (tier, sorted(by_tier[tier], key=lambda each: (each.order, each.name)))
            for tier in sorted(by_tier, key=lambda name: (self._tier(name)[0], name))
        ]
        self._asked[id(judged), direction] = (judged, found)
        return found

    def _tier(self, name: str) -> tuple[float, str]:
        if name not in self.tiers:
            raise Unknown(f"tier {name}", "is not declared")
        return self.tiers[name]

    def choices(self, namespace: str, direction: Direction, *, judged: bool) -> tuple[Choices, Choices]:
        """Return the labels of pods and of namespaces that the policies over `namespace` ask about, of the pod that is judged or of the other one."""
        pods: Choices = {}
        namespaces: Choices = {}
        own = "destination" if direction == "ingress" else "source"
        for policy in self.of(namespace):
            rules = [each for each in policy.spec.get(direction) or [] if isinstance(each, dict)]
            asked: list[Any] = [rule.get(own) if judged else {**rule, own: None} for rule in rules]
            if judged:
                asked.append({key: value for key, value in policy.spec.items() if key in _SELECTORS})
            _walk(asked, lambda key, value: _gather(key, value, pods, namespaces))
        for reserved in _NOT_CHOSEN:
            namespaces.pop(reserved, None)
            pods.pop(reserved, None)
        return pods, namespaces


_SELECTORS = ("podSelector", "namespaceSelector", "selector", "notSelector")
_NOT_CHOSEN = (
    NAMESPACE_NAME,
    "projectcalico.org/name",
    "projectcalico.org/namespace",
    "projectcalico.org/orchestrator",
)
"""Labels that Kubernetes and Calico set themselves."""


def endpoint(namespace: str, labels: Mapping[str, str], of_namespace: Mapping[str, str], address: str) -> Endpoint:
    """Return a pod of these labels, Calico's own label of its service account among them."""
    own = dict(labels)
    account = own.pop("projectcalico.org/serviceaccount", "default")
    return Endpoint(namespace, own, of_namespace, address, account)


_ANYWHERE = ("10.0.0.10", "172.31.255.1", "192.168.99.9", "100.64.9.9", "198.51.100.9")


def addresses(policies: Iterable[Policy], direction: Direction, *, usual: str) -> list[str]:
    """Return addresses of the pod that is judged which Calico's rules tell apart by its network; else the usual one."""
    side = "destination" if direction == "ingress" else "source"
    named: list[str] = []
    for policy in policies:
        for rule in (policy.spec.get(direction) or []) if not policy.kubernetes else ():
            entity = rule.get(side) or {}
            named += [str(each) for key in ("nets", "notNets") for each in entity.get(key) or []]
    if not named:
        return [usual]
    networks = [ipaddress.ip_network(each, strict=False) for each in named]
    inside = [str(each[min(7, each.num_addresses - 1)]) for each in networks]
    return list(dict.fromkeys([usual, *_ANYWHERE, *inside]))


def _gather(key: str, value: Any, pods: Choices, namespaces: Choices) -> None:
    into = namespaces if key == "namespaceSelector" else pods
    found = mentioned(value) if isinstance(value, dict) else mentioned_by_calico(str(value)) if value else {}
    for label, values in found.items():
        into.setdefault(label, set()).update(values)


def _walk(node: Any, visit: Callable[[str, Any], None]) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _SELECTORS:
                visit(key, value)
            else:
                _walk(value, visit)
    elif isinstance(node, list):
        for each in node:
            _walk(each, visit)


def _order(value: Any) -> float:
    return _LAST if value is None else float(value)


def _read(each: KubernetesObject) -> Policy:
    spec = each["spec"].data() or {}
    is_calico = each.kind == "GlobalNetworkPolicy" or "projectcalico" in each.api_version
    namespace = "" if each.kind == "GlobalNetworkPolicy" else (each.namespace or "default")
    if not is_calico:
        return Policy("default", 1000.0, f"knp.default.{each.name}", namespace, spec, True, each)
    tier = str(spec.get("tier") or "default")
    return Policy(tier, _order(spec.get("order")), each.name, namespace, spec, False, each)

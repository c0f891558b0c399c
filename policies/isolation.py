"""Who reaches the pods of a namespace, and what they reach themselves: asked of friends and of strangers (D13)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from policies import parameters
from policies.engine import Finding, KubernetesObject, Unknown
from policies.engine.network_policy import Endpoint, Policy, Traffic
from policies.engine.network_tiers import NetworkPolicies, addresses, endpoint
from policies.engine.selectors import variants

_ELSEWHERE = "203.0.113.9"
_POD = "10.99.0.5"
_WEBHOOK = Traffic(parameters.WEBHOOK_PORT)


@dataclass(frozen=True, slots=True)
class _Stranger:
    """Somebody whom a namespace does not admit."""

    who: str
    endpoint: Endpoint
    but_for: Traffic | None = None
    """What is admitted all the same."""


_CLOSED: set[tuple[object, ...]] = set()
"""What was asked of policies that turned out right, each with their whole wording; clusters are much alike."""


def isolation(
    policies: NetworkPolicies, namespace: str, culprit: KubernetesObject, admitted: set[str], *, required: set[str]
) -> Iterator[Finding]:
    """Find who of `required` is kept away from the namespace's pods, and who beside `admitted` reaches them."""
    own = policies.of(namespace)
    asked = (
        namespace,
        frozenset(admitted),
        frozenset(required),
        frozenset(policies.tiers.items()),
        tuple(each.wording for each in own),
    )
    if asked not in _CLOSED:
        found = list(_openings(policies, namespace, culprit, admitted, required))
        if not found:
            _CLOSED.add(asked)
        yield from found


def _openings(
    policies: NetworkPolicies, namespace: str, culprit: KubernetesObject, admitted: set[str], required: set[str]
) -> Iterator[Finding]:
    own = policies.of(namespace)
    asked_of_pods, asked_of_namespaces = policies.choices(namespace, "ingress", judged=True)
    targets = [
        endpoint(namespace, labels, of_namespace, address)
        for labels in (*variants(asked_of_pods), {"app": "web"})
        for of_namespace in variants(asked_of_namespaces)
        for address in addresses(own, "ingress", usual=_POD)
    ]
    culprit = next((each.source for each in own if each.namespace and each.source is not None), culprit)
    connections = [Traffic(port, protocol) for port, protocol in _ports(own)]
    sources = {"ingress": parameters.INGRESS_NAMESPACE, "scraping": parameters.MONITORING_NAMESPACE}
    friends = {"itself": namespace, **{key: sources[key] for key in sorted(required & set(sources))}}
    for who, friend in friends.items():
        asked = [(Endpoint(friend, {"app": "friend"}, {}, "10.1.0.7"), target) for target in targets]
        refused = next(
            (
                policies.decide("ingress", *pair, connections[0])
                for pair in asked
                if not policies.allows("ingress", *pair, connections[0])
            ),
            None,
        )
        if refused is not None:
            blamed = _blamed(refused[1], culprit)
            yield blamed.finding(f"keeps {who} ({friend}) away from {namespace}", found=_shown(own), expected=friend)
    strangers = list(_strangers(policies, namespace, own, admitted))
    if "api_server" in required and not any(
        policies.allows("ingress", Endpoint(address=address), targets[0], _WEBHOOK) for address in _addresses(own)
    ):
        yield culprit.finding(
            f"{namespace}: the control plane reaches no webhook",
            expected="what comes from the nodes' networks and is no pod",
        )
    told: set[object] = set()
    for stranger in strangers:
        alike = (stranger.but_for, tuple(each.tells("ingress", stranger.endpoint) for each in own))
        if alike in told:
            continue
        told.add(alike)
        for target in targets:
            open_to = [
                each
                for each in connections
                if each != stranger.but_for and policies.allows("ingress", stranger.endpoint, target, each)
            ]
            if open_to:
                _, decider = policies.decide("ingress", stranger.endpoint, target, open_to[0])
                yield _blamed(decider, culprit).finding(
                    f"lets {stranger.who} reach port {open_to[0].port} of {'every pod' if not target.labels else 'some pods'}"
                    f" in {namespace}",
                    found=_shown(own) or "no policy",
                    expected=sorted(friends.values()),
                )
                return


def ways_out(
    policies: NetworkPolicies, namespace: str, culprit: KubernetesObject, *, every_pod: bool = False
) -> Iterator[Finding]:
    """Find what the namespace's pods need and do not reach: names, and services outside; `every_pod`, whatever its labels."""
    choices = variants(policies.choices(namespace, "egress", judged=True)[0]) if every_pod else []
    for labels in ({"app": "web"}, *choices):
        found = list(_ways_out(policies, endpoint(namespace, labels, {}, _POD), culprit))
        yield from found
        if found:
            return


def _ways_out(policies: NetworkPolicies, pod: Endpoint, culprit: KubernetesObject) -> Iterator[Finding]:
    dns = Endpoint("kube-system", {"k8s-app": "kube-dns"}, {}, "10.1.0.53")
    wanted = (
        ("the cluster's DNS", dns, Traffic(53, "UDP")),
        ("the cluster's DNS", dns, Traffic(53, "TCP")),
        ("services outside", Endpoint(address=_ELSEWHERE), Traffic(443, "TCP")),
    )
    for what, target, traffic in wanted:
        for direction in ("egress", "ingress"):
            allowed, decider = policies.decide(direction, pod, target, traffic)
            if not allowed:
                yield _blamed(decider, culprit).finding(f"keeps {pod.namespace} from {what}", expected=what)


def _strangers(policies: NetworkPolicies, namespace: str, own: list[Policy], admitted: set[str]) -> Iterator[_Stranger]:
    names = ["another-team", "kube-system", "default", f"{namespace}-copy", f"copy-{namespace}", *sorted(_quoted(own))]
    if "ingress" not in admitted:
        names.append(parameters.INGRESS_NAMESPACE)
    else:
        names.append(f"{parameters.INGRESS_NAMESPACE}-of-a-team")
    if "scraping" not in admitted:
        names.append(parameters.MONITORING_NAMESPACE)
    welcome = {namespace, *({parameters.INGRESS_NAMESPACE} if "ingress" in admitted else set())}
    welcome |= {parameters.MONITORING_NAMESPACE} if "scraping" in admitted else set()
    listed = _addresses(own)
    asked_of_pods, asked_of_namespaces = policies.choices(namespace, "ingress", judged=False)
    for name in dict.fromkeys(names):
        if name in welcome:
            continue
        for labels in variants(asked_of_pods):
            for of_namespace in variants(asked_of_namespaces):
                for address in listed:
                    yield _Stranger(f"pods of {name}", endpoint(name, labels, of_namespace, address))
    yield _Stranger("the world", Endpoint(address=_ELSEWHERE))
    webhook = _WEBHOOK if "api_server" in admitted else None
    for address in listed:
        yield _Stranger(f"whatever has the address {address}", Endpoint(address=address), webhook)


def _quoted(policies: Iterable[Policy]) -> set[str]:
    """Return each namespace that a policy names."""
    found: set[str] = set()
    for policy in policies:
        for text in _texts(policy.spec):
            found |= set(text.replace('"', "'").split("'")[1::2]) or {text}
    return {each for each in found if each and all(char.isalnum() or char == "-" for char in each) and each.islower()}


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in ("name", "action", "protocol", "tier", "policyTypes", "types"):
                yield from _texts(value)
    elif isinstance(node, list):
        for each in node:
            yield from _texts(each)
    elif isinstance(node, str):
        yield node


def _addresses(policies: Iterable[Policy]) -> list[str]:
    """Return an address of each network that a policy names, and one of none."""
    found = [_POD]
    for policy in policies:
        for text in _texts(policy.spec):
            if "/" in text and text[0].isdigit():
                try:
                    network = ipaddress.ip_network(text, strict=False)
                except ValueError:
                    raise Unknown(policy.name, f"names the network {text!r}") from None
                found.append(str(network[min(7, network.num_addresses - 1)]))
    return list(dict.fromkeys(found))


def _ports(policies: Iterable[Policy]) -> list[tuple[int, str]]:
    """Return the ports that policies name, those beside what they take out, and some of none."""
    found: dict[tuple[int, str], None] = {(8080, "TCP"): None, (9100, "UDP"): None}
    for policy in policies:
        for rule in policy.spec.get("ingress") or []:
            destination = rule.get("destination") or {}
            denies = not policy.kubernetes and str(rule.get("action", "")).lower() != "allow"
            for each in [*(rule.get("ports") or []), *(destination.get("ports") or [])]:
                ends = [each.get("port"), each.get("endPort")] if isinstance(each, dict) else str(each).split(":")
                protocol = str((each.get("protocol") if isinstance(each, dict) else rule.get("protocol")) or "TCP")
                for port in _beside(ends) if denies else _beside(ends)[:1]:
                    found[port, protocol.upper()] = None
            for each in destination.get("notPorts") or []:
                for port in _beside(str(each).split(":")):
                    found[port, "TCP"] = found[port, "UDP"] = None
            others = rule.get("notProtocol") or str(rule.get("protocol") or "TCP").upper() not in ("TCP", "UDP")
            if others and not policy.kubernetes:
                found[8080, "SCTP"] = None
    return list(found)


def _beside(ends: Iterable[Any]) -> list[int]:
    """Return the ends of a range of ports and what stands beside them; 8080 for a port that has a name."""
    numbers = [int(str(end)) for end in ends if str(end).isdigit()]
    return [port for end in numbers for port in (end, end - 1, end + 1) if 0 < port < 65536] or [8080]


def _blamed(policy: Policy | None, otherwise: KubernetesObject) -> KubernetesObject:
    return policy.source if policy is not None and policy.source is not None else otherwise


def _shown(policies: Iterable[Policy]) -> list[str]:
    return [each.source.address for each in policies if each.source is not None]

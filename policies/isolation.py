"""Who reaches the pods of a namespace, and what they reach themselves: asked of friends and of strangers (D13)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from policies import parameters
from policies.engine import Finding, KubernetesObject, Unknown
from policies.engine.network_policy import Endpoint, Policy, Traffic
from policies.engine.network_tiers import NetworkPolicies, labels_to_escape

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
    pod_labels, namespace_labels = policies.labels_worth_having(namespace)
    labelled: tuple[dict[str, str], ...] = ({}, pod_labels or {"app": "web"}, labels_to_escape(own))
    labelled = tuple(each for at, each in enumerate(labelled) if each not in labelled[:at])
    targets = [Endpoint(namespace, labels, namespace_labels, _POD) for labels in labelled]
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
    strangers = list(_strangers(namespace, own, pod_labels, namespace_labels, admitted))
    if "api_server" in required and not any(
        policies.allows("ingress", Endpoint(address=address), targets[0], _WEBHOOK) for address in _addresses(own)
    ):
        yield culprit.finding(
            f"{namespace}: the control plane reaches no webhook",
            expected="what comes from the nodes' networks and is no pod",
        )
    for stranger in strangers:
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


def ways_out(policies: NetworkPolicies, namespace: str, culprit: KubernetesObject) -> Iterator[Finding]:
    """Find what the namespace's pods need and do not reach: names, and services outside."""
    pod = Endpoint(namespace, {"app": "web"}, {}, _POD)
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
                yield _blamed(decider, culprit).finding(f"keeps {namespace} from {what}", expected=what)


def _strangers(
    namespace: str,
    own: list[Policy],
    pod_labels: dict[str, str],
    namespace_labels: dict[str, str],
    admitted: set[str],
) -> Iterator[_Stranger]:
    names = ["another-team", "kube-system", "default", f"{namespace}-copy", f"copy-{namespace}", *sorted(_quoted(own))]
    if "ingress" not in admitted:
        names.append(parameters.INGRESS_NAMESPACE)
    else:
        names.append(f"{parameters.INGRESS_NAMESPACE}-of-a-team")
    if "scraping" not in admitted:
        names.append(parameters.MONITORING_NAMESPACE)
    welcome = {namespace, *({parameters.INGRESS_NAMESPACE} if "ingress" in admitted else set())}
    welcome |= {parameters.MONITORING_NAMESPACE} if "scraping" in admitted else set()
    addresses = _addresses(own)
    for name in dict.fromkeys(names):
        if name in welcome:
            continue
        yield _Stranger(f"pods of {name}", Endpoint(name, {}, {}, _POD))
        for address in addresses:
            yield _Stranger(f"pods of {name}", Endpoint(name, pod_labels, namespace_labels, address))
    yield _Stranger("the world", Endpoint(address=_ELSEWHERE))
    webhook = _WEBHOOK if "api_server" in admitted else None
    for address in addresses:
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
    found: dict[tuple[int, str], None] = {(8080, "TCP"): None, (9100, "UDP"): None}
    for policy in policies:
        for rule in policy.spec.get("ingress") or []:
            listed = [*(rule.get("ports") or []), *((rule.get("destination") or {}).get("ports") or [])]
            for each in listed:
                port = each.get("port") if isinstance(each, dict) else str(each).split(":")[0]
                protocol = str((each.get("protocol") if isinstance(each, dict) else rule.get("protocol")) or "TCP")
                found[int(str(port)) if str(port).isdigit() else 8080, protocol.upper()] = None
    return list(found)


def _blamed(policy: Policy | None, otherwise: KubernetesObject) -> KubernetesObject:
    return policy.source if policy is not None and policy.source is not None else otherwise


def _shown(policies: Iterable[Policy]) -> list[str]:
    return [each.source.address for each in policies if each.source is not None]

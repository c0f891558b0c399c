"""One network policy, of Kubernetes or of Calico: which pods it selects, and what it says of a connection."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

from policies.engine.kubernetes import KubernetesObject
from policies.engine.selectors import calico, matches
from policies.engine.values import Unknown

Direction = Literal["ingress", "egress"]
Verdict = Literal["allow", "deny", "pass", ""]
_VERDICTS: dict[str, Verdict] = {"allow": "allow", "deny": "deny", "pass": "pass"}
"""Actions of Calico that decide; `Log` is none."""

NAMESPACE_NAME = "kubernetes.io/metadata.name"
_RULE = frozenset({"action", "protocol", "notProtocol", "ipVersion", "source", "destination", "metadata"})
_ENTITY = frozenset({"nets", "notNets", "selector", "notSelector", "namespaceSelector", "ports", "notPorts"})
"""What of a rule of Calico's is understood."""


@dataclass(frozen=True, eq=False)
class Endpoint:
    """A pod, or what is no pod: then `namespace` is empty and only the address counts."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    address: str = "10.0.0.10"
    service_account: str = "default"

    @property
    def is_pod(self) -> bool:
        """Whether it is a pod."""
        return bool(self.namespace)

    @cached_property
    def pod_labels(self) -> dict[str, str]:
        """Labels as Calico sees them."""
        if not self.is_pod:
            return {}
        return {
            **{f"pcns.{key}": value for key, value in self.of_namespace.items()},
            **self.labels,
            "projectcalico.org/namespace": self.namespace,
            "projectcalico.org/orchestrator": "k8s",
            "projectcalico.org/serviceaccount": self.service_account,
        }

    @cached_property
    def of_namespace(self) -> dict[str, str]:
        """Labels of its namespace; the names in them cannot be chosen."""
        if not self.is_pod:
            return {}
        names = {NAMESPACE_NAME: self.namespace, "projectcalico.org/name": self.namespace}
        return {**self.namespace_labels, **names}


@dataclass(frozen=True, slots=True)
class Traffic:
    """A connection's protocol and destination port."""

    port: int = 8080
    protocol: str = "TCP"


USUAL_TRAFFIC = Traffic()
"""What pods commonly serve."""


@dataclass(eq=False)
class Policy:
    """One policy of either kind, with what it says as plain data."""

    tier: str
    order: float
    name: str
    namespace: str
    spec: Mapping[str, Any]
    kubernetes: bool
    source: KubernetesObject | None = None
    _asked: tuple[Endpoint, Direction, dict[int, bool]] | None = field(default=None, init=False, repr=False)
    """Of whom was asked last, and which rules are about him: commonly one is asked for after the other port."""

    @cached_property
    def wording(self) -> str:
        """All that it says, wherever it stands: two policies of the same wording decide the same."""
        return repr((self.tier, self.order, self.name, self.namespace, self.kubernetes, self.spec))

    def selects(self, pod: Endpoint, direction: Direction) -> bool:
        """Whether it applies to `pod` in `direction`."""
        if direction not in self.directions or not pod.is_pod:
            return False
        if self.namespace and self.namespace != pod.namespace:
            return False
        if self.kubernetes:
            return matches(self.spec.get("podSelector") or {}, pod.labels)
        if self.spec.get("doNotTrack") or self.spec.get("preDNAT"):
            return False
        if self.spec.get("serviceAccountSelector"):
            raise Unknown(self.name, "selects by service account")
        for key, labels in (("selector", pod.pod_labels), ("namespaceSelector", pod.of_namespace)):
            if self.spec.get(key) and not calico(str(self.spec[key]))(labels):
                return False
        return True

    @cached_property
    def directions(self) -> set[Direction]:
        """Return the directions that it judges."""
        listed = self.spec.get("policyTypes" if self.kubernetes else "types")
        if listed:
            return {"ingress" if each == "Ingress" else "egress" for each in listed}
        has_egress = bool(self.spec.get("egress"))
        if self.kubernetes:
            return {"ingress", "egress"} if has_egress else {"ingress"}
        return (
            {"egress"}
            if has_egress and not self.spec.get("ingress")
            else ({"ingress", "egress"} if has_egress else {"ingress"})
        )

    def verdict(self, direction: Direction, source: Endpoint, target: Endpoint, traffic: Traffic) -> Verdict:
        """Return what its rules say of a connection; empty where none matches."""
        if self.kubernetes:
            other = source if direction == "ingress" else target
            return "allow" if self._kubernetes_admits(direction, other, traffic) else ""
        for rule in self.spec.get(direction) or []:
            verdict = _VERDICTS.get(str(rule.get("action", "")).lower(), "")
            if verdict and self._calico_rule(rule, source, target, traffic):
                return verdict
        return ""

    def _kubernetes_admits(self, direction: Direction, other: Endpoint, traffic: Traffic) -> bool:
        if self._asked is None or self._asked[0] is not other or self._asked[1] != direction:
            self._asked = (other, direction, {})
        about = self._asked[2]
        for number, rule in enumerate(self.spec.get(direction) or ()):
            if number not in about:
                peers = rule.get("from" if direction == "ingress" else "to")
                about[number] = not peers or any(self._peer(each, other) for each in peers)
            if about[number]:
                ports = rule.get("ports")
                if not ports or any(_kubernetes_port(each, traffic) for each in ports):
                    return True
        return False

    def tells(self, direction: Direction, other: Endpoint) -> tuple[bool, ...]:
        """Return which of its rules' peers the other end is: it decides the same for two of whom it tells the same."""
        rules = self.spec.get(direction) or ()
        if self.kubernetes:
            side = "from" if direction == "ingress" else "to"
            return tuple(self._peer(each, other) for rule in rules for each in rule.get(side) or ())
        side = "source" if direction == "ingress" else "destination"
        version = _address(other.address).version
        return tuple(
            rule.get("ipVersion") in (None, version)
            and self._entity({**(rule.get(side) or {}), **_NO_PORTS}, other, None)
            for rule in rules
        )

    def _peer(self, peer: Mapping[str, Any], other: Endpoint) -> bool:
        block = peer.get("ipBlock")
        if block:
            return _inside(other.address, [block["cidr"]]) and not _inside(other.address, block.get("except") or [])
        if not other.is_pod:
            return False
        namespaces, pods = peer.get("namespaceSelector"), peer.get("podSelector")
        if namespaces is None and pods is None:
            return False
        if namespaces is None and other.namespace != self.namespace:
            return False
        if namespaces is not None and not matches(namespaces, other.of_namespace):
            return False
        return pods is None or matches(pods, other.labels)

    def _calico_rule(self, rule: Mapping[str, Any], source: Endpoint, target: Endpoint, traffic: Traffic) -> bool:
        unknown = rule.keys() - _RULE
        if unknown:
            raise Unknown(self.name, f"matches by {sorted(unknown)}")
        protocol, not_protocol = rule.get("protocol"), rule.get("notProtocol")
        if protocol is not None and str(protocol).upper() not in (traffic.protocol, _number(traffic.protocol)):
            return False
        if not_protocol is not None and str(not_protocol).upper() in (traffic.protocol, _number(traffic.protocol)):
            return False
        if rule.get("ipVersion") not in (None, _address(target.address).version):
            return False
        return self._entity(rule.get("source") or {}, source, None) and self._entity(
            rule.get("destination") or {}, target, traffic.port
        )

    def _entity(self, entity: Mapping[str, Any], endpoint: Endpoint, port: int | None) -> bool:
        if not entity:
            return True
        if unknown := entity.keys() - _ENTITY:
            raise Unknown(self.name, f"matches by {sorted(unknown)}")
        if entity.get("nets") and not _inside(endpoint.address, entity["nets"]):
            return False
        if entity.get("notNets") and _inside(endpoint.address, entity["notNets"]):
            return False
        selectors = entity.get("selector") or entity.get("namespaceSelector")
        if selectors and not endpoint.is_pod:
            return False
        if (
            selectors
            and self.namespace
            and not entity.get("namespaceSelector")
            and endpoint.namespace != self.namespace
        ):
            return False
        if entity.get("selector") and not calico(str(entity["selector"]))(endpoint.pod_labels):
            return False
        if entity.get("namespaceSelector") and not calico(str(entity["namespaceSelector"]))(endpoint.of_namespace):
            return False
        if entity.get("notSelector") and calico(str(entity["notSelector"]))(endpoint.pod_labels):
            return False
        if port is None:
            if entity.get("ports") or entity.get("notPorts"):
                raise Unknown(self.name, "matches by the source's port")
            return True
        if entity.get("ports") and not _ports(entity["ports"], port, self.name):
            return False
        return not (entity.get("notPorts") and _ports(entity["notPorts"], port, self.name))


_NO_PORTS = {"ports": None, "notPorts": None}


def _number(protocol: str) -> str:
    return {"TCP": "6", "UDP": "17", "SCTP": "132"}.get(protocol, "")


_address = lru_cache(maxsize=4096)(ipaddress.ip_address)


@lru_cache(maxsize=65536)
def _within(address: str, network: str) -> bool:
    return _address(address) in ipaddress.ip_network(network, strict=False)


def _inside(address: str, networks: Iterable[str]) -> bool:
    return any(_within(address, str(each)) for each in networks)


def _kubernetes_port(port: Mapping[str, Any], traffic: Traffic) -> bool:
    if str(port.get("protocol") or "TCP") != traffic.protocol:
        return False
    wanted = port.get("port")
    if wanted is None:
        return True
    if not str(wanted).isdigit():
        return True  # a port by its name may be any
    return int(wanted) <= traffic.port <= int(port.get("endPort") or wanted)


def _ports(listed: Iterable[Any], port: int, name: str) -> bool:
    for each in listed:
        low, _, high = str(each).partition(":")
        if not low.isdigit() or (high and not high.isdigit()):
            raise Unknown(name, f"matches by the port {each!r}")
        if int(low) <= port <= int(high or low):
            return True
    return False

"""Policies that close all but one corner: a label, an account, a network or a port that nobody would try (D13, D20)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Body, Stacks, violation
from tests.violations.workloads import LIVE, held, manifest, values

_TEAM = "court-probation-dev"


def _guard(stacks: Stacks) -> Any:
    return held(stacks, "instance-metadata_policy", "GlobalNetworkPolicy")["spec"]


def _admitting(stacks: Stacks, name: str, *rules: Body) -> None:
    """Add a policy of Calico's over the team's namespace, before all others."""
    spec = {"order": 1, "tier": "default", "types": ["Ingress"], "ingress": list(rules)}
    metadata = {"name": f"default.{name}", "namespace": _TEAM}
    body = {"apiVersion": "crd.projectcalico.org/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
    manifest(stacks, name, body)


@violation(kills="D20-metadata-denied")
def but_one_service_account(stacks: Stacks) -> None:
    """Pods of one service account are left out, by Calico's own label; any team may make one of that name."""
    _guard(stacks)["selector"] = "projectcalico.org/serviceaccount != 'metrics'"


@violation(kills="D20-metadata-denied")
def but_labels_that_begin_so(stacks: Stacks) -> None:
    """A label whose value begins so is the way out; no value stands in the policy whole."""
    _guard(stacks)["selector"] = "!(has(role) && role starts with 'debug-')"


@violation(kills="D20-metadata-denied")
def but_one_label_without_another(stacks: Stacks) -> None:
    """Who has both labels is denied, and who has none; with the first alone a pod gets out."""
    _guard(stacks)["selector"] = "!has(debug) || has(audited)"


@violation(kills="D20-metadata-denied")
def denied_by_where_pods_are_not(stacks: Stacks) -> None:
    """The denial is for pods of 10/8; the VPC's addresses are others."""
    for rule in _guard(stacks)["egress"]:
        rule["source"] = {"nets": ["10.0.0.0/8"]}


@violation(kills="D20-metadata-denied")
def allowed_from_the_nodes_subnets(stacks: Stacks) -> None:
    """An allow for the nodes' subnets before the denial: pods have addresses of the same subnets."""
    rule = {"action": "Allow", "source": {"nets": ["172.20.32.0/19", "172.20.64.0/19", "172.20.96.0/19"]}}
    _guard(stacks)["egress"].insert(0, rule)


@violation(kills="D13-tenants-apart", names="kubernetes_manifest.by-target")
def open_by_the_targets_network(stacks: Stacks) -> None:
    """Whoever asks is admitted to pods of these networks, in which all pods are."""
    _admitting(stacks, "by-target", {"action": "Allow", "destination": {"nets": ["172.20.0.0/16"]}})


@violation(kills="D13-tenants-apart", names="kubernetes_manifest.but-one-port")
def open_but_for_one_port(stacks: Stacks) -> None:
    """Every port is open but those that a check would try."""
    _admitting(
        stacks, "but-one-port", {"action": "Allow", "protocol": "TCP", "destination": {"notPorts": [8080, 10250]}}
    )


@violation(kills="D13-tenants-apart", names="kubernetes_manifest.hole")
def open_between_two_ranges(stacks: Stacks) -> None:
    """Two ranges are denied, what lies between them is not, and then everything is allowed."""
    others = {"notSelector": "projectcalico.org/namespace in {'court-probation-dev', 'ingress-controllers'}"}
    closed = {"action": "Deny", "source": others, "destination": {"ports": ["1:5431", "5433:65535"]}}
    both = [{**closed, "protocol": each} for each in ("TCP", "UDP", "SCTP")]
    _admitting(stacks, "hole", *both, {"action": "Allow", "protocol": "TCP"})


@violation(kills="D13-tenants-apart", names="kubernetes_manifest.another-protocol")
def open_by_another_protocol(stacks: Stacks) -> None:
    """SCTP, which no check tries and any pod may speak."""
    _admitting(stacks, "another-protocol", {"action": "Allow", "protocol": "SCTP"})


@violation(kills="D13-tenants-apart", names="kubernetes_network_policy_v1.shared")
def labels_of_two_rules(stacks: Stacks) -> None:
    """One rule admits pods without a label, another one asks for it: a stranger with all labels is refused by both."""
    shared = {"match_labels": {"team": "shared"}}
    unmarked = {"match_expressions": [{"key": "app", "operator": "NotIn", "values": ["db"]}]}
    rules = [
        {"from": [{"namespace_selector": shared, "pod_selector": unmarked}]},
        {"from": [{"pod_selector": {"match_labels": {"app": "db"}}}]},
    ]
    spec = {"pod_selector": {}, "policy_types": ["Ingress"], "ingress": rules}
    body = {"metadata": {"name": "shared", "namespace": _TEAM}, "spec": spec}
    stacks.add(LIVE, "kubernetes_network_policy_v1", "shared", body)


@violation(kills="D13-one-enforcer")
def operator_that_no_node_takes(stacks: Stacks) -> None:
    """Calico's operator asks for more memory than any node has, and installs nothing."""
    values(stacks, "calico")["resources"]["requests"]["memory"] = "900Gi"


@violation(kills="D13-one-enforcer")
def operator_in_another_namespace(stacks: Stacks) -> None:
    """In kube-system the operator's pods are refused the node's network, without which they do not start."""
    stacks.one(LIVE, "helm_release", "calico")["namespace"] = "kube-system"


@violation(kills="D13-platform-closed", names="kubernetes_network_policy_v1.shut")
def logs_shut_in(stacks: Stacks) -> None:
    """Nothing leaves the pods of fluent-bit: not a line arrives, and whoever comes in is judged as before."""
    selector = {"match_labels": {"app.kubernetes.io/name": "fluent-bit"}}
    spec = {"pod_selector": selector, "policy_types": ["Egress"]}
    body = {"metadata": {"name": "shut", "namespace": "logging"}, "spec": spec}
    stacks.add(LIVE, "kubernetes_network_policy_v1", "shut", body)

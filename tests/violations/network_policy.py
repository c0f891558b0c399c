"""Ways to open a team's namespace, or one of the platform (D13)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Body, Stacks, violation
from tests.violations.workloads import LIVE, manifest, values

_POLICY = "network-policy_court-probation-dev"
_NAMESPACE = "court-probation-dev"


def _policy(stacks: Stacks, name: str = _POLICY) -> Body:
    return stacks.one(LIVE, "kubernetes_network_policy_v1", name)


def _peers(policy: Body) -> Any:
    return policy["spec"]["ingress"][0]["from"]


@violation(kills="D13-tenants-apart")
def label_anybody_may_set(stacks: Stacks) -> None:
    """The ingress controllers are known by a label of their namespace, which any team may give to its own."""
    _peers(_policy(stacks))[1]["namespace_selector"]["match_labels"] = {"component": "ingress-controllers"}


@violation(kills="D13-tenants-apart")
def every_namespace(stacks: Stacks) -> None:
    """An empty selector of namespaces selects all: it looks like none."""
    _peers(_policy(stacks)).append({"namespace_selector": {}})


@violation(kills="D13-tenants-apart")
def a_rule_without_peers(stacks: Stacks) -> None:
    """A rule that names no one admits everyone."""
    _policy(stacks)["spec"]["ingress"].append({})


@violation(kills="D13-tenants-apart")
def one_open_port(stacks: Stacks) -> None:
    """The database port is open to all; the port that a check tries is not."""
    _policy(stacks)["spec"]["ingress"].append({"ports": [{"port": "5432", "protocol": "TCP"}]})


@violation(kills="D13-tenants-apart")
def by_address_of_the_vpc(stacks: Stacks) -> None:
    """The whole VPC is admitted by its addresses, and every team's pods have one of them."""
    _peers(_policy(stacks)).append({"ip_block": {"cidr": "172.20.0.0/16"}})


@violation(kills="D13-tenants-apart")
def the_world(stacks: Stacks) -> None:
    """0.0.0.0/0, but for one address."""
    _peers(_policy(stacks)).append({"ip_block": {"cidr": "0.0.0.0/0", "except": ["10.0.0.1/32"]}})


@violation(kills="D13-tenants-apart")
def only_labelled_pods(stacks: Stacks) -> None:
    """The policy selects pods of one label; all others are open."""
    _policy(stacks)["spec"]["pod_selector"] = {"match_labels": {"app": "web"}}


@violation(kills="D13-tenants-apart")
def all_but_some_pods(stacks: Stacks) -> None:
    """Pods that say so themselves are left out of the policy."""
    _policy(stacks)["spec"]["pod_selector"] = {
        "match_expressions": [{"key": "public", "operator": "NotIn", "values": ["true"]}]
    }


@violation(kills="D13-tenants-apart")
def judged_on_the_way_out(stacks: Stacks) -> None:
    """The type is Egress: nothing is said of who comes in, and nothing gets out."""
    _policy(stacks)["spec"]["policy_types"] = ["Egress"]


@violation(kills="D13-tenants-apart", names=_NAMESPACE)
def forgotten_namespace(stacks: Stacks) -> None:
    """One of fourteen namespaces has no policy."""
    stacks.remove(LIVE, "kubernetes_network_policy_v1", _POLICY)


@violation(kills="D13-tenants-apart", also=("X17-applied-once",), names=_NAMESPACE)
def policy_in_the_wrong_namespace(stacks: Stacks) -> None:
    """As many policies as namespaces, but one stands in a namespace that has one already."""
    _policy(stacks)["metadata"]["namespace"] = "court-probation-production"


@violation(kills="D13-tenants-apart", names="kubernetes_manifest.wide")
def a_second_policy_opens(stacks: Stacks) -> None:
    """Policies add up: a second one, as a manifest, admits what the first leaves out."""
    manifest(
        stacks,
        "wide",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "monitoring", "namespace": _NAMESPACE},
            "spec": {
                "podSelector": {},
                "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"scrape": "yes"}}}]}],
            },
        },
    )


@violation(kills="D13-tenants-apart", also=("D13-platform-closed",), names="kubernetes_manifest.first")
def an_earlier_tier_allows(stacks: Stacks) -> None:
    """Every default policy is in place, and Calico asks another tier before."""
    manifest(
        stacks,
        "tier",
        {
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "Tier",
            "metadata": {"name": "early"},
            "spec": {"order": 50, "defaultAction": "Pass"},
        },
    )
    manifest(
        stacks,
        "first",
        {
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "GlobalNetworkPolicy",
            "metadata": {"name": "early.mesh"},
            "spec": {"tier": "early", "order": 1, "types": ["Ingress"], "ingress": [{"action": "Allow"}]},
        },
    )


@violation(kills="D13-tenants-apart", names="kubernetes_manifest.trusted")
def trusted_by_a_prefix(stacks: Stacks) -> None:
    """Calico admits namespaces whose name begins like the ingress controllers'; a team chooses its namespace's name."""
    manifest(
        stacks,
        "trusted",
        {
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "default.trusted", "namespace": _NAMESPACE},
            "spec": {
                "order": 10,
                "types": ["Ingress"],
                "ingress": [
                    {
                        "action": "Allow",
                        "source": {"namespaceSelector": 'projectcalico.org/name starts with "ingress-controllers"'},
                    }
                ],
            },
        },
    )


@violation(kills="D13-tenants-apart")
def controllers_left_out(stacks: Stacks) -> None:
    """Closed to all: no user reaches the service."""
    _peers(_policy(stacks)).pop()


@violation(kills="D13-tenants-apart")
def pods_apart_from_each_other(stacks: Stacks) -> None:
    """The pods of a service do not reach each other."""
    del _peers(_policy(stacks))[0]


@violation(kills="D13-tenants-apart")
def no_name_is_found(stacks: Stacks) -> None:
    """The policy judges what leaves, and DNS is not among what it allows."""
    spec = _policy(stacks)["spec"]
    spec["policy_types"] = ["Ingress", "Egress"]
    spec["egress"] = [{"to": [{"ip_block": {"cidr": "203.0.113.0/24"}}]}]


@violation(kills="D13-platform-closed")
def prometheus_open_to_teams(stacks: Stacks) -> None:
    """Every team reads the metrics of all others."""
    _peers(_policy(stacks, "network-policy_monitoring")).append({"namespace_selector": {}})


@violation(kills="D13-platform-closed")
def control_plane_by_its_subnets(stacks: Stacks) -> None:
    """The nodes' subnets are admitted for the webhooks; pods have addresses of the same subnets."""
    policy = values(stacks, "network-policy_admit-api-server")["objects"][0]
    del policy["spec"]["ingress"][0]["source"]["notSelector"]


@violation(kills="D13-platform-closed")
def control_plane_on_every_port(stacks: Stacks) -> None:
    """What comes from the nodes' subnets reaches Prometheus and Alertmanager, not only the webhooks."""
    policy = values(stacks, "network-policy_admit-api-server")["objects"][0]
    del policy["spec"]["ingress"][0]["destination"]


@violation(kills="D13-platform-closed", names="kubernetes_labels.namespaces_default-labels")
def default_namespace_open(stacks: Stacks) -> None:
    """The namespace `default` is "used by nobody"."""
    stacks.remove(LIVE, "kubernetes_network_policy_v1", "network-policy_default")


@violation(kills="D13-platform-closed")
def webhooks_unreachable(stacks: Stacks) -> None:
    """The policy for the control plane names another namespace; webhooks time out."""
    policy = values(stacks, "network-policy_admit-api-server")["objects"][0]
    policy["spec"]["namespaceSelector"] = 'projectcalico.org/name in {"cert-manager"}'
    stacks.touched[:] = ["monitoring"]

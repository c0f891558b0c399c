"""Who reaches whom by the emitted policies, whatever a team adds to its namespace.

The API server takes the objects (`test_acceptance`) and lets a team add its own; no Felix runs here, so that an
evaluator with Calico's documented order of tiers tells what they mean.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from policies.engine import kubernetes, synth
from policies.engine.network_policy import Endpoint, Policy, Traffic
from policies.engine.network_tiers import NetworkPolicies
from policies.engine.selectors import variants
from tests.conftest import Stacks
from tests.live.applied import Applied
from tests.live.conftest import CLUSTER
from tests.live.people import bearer
from tests.live.servers import Servers

Json = Any

TENANT = "prison-visits-staging"
SCRAPED = "prison-visits-production"
OTHER_TENANTS = ("prisoner-money-staging", "prisoner-money-production", SCRAPED)
INGRESS = "ingress-controllers"
METADATA = ("169.254.169.254", "fd00:ec2::254")
DNS = Endpoint("kube-system", {"k8s-app": "kube-dns"}, address="172.20.40.10")
ANYWHERE = Endpoint(address="93.184.216.34")
TRAFFIC = [Traffic(port, protocol) for protocol in ("TCP", "UDP") for port in (80, 443, 8080)]

ADDED: dict[str, Json] = {
    "nothing": None,
    "all egress": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]},
    "everything both ways": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]},
    "egress to the metadata address": {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"ipBlock": {"cidr": f"{METADATA[0]}/32"}}, {"ipBlock": {"cidr": f"{METADATA[1]}/128"}}]}],
    },
    "egress to all addresses": {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]}],
    },
}
"""What a team may add to its namespace."""
NO_EGRESS: Json = {"podSelector": {}, "policyTypes": ["Egress"]}


@pytest.fixture(scope="module")
def policies(synthesized: Stacks) -> NetworkPolicies:
    """The emitted policies of the cluster."""
    name = f"{CLUSTER}-workloads"
    return NetworkPolicies(
        kubernetes.objects(synth.build_stack(name, Path(), [Path("cdk.tf.json")], [synthesized[name]], []))
    )


@pytest.fixture(scope="module")
def everywhere(synthesized: Stacks) -> list[str]:
    """Every namespace that the stack makes or labels, and the operator's."""
    made = synthesized[f"{CLUSTER}-workloads"]["resource"]
    blocks = [*made["kubernetes_namespace_v1"].values(), *made["kubernetes_labels"].values()]
    return sorted({each["metadata"]["name"] for each in blocks} | {"calico-system"})


def pod(namespace: str, **labels: str) -> Endpoint:
    return Endpoint(namespace, labels, address="172.20.33.7")


@contextmanager
def with_added(policies: NetworkPolicies, namespace: str, spec: Json) -> Iterator[None]:
    """The cluster after a team added a policy of its own."""
    if spec is None:
        yield
        return
    policy = Policy("default", 1000.0, "knp.default.its-own", namespace, spec, True)
    policies.add(policy)
    try:
        yield
    finally:
        policies.remove(policy)


def reaches(policies: NetworkPolicies, source: Endpoint, target: Endpoint) -> list[Traffic]:
    return [each for each in TRAFFIC if policies.connects(source, target, each)]


@pytest.mark.parametrize("added", sorted(each for each in ADDED if ADDED[each]))
def test_a_team_may_add_such_a_policy(servers: Servers, applied: Applied, oidc: Json, added: str) -> None:
    claims = {"email": "a@example.org", "email_verified": True, oidc["groups_claim"]: ["prison-visits-booking"]}
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "its-own", "namespace": TENANT},
        "spec": ADDED[added],
    }
    team = bearer(servers, claims)
    team.create(manifest, dry_run=True).or_raise()
    foreign = {**manifest, "metadata": {"name": "its-own", "namespace": OTHER_TENANTS[0]}}
    assert team.create(foreign, dry_run=True).status == 403


def test_pods_of_a_namespace_reach_each_other(policies: NetworkPolicies, everywhere: list[str]) -> None:
    for namespace in everywhere:
        assert reaches(policies, pod(namespace, app="a"), pod(namespace, app="b")) == TRAFFIC, namespace


def test_ingress_controllers_reach_tenants(policies: NetworkPolicies) -> None:
    for tenant in (TENANT, *OTHER_TENANTS):
        assert reaches(policies, pod(INGRESS), pod(tenant)) == TRAFFIC


def test_prometheus_reaches_who_is_scraped(policies: NetworkPolicies) -> None:
    assert reaches(policies, pod("monitoring"), pod(SCRAPED)) == TRAFFIC
    assert reaches(policies, pod("monitoring"), pod(TENANT)) == []


@pytest.mark.parametrize("added", ["nothing", "all egress", "egress to all addresses"])
def test_other_tenants_do_not_reach_a_tenant(policies: NetworkPolicies, everywhere: list[str], added: str) -> None:
    may = {TENANT, INGRESS}
    pods, namespaces = (variants(each) for each in policies.choices(TENANT, "ingress", judged=False))
    for stranger, labels, of_namespace in itertools.product(everywhere, pods, namespaces):
        disguised = Endpoint(stranger, labels, of_namespace, address="172.20.33.8")
        with with_added(policies, stranger, ADDED[added]), with_added(policies, TENANT, ADDED[added]):
            assert bool(reaches(policies, disguised, pod(TENANT))) == (stranger in may), stranger


def test_nobody_but_the_ingress_controllers_comes_in_from_outside(policies: NetworkPolicies) -> None:
    for address in ("172.20.33.9", "10.1.2.3", "93.184.216.34"):
        assert reaches(policies, Endpoint(address=address), pod(TENANT)) == [], address


@pytest.mark.parametrize("added", sorted(ADDED))
@pytest.mark.parametrize("address", METADATA)
def test_no_pod_reaches_the_metadata_address(
    policies: NetworkPolicies, everywhere: list[str], added: str, address: str
) -> None:
    for namespace in everywhere:
        with with_added(policies, namespace, ADDED[added]):
            pods, namespaces = (variants(each) for each in policies.choices(namespace, "egress", judged=True))
            for labels, of_namespace in itertools.product(pods, namespaces):
                source = Endpoint(namespace, labels, of_namespace, address="172.20.33.7")
                assert reaches(policies, source, Endpoint(address=address)) == [], namespace


@pytest.mark.parametrize("added", sorted(set(ADDED) - {"egress to the metadata address"}))
def test_names_are_still_resolved(policies: NetworkPolicies, everywhere: list[str], added: str) -> None:
    for namespace in everywhere:
        with with_added(policies, namespace, ADDED[added]):
            for protocol in ("UDP", "TCP"):
                assert policies.connects(pod(namespace), DNS, Traffic(53, protocol)), namespace


def test_a_team_that_closes_its_egress_finds_it_closed(policies: NetworkPolicies) -> None:
    assert reaches(policies, pod(TENANT), ANYWHERE) == TRAFFIC
    with with_added(policies, TENANT, NO_EGRESS):
        assert reaches(policies, pod(TENANT), ANYWHERE) == []
        assert reaches(policies, pod(TENANT), pod(TENANT)) == []


def test_the_api_server_reaches_webhooks_and_no_pod_does_in_its_name(policies: NetworkPolicies) -> None:
    control_plane = Endpoint(address="172.20.33.9")
    for namespace in ("cert-manager", "monitoring"):
        assert policies.allows("ingress", control_plane, pod(namespace), Traffic(10250))
        assert not policies.allows("ingress", pod(TENANT), pod(namespace), Traffic(10250))
        for other in (80, 443, 9090, 9093):
            assert not policies.allows("ingress", control_plane, pod(namespace), Traffic(other))
    assert not policies.allows("ingress", ANYWHERE, pod("cert-manager"), Traffic(10250))

"""Attacks D20: no tenant's policy comes before the deny, and the deny takes nothing else away."""

from __future__ import annotations

import ipaddress

import pytest

from modules.instance_metadata import METADATA_NETWORKS, metadata_policy, platform_tier
from tests.conftest import Stacks
from tests.decisions.emitted import Json, before, objects, the

CLUSTERS = ("live", "manager", "test")
DEFAULT_TIER_ORDER = 1_000_000


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_tier_comes_before_tenants_and_passes_on(synthesized: Stacks, cluster: str) -> None:
    (tier,) = objects(synthesized[f"{cluster}-workloads"], "Tier")
    assert tier["apiVersion"] == "crd.projectcalico.org/v1"
    assert tier["spec"]["defaultAction"] == "Pass"
    assert 0 < tier["spec"]["order"] < DEFAULT_TIER_ORDER


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_pod_is_denied_the_metadata_service_in_both_families(synthesized: Stacks, cluster: str) -> None:
    policy = the(objects(synthesized[f"{cluster}-workloads"], "GlobalNetworkPolicy"), "platform.deny-instance-metadata")
    (tier,) = objects(synthesized[f"{cluster}-workloads"], "Tier")
    assert policy["spec"]["tier"] == tier["metadata"]["name"] == policy["metadata"]["name"].partition(".")[0]
    assert policy["metadata"]["labels"] == {"projectcalico.org/tier": tier["metadata"]["name"]}
    assert policy["spec"]["types"] == ["Egress"]
    assert policy["spec"]["namespaceSelector"] == "all()"
    assert not {"selector", "serviceAccountSelector", "ingress", "preDNAT", "applyOnForward"} & set(policy["spec"])
    assert policy["spec"]["egress"] == [
        {"action": "Deny", "destination": {"nets": ["169.254.169.254/32"]}},
        {"action": "Deny", "destination": {"nets": ["fd00:ec2::254/128"]}},
    ]


def test_nothing_is_allowed_and_each_rule_has_one_family() -> None:
    policy: Json = metadata_policy([])
    assert {each["action"] for each in policy["spec"]["egress"]} == {"Deny"}
    assert sorted(ipaddress.ip_network(each).version for each in METADATA_NETWORKS) == [4, 6]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_policy_waits_for_the_crds(synthesized: Stacks, cluster: str) -> None:
    assert "helm_release.calico" in before(synthesized[f"{cluster}-workloads"], "helm_release.instance-metadata_policy")


def test_exempt_namespaces_are_named_sorted_and_no_host_endpoint_slips_in() -> None:
    policy: Json = metadata_policy(["velero", "logging"])
    assert policy["spec"]["namespaceSelector"] == (
        'has(projectcalico.org/name) && projectcalico.org/name not in {"logging", "velero"}'
    )


def test_the_tier_is_the_same_for_every_cluster(synthesized: Stacks) -> None:
    for cluster in CLUSTERS:
        assert objects(synthesized[f"{cluster}-workloads"], "Tier") == [platform_tier()]

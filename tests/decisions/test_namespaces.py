"""Attacks the namespaces: each has its level, tenants their quota, and nothing is made twice."""

from __future__ import annotations

from typing import Any

import pytest

from modules.settings import names
from modules.settings.fleet import Fleet
from tests.conftest import Stacks
from tests.decisions.emitted import before, resources

CLUSTERS = ("live", "manager", "test")
PREFIX = "pod-security.kubernetes.io"
REASON = "cloud-platform.justice.gov.uk/pod-security-reason"


def levels(labels: dict[str, str]) -> set[str]:
    """The one level of a namespace; every mode must carry it, at its latest version."""
    assert {labels.get(f"{PREFIX}/{mode}-version") for mode in ("enforce", "audit", "warn")} == {"latest"}
    return {labels[f"{PREFIX}/{mode}"] for mode in ("enforce", "audit", "warn")}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_namespace_has_its_level_in_every_mode(synthesized: Stacks, fleet: Fleet, cluster: str) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    (settings,) = [each for each in fleet.clusters if each.name == cluster]
    found = {
        each["metadata"]["name"]: levels(each["metadata"]["labels"])
        for each in resources(stack, "kubernetes_namespace_v1").values()
    }
    found |= {
        each["metadata"]["name"]: levels(each["labels"]) for each in resources(stack, "kubernetes_labels").values()
    }
    platform = [*fleet.organisation.platform_namespaces, *settings.platform_namespaces]
    expected = {each.name: {each.level} for each in platform if each.made_by != "operator"}
    expected |= {each.name: {"restricted"} for each in settings.namespaces}
    assert found == expected


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_level_but_restricted_has_its_reason(synthesized: Stacks, fleet: Fleet, cluster: str) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    (settings,) = [each for each in fleet.clusters if each.name == cluster]
    told = {
        each["metadata"]["name"]: each["metadata"].get("annotations", {}).get(REASON)
        for each in resources(stack, "kubernetes_namespace_v1").values()
    }
    told |= {
        each["metadata"]["name"]: each["annotations"][REASON]
        for each in resources(stack, "kubernetes_annotations").values()
    }
    platform = [*fleet.organisation.platform_namespaces, *settings.platform_namespaces]
    decided = {each.name: each.reason for each in platform if each.reason and each.made_by != "operator"}
    assert {name: reason for name, reason in told.items() if reason} == decided
    assert names.KUBE_SYSTEM in decided


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_reasons_do_not_take_the_labels_away(synthesized: Stacks, cluster: str) -> None:
    """What one field manager applies without the labels that it applied before, it removes."""
    stack = synthesized[f"{cluster}-workloads"]
    for name, reason in resources(stack, "kubernetes_annotations").items():
        labels = resources(stack, "kubernetes_labels")[name.replace("-reason", "-labels")]
        assert reason["field_manager"] != labels.get("field_manager", "Terraform")
        assert f"kubernetes_labels.{name.replace('-reason', '-labels')}" in reason["depends_on"]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_no_namespace_is_both_made_and_labelled(synthesized: Stacks, cluster: str) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    made = [each["metadata"]["name"] for each in resources(stack, "kubernetes_namespace_v1").values()]
    labelled = [each["metadata"]["name"] for each in resources(stack, "kubernetes_labels").values()]
    assert len({*made, *labelled}) == len([*made, *labelled])
    assert {names.KUBE_SYSTEM, "default", "kube-public", "kube-node-lease"} <= set(labelled)
    assert all(each["force"] is True for each in resources(stack, "kubernetes_labels").values())


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_no_release_makes_a_namespace_of_its_own(synthesized: Stacks, cluster: str) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    known = {
        each["metadata"]["name"]
        for type_ in ("kubernetes_namespace_v1", "kubernetes_labels")
        for each in resources(stack, type_).values()
    }
    for release in resources(stack, "helm_release").values():
        assert not release.get("create_namespace")
        assert release["namespace"] in known


def test_each_tenant_has_a_quota_and_default_limits(synthesized: Stacks, fleet: Fleet) -> None:
    (live,) = [each for each in fleet.clusters if each.name == "live"]
    stack = synthesized["live-workloads"]
    quotas = {
        each["metadata"]["namespace"]: each["spec"]
        for each in resources(stack, "kubernetes_resource_quota_v1").values()
    }
    assert quotas == {each.name: {"hard": {"pods": str(each.pods)}} for each in live.namespaces}
    limits: dict[str, Any] = {
        each["metadata"]["namespace"]: each["spec"]["limit"]
        for each in resources(stack, "kubernetes_limit_range_v1").values()
    }
    assert set(limits) == set(quotas)
    for (limit,) in limits.values():
        assert limit["type"] == "Container"
        assert set(limit["default"]) == set(limit["default_request"]) == {"cpu", "memory"}


def test_a_tenant_service_account_names_its_role_in_this_account(synthesized: Stacks, fleet: Fleet) -> None:
    (live,) = [each for each in fleet.clusters if each.name == "live"]
    found = {
        (each["metadata"]["namespace"], each["metadata"]["name"]): each["metadata"]["annotations"]
        for each in resources(synthesized["live-workloads"], "kubernetes_service_account_v1").values()
        if "annotations" in each["metadata"]
    }
    assert found
    assert found == {
        (namespace.name, account.name): {
            "eks.amazonaws.com/role-arn": f"arn:aws:iam::{fleet.account.id}:role/"
            + names.service_account_role("live", namespace.name, account.name)
        }
        for namespace in live.namespaces
        for account in namespace.service_accounts
    }


@pytest.mark.parametrize(
    "type_",
    [
        "kubernetes_limit_range_v1",
        "kubernetes_network_policy_v1",
        "kubernetes_resource_quota_v1",
        "kubernetes_role_binding_v1",
        "kubernetes_service_account_v1",
    ],
)
def test_what_lies_in_a_made_namespace_comes_after_it(synthesized: Stacks, type_: str) -> None:
    stack = synthesized["live-workloads"]
    made = {
        each["metadata"]["name"]: f"kubernetes_namespace_v1.{name}"
        for name, each in resources(stack, "kubernetes_namespace_v1").items()
    }
    found = resources(stack, type_)
    assert found
    for name, each in found.items():
        namespace = each["metadata"]["namespace"]
        if namespace in made:
            assert made[namespace] in before(stack, f"{type_}.{name}"), name


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_labels_outlive_the_namespaces_so_that_a_guard_is_gone_before_they_are(
    synthesized: Stacks, cluster: str
) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    labels = {f"kubernetes_labels.{name}" for name in resources(stack, "kubernetes_labels")}
    assert labels
    assert labels <= before(stack, "kubernetes_namespace_v1.namespaces_tigera-operator")
    assert labels <= before(stack, "helm_release.calico")

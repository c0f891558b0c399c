"""Attacks D17 and D18 as the ADR words them, for Kubernetes below 1.25."""

from __future__ import annotations

from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.conftest import Variant
from tests.decisions.emitted import Json, before, objects, resources


@pytest.fixture
def stack(variant: Variant, fleet_data: dict[str, Any]) -> Json:
    """The workloads of one cluster as of 2021."""
    (manager,) = [each for each in fleet_data["clusters"] if each["name"] == "manager"]
    manager["kubernetes_version"] = "1.21"
    manager["addons"] = {}
    fleet_data["clusters"] = [manager]
    return variant(fleet_data)["manager-workloads"]


def policies(stack: Json) -> dict[str, Json]:
    found = resources(stack, "kubernetes_pod_security_policy_v1beta1").values()
    return {each["metadata"]["name"]: each["spec"] for each in found}


def bound(stack: Json, type_: str, policy: str) -> list[tuple[str | None, list[tuple[str | None, str]]]]:
    """Where a policy is bound, and to whom."""
    return sorted(
        (each["metadata"].get("namespace"), [(who.get("namespace"), who["name"]) for who in each["subject"]])
        for each in resources(stack, type_).values()
        if each["role_ref"]["name"] == f"psp:{policy}"
    )


def test_the_three_policies_and_nothing_of_later(stack: Json) -> None:
    assert set(policies(stack)) == {"privileged", "restricted", "aws-node"}
    assert not objects(stack, "ValidatingAdmissionPolicy")
    assert not resources(stack, "kubernetes_labels")
    for each in resources(stack, "kubernetes_namespace_v1").values():
        assert "pod-security" not in str(each["metadata"].get("labels"))


def test_restricted_is_for_everybody_and_gives_nothing(stack: Json) -> None:
    spec = policies(stack)["restricted"]
    assert bound(stack, "kubernetes_cluster_role_binding_v1", "restricted") == [
        (None, [(None, "system:authenticated")])
    ]
    assert not bound(stack, "kubernetes_role_binding_v1", "restricted")
    for off in (
        "privileged",
        "allow_privilege_escalation",
        "default_allow_privilege_escalation",
        "host_network",
        "host_pid",
        "host_ipc",
    ):
        assert spec[off] is False
    assert spec["required_drop_capabilities"] == ["ALL"]
    assert spec["run_as_user"] == {"rule": "MustRunAsNonRoot"}
    assert not {"hostPath", "*"} & set(spec["volumes"])
    assert "host_ports" not in spec


def test_the_heir_of_eks_privileged_is_for_aws_node_alone(stack: Json) -> None:
    assert bound(stack, "kubernetes_cluster_role_binding_v1", "aws-node") == [(None, [("kube-system", "aws-node")])]
    assert not bound(stack, "kubernetes_role_binding_v1", "aws-node")
    assert "required_drop_capabilities" not in policies(stack)["aws-node"]


def test_privileged_is_for_kube_system_and_what_the_settings_list(stack: Json, fleet: Fleet) -> None:
    listed = [
        (each.name, account.service_account)
        for each in fleet.organisation.platform_namespaces
        for account in each.privileged_service_accounts
        if each.name != "kube-system"
    ]
    assert bound(stack, "kubernetes_cluster_role_binding_v1", "privileged") == [(None, sorted(listed))]
    baseline = [each.name for each in fleet.organisation.platform_namespaces if each.level == "baseline"]
    assert bound(stack, "kubernetes_role_binding_v1", "privileged") == [
        (name, [(None, f"system:serviceaccounts:{name}")]) for name in sorted(["kube-system", *baseline])
    ]


def test_no_controller_of_kube_system_may_use_privileged_elsewhere(stack: Json) -> None:
    for binding in resources(stack, "kubernetes_cluster_role_binding_v1").values():
        for subject in binding["subject"]:
            assert subject["name"] != "system:serviceaccounts"
            assert not subject["name"].startswith("system:serviceaccounts:")


def test_each_role_uses_one_policy(stack: Json) -> None:
    for role in resources(stack, "kubernetes_cluster_role_v1").values():
        (rule,) = role["rule"]
        (name,) = rule["resource_names"]
        assert role["metadata"]["name"] == f"psp:{name}"
        assert (rule["api_groups"], rule["resources"], rule["verbs"]) == (["policy"], ["podsecuritypolicies"], ["use"])


def test_releases_wait_for_the_bindings(stack: Json) -> None:
    bindings = {f"kubernetes_cluster_role_binding_v1.pod-security-policies_default-{each}" for each in policies(stack)}
    for release in ("calico", "fluent-bit", "kuberos", "monitoring"):
        assert bindings <= before(stack, f"helm_release.{release}")

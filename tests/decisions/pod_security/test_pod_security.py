"""Attacks D17: no namespace below its level, nothing exempt by name, no weakening by an old version."""

from __future__ import annotations

import json
import re

import pytest

from modules.pod_security.admission import Admission, admission
from modules.pod_security.pod_security import namespace_policy
from modules.settings.fleet import Fleet
from tests.conftest import Stacks
from tests.decisions.emitted import Json, before, objects, resources, the

CLUSTERS = ("live", "manager", "test")


def guard(stacks: Stacks, cluster: str) -> Json:
    return the(objects(stacks[f"{cluster}-workloads"], "ValidatingAdmissionPolicy"), "pod-security")["spec"]


def variable(spec: Json, name: str) -> str:
    (found,) = [each["expression"] for each in spec["variables"] if each["name"] == name]
    return str(found)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_levels_are_those_of_the_settings_and_restricted_for_all_else(
    synthesized: Stacks, fleet: Fleet, cluster: str
) -> None:
    (settings,) = [each for each in fleet.clusters if each.name == cluster]
    spec = guard(synthesized, cluster)
    listed = [*fleet.organisation.platform_namespaces, *settings.platform_namespaces]
    assert json.loads(variable(spec, "levels")) == {each.name: each.level for each in listed}
    assert variable(spec, "decided").endswith(': "restricted"')
    tenants = {each.name for each in settings.namespaces}
    assert not tenants & set(json.loads(variable(spec, "levels")))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_change_of_every_namespace_is_judged_and_errors_refuse(synthesized: Stacks, cluster: str) -> None:
    spec = guard(synthesized, cluster)
    assert spec["failurePolicy"] == "Fail"
    assert spec["matchConstraints"] == {
        "resourceRules": [
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"],
                "resources": ["namespaces", "namespaces/finalize", "namespaces/status"],
            }
        ]
    }
    assert [each["expression"] for each in spec["matchConditions"]] == ["!has(object.metadata.deletionTimestamp)"]
    assert "paramKind" not in spec
    assert all(each["reason"] == "Forbidden" for each in spec["validations"])


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_binding_denies_everywhere(synthesized: Stacks, cluster: str) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    bindings = {each["spec"]["policyName"]: each["spec"] for each in objects(stack, "ValidatingAdmissionPolicyBinding")}
    policies = {each["metadata"]["name"] for each in objects(stack, "ValidatingAdmissionPolicy")}
    assert set(bindings) == policies == {"pod-security", "privileged-pods"}
    for spec in bindings.values():
        assert "Deny" in spec["validationActions"]
        assert "Warn" not in spec["validationActions"], "the API server refuses Deny with Warn"
        assert not {"matchResources", "paramRef"} & set(spec)


def test_only_the_latest_and_the_cluster_version_pass() -> None:
    policy: Json = namespace_policy({"kube-system": "privileged"}, "1.35")
    expressions = [each["expression"] for each in policy["spec"]["validations"]]
    (version,) = [each for each in expressions if "variables.version" in each]
    assert re.findall(r'"([^"]+)"', version) == ["latest", "v1.35"]


def test_a_map_without_entries_would_have_no_type() -> None:
    with pytest.raises(ValueError, match="has no type"):
        namespace_policy({}, "1.35")


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_what_is_decided_stands_before_labels_and_comes_into_force_after_them(
    synthesized: Stacks, cluster: str
) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    namespaces = [f"kubernetes_namespace_v1.{name}" for name in resources(stack, "kubernetes_namespace_v1")]
    labels = [f"kubernetes_labels.{name}" for name in resources(stack, "kubernetes_labels")]
    for address in (*namespaces, *labels):
        earlier = before(stack, address)
        assert "helm_release.pod-security_policy" in earlier
        assert "helm_release.pod-security_binding" not in earlier
    assert {*namespaces, *labels, "helm_release.calico"} <= before(stack, "helm_release.pod-security_binding")


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_further_releases_wait_for_the_guards(synthesized: Stacks, cluster: str) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    for release in ("kuberos", "fluent-bit", "monitoring"):
        assert {"helm_release.pod-security_binding", "helm_release.privileged-pods_guard"} <= before(
            stack, f"helm_release.{release}"
        )


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.9", Admission.POLICIES),
        ("1.21", Admission.POLICIES),
        ("1.24", Admission.POLICIES),
        ("1.30", Admission.STANDARDS),
        ("1.35", Admission.STANDARDS),
    ],
)
def test_the_version_decides(version: str, expected: Admission) -> None:
    assert admission(version) is expected


@pytest.mark.parametrize("version", ["1.25", "1.29"])
def test_a_version_with_neither_mechanism_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match=r"below 1\.25 or from 1\.30"):
        admission(version)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_no_pod_security_policy_where_kubernetes_has_none(synthesized: Stacks, cluster: str) -> None:
    assert not [
        each for each in synthesized[f"{cluster}-workloads"]["resource"] if each.startswith("kubernetes_pod_security")
    ]

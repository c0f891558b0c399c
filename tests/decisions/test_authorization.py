"""Attacks D04: who may do what in a cluster, and nobody else."""

from __future__ import annotations

import pytest

from modules.settings.fleet import Fleet
from tests.conftest import Stacks
from tests.decisions.emitted import resources

ROLE_TYPES = ("cluster_role", "role")
RBAC = "rbac.authorization.k8s.io"
CLUSTERS = ("live", "manager", "test")


def subjects(binding: dict[str, object]) -> list[tuple[object, ...]]:
    found = binding["subject"]
    assert isinstance(found, list)
    return [(each["kind"], each.get("namespace"), each["name"], each["api_group"]) for each in found]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_cluster_admin_is_the_admin_team_and_ci_and_nobody_else(synthesized: Stacks, cluster: str) -> None:
    bindings = resources(synthesized[f"{cluster}-workloads"], "kubernetes_cluster_role_binding_v1").values()
    assert {(each["role_ref"]["name"], *subjects(each)) for each in bindings} == {
        ("cluster-admin", ("Group", None, "github:webops", RBAC)),
        ("cluster-admin", ("ServiceAccount", "kube-system", "concourse-build-environments", "")),
    }


def test_each_team_administers_its_namespaces_and_no_other(synthesized: Stacks, fleet: Fleet) -> None:
    (live,) = [each for each in fleet.clusters if each.name == "live"]
    bindings = resources(synthesized["live-workloads"], "kubernetes_role_binding_v1").values()
    granted = {
        (each["metadata"]["namespace"], each["metadata"]["name"], each["role_ref"]["kind"], each["role_ref"]["name"])
        + subjects(each)[0]
        for each in bindings
    }
    assert all(len(each["subject"]) == 1 for each in bindings)
    assert granted == {
        (each.name, f"{each.name}-admin", "ClusterRole", "admin", "Group", None, f"github:{each.team}", RBAC)
        for each in live.namespaces
    }


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_subjects_carry_the_prefix_that_the_cluster_puts_before_each_group(synthesized: Stacks, cluster: str) -> None:
    (provider,) = resources(synthesized[cluster], "aws_eks_identity_provider_config").values()
    oidc = provider["oidc"][0] if isinstance(provider["oidc"], list) else provider["oidc"]
    stack = synthesized[f"{cluster}-workloads"]
    bindings = [
        *resources(stack, "kubernetes_cluster_role_binding_v1").values(),
        *resources(stack, "kubernetes_role_binding_v1").values(),
    ]
    groups = [each["name"] for binding in bindings for each in binding["subject"] if each["kind"] == "Group"]
    assert groups
    assert all(each.startswith(oidc["groups_prefix"]) for each in groups)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_no_role_of_our_own_and_no_token_secret(synthesized: Stacks, cluster: str) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    for type_ in stack["resource"]:
        assert not type_.startswith(("kubernetes_token_request", "kubernetes_role_v1", "kubernetes_cluster_role_v1"))
    for secret in resources(stack, "kubernetes_secret_v1").values():
        assert secret["type"] == "Opaque"
        assert "kubernetes.io/service-account.name" not in str(secret["metadata"])
    ci = resources(stack, "kubernetes_service_account_v1")["authorization_concourse-build-environments"]
    assert ci["automount_service_account_token"] is False
    assert "secret" not in ci
    assert ci["metadata"] == {"name": "concourse-build-environments", "namespace": "kube-system"}

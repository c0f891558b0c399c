"""The 2021 fixture's PodSecurityPolicies are such as the Kubernetes of then would have taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modules.settings.load import load_fleet
from tests.conftest import Stacks, Variant
from tests.live.pod_security_policy import SERVED_UNTIL, problems, specification

Json = Any
FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "adr-2021"


@pytest.fixture(scope="module")
def stacks(variant: Variant) -> Stacks:
    """What the fixture synthesizes to."""
    return variant(load_fleet(FIXTURE).model_dump())


@pytest.fixture(scope="module")
def specifications(stacks: Stacks) -> dict[str, Json]:
    """The `spec` of each policy, as the provider sends it."""
    blocks = stacks["live-workloads"]["resource"]["kubernetes_pod_security_policy_v1beta1"]
    return {each["metadata"]["name"]: specification(each["spec"]) for each in blocks.values()}


def test_the_fixtures_kubernetes_knows_the_kind(stacks: Stacks) -> None:
    (cluster,) = stacks["live"]["resource"]["aws_eks_cluster"].values()
    assert tuple(map(int, cluster["version"].split("."))) <= SERVED_UNTIL


def test_each_policy_is_valid(specifications: dict[str, Json]) -> None:
    assert {"privileged", "restricted"} <= set(specifications)
    assert {name: list(problems(spec)) for name, spec in specifications.items()} == {
        name: [] for name in specifications
    }


def test_roles_use_policies_that_exist(stacks: Stacks, specifications: dict[str, Json]) -> None:
    resources = stacks["live-workloads"]["resource"]
    used = {
        name
        for kind in ("kubernetes_cluster_role_v1", "kubernetes_role_v1")
        for role in resources.get(kind, {}).values()
        for rule in role["rule"]
        if "podsecuritypolicies" in rule["resources"]
        for name in rule["resource_names"]
    }
    assert used == set(specifications)


@pytest.mark.parametrize(
    "change",
    [
        {"hostIpc": True},
        {"seLinux": {"rule": "MustRunAsNonRoot"}},
        {"fsGroup": {"rule": "MustRunAs"}},
        {"runAsGroup": {"rule": "MustRunAs", "ranges": [{"min": 9, "max": 1}]}},
        {"volumes": ["hostpath"]},
        {"allowPrivilegeEscalation": False, "defaultAllowPrivilegeEscalation": True},
        {"requiredDropCapabilities": ["ALL"], "allowedCapabilities": ["ALL"]},
        {"privileged": "true"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_wrong_policy_would_be_found(specifications: dict[str, Json], change: Json) -> None:
    assert list(problems({**specifications["restricted"], **change}))

"""What the record of decisions keeps for later is forbidden today, and allowed by amending the parameters that it names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from policies import parameters
from policies.catalogue import DECISIONS
from policies.engine.control import load_controls
from tests.policies.judged import failed, judge
from tests.violations.catalogue import Stacks, violations

OPTIONS = {option.name: option for decision in DECISIONS.values() for option in decision.future if option.forbidden_by}
CONTROLS = load_controls()
VIOLATIONS = {each.function.__name__: each for each in violations()}
_CHART = "aws-load-balancer-controller"
_TEAM = "arn:aws:iam::111122223333:role/prison-visits-developer"

AMENDED: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "ELB for ingress by the AWS Load Balancer Controller": (
        ("load_balancers_for_ingress",),
        {"CHARTS": {**parameters.CHARTS, _CHART: ("https://aws.github.io/eks-charts", "1.13.0")}},
    ),
    "Azure AD as identity provider": (("azure_as_well",), {"CONNECTION_STRATEGIES": ("github", "waad")}),
    "IAM authentication for service teams": (
        ("entry_for_a_team", "policy_without_an_entry"),
        {"ACCESS": {**parameters.ACCESS, _TEAM: parameters.CLUSTER_ADMIN_POLICY}},
    ),
    "Fargate": (("fargate_for_one_namespace",), {"OTHER_COMPUTE": {"aws_eks_fargate_profile": "a trial"}}),
    "Spot instances": (("spot",), {"CAPACITY_TYPE": "SPOT"}),
    "Further groups for Spot or Fargate": (("a_third_group",), {"MAIN_GROUPS": 2}),
    "r5a.xlarge as the first choice": (("amd_first",), {"MAIN_FIRST_TYPE": "r5a.xlarge"}),
    "ARM processors": (("arm_fallback",), {"MAIN_TYPES": (*parameters.MAIN_TYPES, "r6g.xlarge")}),
    "Cluster autoscaling": (("autoscaler_under_another_name",), {"AUTOSCALERS": {"cluster-autoscaler": "a trial"}}),
    "Security groups for pods": (
        ("security_groups_for_pods",),
        {"OTHER_POLICY_KINDS": {"SecurityGroupPolicy": "a trial"}},
    ),
}
"""Of each option: the violations that use it, and the amendment."""


def broken(name: str, synthesized: dict[str, Any], folder: Path) -> dict[str, list[str]]:
    """Return what the controls that the option concerns say of the clusters that use it."""
    stacks = Stacks(synthesized)
    concerned = {OPTIONS[name].forbidden_by, "X12-recorded-types", "X14-recorded-releases"}
    for violation in AMENDED[name][0]:
        VIOLATIONS[violation].function(stacks)
    chosen = {key: CONTROLS[key] for key in concerned}
    if name == "Spot instances":  # the option is a choice for all nodes
        for group in stacks.named("live", "aws_eks_node_group").values():
            group["capacity_type"] = "SPOT"
    return failed(judge(stacks.concerned(synthesized), folder=folder, controls=chosen))


def test_each_option_is_tried() -> None:
    assert AMENDED.keys() == OPTIONS.keys()


@pytest.mark.parametrize("name", AMENDED)
def test_option_is_forbidden_today(name: str, synthesized: dict[str, Any], synthesized_folder: Path) -> None:
    assert OPTIONS[name].forbidden_by in broken(name, synthesized, synthesized_folder)


@pytest.mark.parametrize("name", AMENDED)
def test_one_amendment_allows_it(
    name: str, synthesized: dict[str, Any], synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for parameter, value in AMENDED[name][1].items():
        monkeypatch.setattr(parameters, parameter, value)
    assert broken(name, synthesized, synthesized_folder) == {}


@pytest.mark.parametrize("name", AMENDED)
def test_amendment_names_its_parameters(name: str) -> None:
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b|\bCHARTS\b|\bACCESS\b|\bAUTOSCALERS\b", OPTIONS[name].amendment))
    assert named
    assert {each for each in named if not hasattr(parameters, each)} == set()
    assert AMENDED[name][1].keys() <= named

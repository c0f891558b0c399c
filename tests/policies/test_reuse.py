"""Judging by the controls that could see a change says what judging by all of them says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policies.engine import helm
from policies.engine.estate import Estate
from policies.engine.judge import Report
from policies.engine.load import estates
from policies.engine.resource import Resource
from tests.policies.judged import failed, judge, loaded_of
from tests.policies.lending import read_all
from tests.policies.reuse import Committed
from tests.thorough import THOROUGH
from tests.violations.catalogue import Stacks, Violation, violations
from tests.violations.planned import plan_of

STEP = 2 if THOROUGH else 10
OF_PLANS = [each for each in violations() if each.on == "plan" and each.decision.startswith("X")][:: 2 * STEP]
SAMPLE = [each for each in violations() if each.on == "synth" and not each.decision.startswith("X")][:: 8 * STEP]


def said(report: Report) -> tuple[dict[str, list[str]], list[str]]:
    """Return what does not hold, and what cannot be trusted."""
    return failed(report), sorted(each.refusal.message for each in report.refused)


@pytest.mark.thorough
@pytest.mark.parametrize("layer", ["synth", "plan"])
@pytest.mark.parametrize("violation", SAMPLE, ids=[each.id for each in SAMPLE])
def test_all_controls_say_the_same(
    violation: Violation, layer: str, synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    stacks = Stacks(synthesized)
    violation.function(stacks)
    concerned = stacks.concerned(synthesized)
    plans = {name: committed.plan(name, each) for name, each in concerned.items()} if layer == "plan" else {}
    reused = committed.reuse(layer).judge(concerned, plans, synthesized_folder)
    assert said(reused) == said(judge(concerned, plans, synthesized_folder, layers=(layer,)))


@pytest.mark.thorough
@pytest.mark.parametrize("violation", OF_PLANS, ids=[each.id for each in OF_PLANS])
def test_all_controls_refuse_the_same_plans(
    violation: Violation, synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    plans = Stacks(committed.plans, whole=True)
    violation.function(plans)
    reused = committed.planned.judge(synthesized, plans.left(), synthesized_folder, ("synth", "plan"))
    assert said(reused) == said(judge(synthesized, plans.left(), synthesized_folder))


@pytest.mark.thorough
@pytest.mark.parametrize("violation", SAMPLE, ids=[each.id for each in SAMPLE])
def test_a_changed_stack_is_planned_as_if_nothing_were_known(
    violation: Violation, synthesized: dict[str, Any], committed: Committed
) -> None:
    stacks = Stacks(synthesized)
    violation.function(stacks)
    for name, document in stacks.concerned(synthesized).items():
        if document is not synthesized.get(name):
            assert committed.plan(name, document) == plan_of(name, document)


def test_what_is_as_it_was_is_lent_and_what_refers_to_a_change_is_not(
    synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    stacks = Stacks(synthesized)
    stacks["live-workloads"]["locals"]["calico_installation_values"] = {}
    stacks.one("live-workloads", "kubernetes_storage_class_v1")["reclaim_policy"] = "Retain"
    report = committed.synth.judge(stacks.left(), {}, synthesized_folder)
    made = next(each for each in report.views[0].stacks if each.name == "live-workloads")
    lent = {id(each) for each in committed.synth.kept["live-workloads"].resources}
    anew = {each for each in made.resources if id(each) not in lent}
    assert {each for each in made.resources if "calico_installation_values" in str(each.body)} < anew
    assert {each.type for each in anew} == {"helm_release", "kubernetes_storage_class_v1"}


def test_what_looks_at_a_resource_is_run_again_when_it_changes(
    synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    stacks = Stacks(synthesized)
    stacks.one("live", "aws_eks_cluster")["enabled_cluster_log_types"] = ["api"]
    report = committed.synth.judge(stacks.left(), {}, synthesized_folder)
    assert "D15-all-log-types" in failed(report)
    assert "D15-all-log-types" in report.controls
    assert "D02-closed-tenant" not in report.controls


def test_what_asks_for_a_kind_is_run_again_when_one_is_added(
    synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    stacks = Stacks(synthesized)
    stacks.add("live", "aws_iam_user", "somebody", {"name": "somebody"})
    controls = committed.synth.judge(stacks.left(), {}, synthesized_folder).controls
    assert {key for key, each in committed.synth.reads.items() if ("kind", "live", "aws_iam_user") in each} <= set(
        controls
    )


def test_nothing_but_the_estates_own_controls_is_run_again_for_nothing(
    synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    for layer, plans in (("synth", {}), ("plan", committed.plans)):
        reuse = committed.reuse(layer)
        report = reuse.judge(dict(synthesized), plans, synthesized_folder)
        assert report.controls.keys() == reuse.controls.keys() - reuse.reads.keys()
        assert {each.decision for each in report.controls.values() if layer in each.layers} == {"X"}


def test_a_stack_that_is_gone_lets_every_control_run(
    synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    left = {name: each for name, each in synthesized.items() if name != "live-login"}
    assert committed.synth.judge(left, {}, synthesized_folder).controls == committed.synth.controls


@pytest.mark.parametrize("layer", ["synth", "plan"])
def test_nothing_is_remembered_with_a_resource_that_was_not_read_to_note_what_it_refers_to(
    layer: str, synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    plans = committed.plans if layer == "plan" else {}
    judged = judge(synthesized, plans, synthesized_folder, layers=(layer,))
    anew = estates(loaded_of(synthesized, plans, synthesized_folder))
    for by_controls, read in zip(*(_remembering(views, layer) for views in (judged.views, anew)), strict=True):
        read_all(read)
        assert by_controls.address == read.address
        for remembered, known in zip(_remembered(by_controls), _remembered(read), strict=True):
            assert remembered <= known


def _remembering(views: list[Estate], layer: str) -> list[Resource]:
    return [each for view in views if view.layer == layer for stack in view.stacks for each in stack.resources]


def _remembered(resource: Resource) -> list[set[str]]:
    """Return what is remembered with a resource, its release and its objects."""
    release = helm.release_of(resource) if resource.kind == "helm_release" else None
    objects = (release or resource).__dict__.get("_objects", [])
    return [set(each.__dict__) - {"address"} for each in (resource, release or resource, *objects)]

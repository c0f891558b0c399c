"""Each violation is killed by the control it names, on each layer where it shows, and by no unrelated one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.engine.control import load_controls
from policies.engine.judge import Report, check
from policies.engine.load import load
from policies.engine.login_code import node
from tests.policies.judged import TODAY, failed, judge
from tests.policies.reuse import Committed
from tests.policies.shown_in_states import NAMED_THERE, is_shown, report_on_state
from tests.policies.standing import States
from tests.violations.catalogue import Stacks, Violation, cluster_of, violations
from tests.violations.planned import plan_of

ALL = violations()
OF_THE_ESTATE = {key: each for key, each in load_controls().items() if each.decision == "X"}


def broken_reports(
    violation: Violation,
    synthesized: dict[str, Any],
    synthesized_folder: Path,
    fleet_data: dict[str, Any],
    variant: Callable[[dict[str, Any]], dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
    committed: Committed,
    standing: States,
) -> Iterator[tuple[str, Report, list[str]]]:
    """Yield each layer in which the violation shows, the report on the broken estate there, and the addresses that were touched."""
    if violation.on == "charts":
        folder = tmp_path_factory.mktemp("charts") / "out"  # few need a folder, which takes longer than it seems
        shutil.copytree(synthesized_folder, folder)
        violation.function(folder)
        (layer,) = violation.layers
        yield layer, check(load([folder]), today=TODAY), []
        return
    if violation.on == "plan":
        (layer,) = violation.layers
        yield layer, report_on_plans(violation, synthesized, synthesized_folder, committed), []
        return
    if violation.on == "settings":
        violation.function(fleet_data)
        stacks = Stacks(variant(fleet_data))
        concerned = stacks.left()
    else:
        stacks = Stacks(synthesized)
        violation.function(stacks)
        assert stacks.left() != synthesized, "the violation changes nothing"
        concerned = stacks.concerned(synthesized)
    for layer in violation.layers:
        shown = {name: committed.plan(name, each) for name, each in concerned.items()} if layer == "plan" else {}
        if violation.decision.startswith("X") and layer == "plan":
            report = judge({}, shown, controls=OF_THE_ESTATE)  # beside the stacks, the stacks would tell
        else:
            report = committed.reuse(layer).judge(concerned, shown, synthesized_folder)
        yield layer, report, stacks.touched
    if is_shown(violation):
        yield "state", report_on_state(standing, violation, concerned), stacks.touched


def report_on_plans(
    violation: Violation, synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> Report:
    """Return the report on plans to which the violation is done."""
    plans = Stacks(committed.plans, whole=True)
    violation.function(plans)
    assert plans.left() != committed.plans, "the violation changes nothing"
    if violation.decision.startswith("X"):  # what cannot be trusted is judged in the whole estate
        left = plans.left()
        assert left.keys() == synthesized.keys(), "without a plan, a stack is judged as it is synthesized"
        return committed.planned.judge(synthesized, left, synthesized_folder, ("synth", "plan"))
    shown = plans.concerned(committed.plans)
    clusters = {cluster_of(name) for name in shown}
    beside = {name: each for name, each in synthesized.items() if cluster_of(name) in clusters}
    return committed.planned.judge(beside, shown, synthesized_folder)


@pytest.mark.parametrize("violation", [pytest.param(each, id=each.id) for each in ALL])
def test_violation_is_killed(
    violation: Violation,
    synthesized: dict[str, Any],
    synthesized_folder: Path,
    fleet_data: dict[str, Any],
    variant: Callable[[dict[str, Any]], dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
    committed: Committed,
    standing: States,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if violation.kills == "D02-contained":
        monkeypatch.setattr(node, "CPU_SECONDS", 1)  # soon enough for code that never ends
    judged = []
    for layer, report, touched in broken_reports(
        violation, synthesized, synthesized_folder, fleet_data, variant, tmp_path_factory, committed, standing
    ):
        judged.append(layer)
        found = failed(report, None if violation.decision.startswith("X") else layer)
        assert violation.kills in found, (
            f"{violation.kills} does not see it in the {layer}: {violation.story}; seen: {found}"
        )
        unrelated = set(failed(report)) - {violation.kills, *violation.also}
        unjudged = {decision for each in report.refused for decision in each.unjudged}
        unrelated -= {
            each.control.id
            for each in report.results
            if each.verdict == "UNKNOWN" and each.control.decision in unjudged
        }
        assert not unrelated, f"false alarms in the {layer}: { {key: failed(report)[key] for key in unrelated} }"
        assert report.refused or not report.controls[violation.kills].refuses, layer
        assert report.verdict == ("cannot_judge" if report.refused else "broken"), layer
        messages = " | ".join(found[violation.kills])
        names = NAMED_THERE.get(violation.id, violation.names) if layer == "state" else violation.names
        culprits = [names] if names else touched
        assert any(each in messages for each in culprits), f"{messages!r} names none of {culprits} in the {layer}"
    assert tuple(judged) == (*violation.layers, *["state"] * is_shown(violation))


@pytest.mark.parametrize(
    "violation", [pytest.param(each, id=each.id) for each in ALL if each.layers == ("synth",) and each.on == "synth"]
)
def test_what_is_not_shown_in_plans_is_not_seen_there(
    violation: Violation, synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    """A violation that a plan shows is to be killed there too, and says so."""
    stacks = Stacks(synthesized)
    violation.function(stacks)
    concerned = stacks.concerned(synthesized)
    plans = {name: committed.plan(name, each) for name, each in concerned.items()}
    if violation.decision.startswith("X"):
        report = judge({}, plans, controls=OF_THE_ESTATE)
    else:
        report = committed.planned.judge(concerned, plans, synthesized_folder)
    assert violation.kills not in failed(report, "plan")


def test_committed_fleet_holds(synthesized_folder: Path) -> None:
    report = check(load([synthesized_folder]), today=TODAY)
    assert failed(report) == {}
    assert report.verdict == "holds"


def test_committed_fleet_holds_as_plans(
    synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    assert failed(judge(synthesized, committed.plans, synthesized_folder)) == {}


def test_plans_alone_are_broken_nowhere_and_unknown_only_behind_locals(synthesized: dict[str, Any]) -> None:
    """A plan shows no locals: what stands behind one is unknown there, and known as soon as the synth is beside it."""
    report = judge({}, {name: plan_of(name, each) for name, each in synthesized.items()})
    assert [each.message for each in report.results if each.verdict == "FAIL"] == []
    unknown = [each.message for each in report.results if each.verdict == "UNKNOWN"]
    assert unknown
    assert [message for message in unknown if "which is not shown here" not in message] == []

"""Every stack that AWS alone serves, planned by the real terraform and provider as it is committed, and judged.

All are planned with a provider that stands by and tells the schemas of their types alone; `make thorough` plans one
with a provider that terraform starts itself, too, which says the same. `make plan` is run of one cluster as well (`test_plan`). What needs other providers as well is validated, where they are at hand (`test_validate`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from policies.engine.judge import Report
from tests.policies.judged import failed, judge
from tests.providers.conftest import OF_THE_ADR, for_aws_alone
from tests.providers.planning import Documents, Planned
from tests.sandbox.at_hand import lacking_aws
from tests.thorough import THOROUGH
from tests.violations.planned import plan_of


def of_the_fleet(stacks: Mapping[str, Any]) -> dict[str, Any]:
    """Return what belongs to the committed fleet."""
    return {name: each for name, each in stacks.items() if not name.startswith(OF_THE_ADR)}


def of_the_adr(stacks: Mapping[str, Any]) -> dict[str, Any]:
    """Return what belongs to the ADR's fixture, by the names that its stacks have there."""
    return {name.removeprefix(OF_THE_ADR): each for name, each in stacks.items() if name.startswith(OF_THE_ADR)}


def documents(stacks: Mapping[str, Path]) -> Documents:
    """Return the stacks as they were written."""
    return {name: json.loads((folder / "cdk.tf.json").read_text()) for name, folder in stacks.items()}


def emitted(stack: Mapping[str, Any]) -> set[str]:
    """Return the addresses of a stack's managed resources."""
    return {f"{type_}.{name}" for type_, named in stack["resource"].items() for name in named}


@pytest.fixture(scope="module")
def plans(planned: Planned, stacks: dict[str, Path], left_out: list[str]) -> Documents:
    """The plans by stack, those of the fixture marked; nothing where none can be made."""
    wanted = for_aws_alone(stacks)
    if not planned.standing_by:
        left_out.append(f"plans of {', '.join(wanted)}: {lacking_aws()}")
        return {}
    return {name: planned.standing_by[name] for name in wanted}


def test_all_that_aws_alone_serves_is_planned(plans: Documents) -> None:
    if plans:
        assert plans.keys() == {"account", "live", "manager", "test", "adr-2021-account", "adr-2021-live"}


def without_order(plan: dict[str, Any]) -> dict[str, Any]:
    """Return a plan without when it was made and the order of what it read."""
    listed = {
        name: sorted(json.dumps(each, sort_keys=True) for each in plan.get(name, []))
        for name in ("relevant_attributes", "checks")
    }
    return {**plan, **listed, "timestamp": ""}


@pytest.mark.thorough
def test_a_provider_that_stands_by_plans_as_one_that_is_started(planned: Planned, left_out: list[str]) -> None:
    """Narrowed to the schemas that are used, and at work for other stacks before."""
    if planned.standing_by and not THOROUGH:
        left_out.append("the plan of a cluster with a provider that terraform starts itself: make thorough compares it")
        return
    assert bool(planned.plain) == bool(planned.standing_by)
    for name, each in planned.plain.items():
        assert without_order(planned.standing_by[name]) == without_order(each), name


def test_every_resource_is_created(plans: Documents, stacks: dict[str, Path]) -> None:
    for name, each in plans.items():
        changes = [change for change in each["resource_changes"] if change["mode"] == "managed"]
        planned = {change["address"].partition("[")[0] for change in changes}
        assert planned == emitted(documents(stacks)[name]), name
        assert {tuple(change["change"]["actions"]) for change in changes} == {("create",)}, name
        assert each["errored"] is False, name


def on_plans(stacks: dict[str, Path], plans: Documents) -> Report:
    return judge(documents(stacks), plans, layers=("plan",))


def test_the_fleet_holds_every_decision_in_its_plans(plans: Documents, stacks: dict[str, Path]) -> None:
    if not plans:
        return
    report = on_plans(of_the_fleet(stacks), of_the_fleet(plans))
    assert failed(report) == {}
    assert report.verdict == "holds"
    held = {(each.cluster, each.control.id) for each in report.results if each.verdict == "PASS"}
    for cluster in ("live", "manager", "test"):
        assert len({control for where, control in held if where == cluster}) > 50, cluster


def with_charts_of_repositories(plans: Documents, stacks: Documents) -> Documents:
    """Put the charts' repositories back into plans that were made with charts from a folder."""
    found: Documents = json.loads(json.dumps(plans))
    for name, each in found.items():
        for change in each["resource_changes"]:
            after = change["change"]["after"]
            if change["type"] == "helm_release" and after["chart"].startswith("/"):
                written = stacks[name]["resource"]["helm_release"][change["name"]]
                after |= {key: written[key] for key in ("chart", "repository")}
    return found


def test_what_other_providers_serve_holds_in_its_plans(made_plans: Documents, stacks: dict[str, Path]) -> None:
    """Secrets that are write-only within a block, and what a provider puts where nothing is written, among it."""
    written = documents(of_the_fleet(stacks))
    report = judge(written, with_charts_of_repositories(made_plans, written), layers=("plan",))
    assert failed(report) == {}
    if "identity" in made_plans:
        assert "D02-secrets" in {each.control.id for each in report.results if each.verdict == "PASS"}


def expressions(plan: dict[str, Any]) -> dict[str, Any]:
    """Return what a plan's configuration says of each resource."""
    resources = plan["configuration"]["root_module"]["resources"]
    return {each["address"]: each.get("expressions", {}) for each in resources}


def test_plans_that_are_made_up_say_of_the_configuration_what_terraforms_say(
    plans: Documents, stacks: dict[str, Path]
) -> None:
    """Most violations are done to such plans."""
    written = documents(stacks)
    for name in plans:
        assert expressions(plan_of(name, written[name])) == expressions(plans[name]), name


def test_the_fixture_is_judged_by_its_plans_as_by_its_stacks(plans: Documents, stacks: dict[str, Path]) -> None:
    """Its time is over, and the plans show of that what the stacks show."""
    if not plans:
        return
    synth = judge(documents(of_the_adr(stacks)), layers=("synth",))
    assert not synth.refused
    report = on_plans(of_the_adr(stacks), of_the_adr(plans))
    assert not report.refused
    shown = {id_ for id_, each in synth.controls.items() if set(each.reads) <= {"account", "cluster"}}
    shown -= {id_ for id_ in shown if "plan" not in synth.controls[id_].layers}
    assert failed(report).keys() & shown == failed(synth).keys() & shown
    assert failed(report).keys() <= failed(synth).keys()
    assert "B12-supported-version" in failed(report)


def test_a_plan_that_lacks_a_resource_or_a_decision_is_noticed(plans: Documents, stacks: dict[str, Path]) -> None:
    """What the tests above look at, changed in a real plan."""
    if not plans:
        return
    changed = json.loads(json.dumps(of_the_fleet(plans)))
    for change in changed["test"]["resource_changes"]:
        if change["type"] == "aws_eks_cluster":
            change["change"]["after"]["enabled_cluster_log_types"] = ["api"]
    assert "D15-all-log-types" in failed(on_plans(of_the_fleet(stacks), changed))

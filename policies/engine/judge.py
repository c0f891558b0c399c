"""Runs every control on every estate and sums up."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from policies.engine.control import Control, Result, load_controls, run
from policies.engine.estate import ROLES, Cluster, Estate, Role, Scope, Shared
from policies.engine.exceptions import Exceptions
from policies.engine.finding import Finding
from policies.engine.load import Loaded, estates
from policies.engine.refusal import Refusal
from policies.engine.resource import Layer, Resource

Overall = Literal["holds", "broken", "cannot_judge"]
EXIT_CODES: dict[Overall, int] = {"holds": 0, "broken": 1, "cannot_judge": 2}


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal and the decisions that it leaves unjudged."""

    refusal: Refusal
    unjudged: tuple[str, ...]


@dataclass
class Report:
    """All that a check found."""

    today: date
    results: list[Result] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    exceptions: Exceptions = field(default_factory=Exceptions)
    controls: dict[str, Control] = field(default_factory=dict)
    not_asked: tuple[str, ...] = ()
    views: list[Estate] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    """Where a control and checkov's own checks for the same thing differ; empty unless checkov was asked."""

    @property
    def objects(self) -> int:
        """How many objects were judged, each counted once whatever the layers that show it."""
        return len({(each.stack.name, each.address) for view in self.views for each in _all(view)})

    @property
    def verdict(self) -> Overall:
        """`cannot_judge` where something cannot be trusted or nothing was judged, else whether every decision holds."""
        if self.refused or not self.results:
            return "cannot_judge"
        if any(each.verdict in ("FAIL", "UNKNOWN") for each in self.results):
            return "broken"
        return "holds"

    @property
    def exit_code(self) -> int:
        """0 holds, 1 broken, 2 cannot judge."""
        return EXIT_CODES[self.verdict]


def check(
    loaded: Loaded,
    *,
    today: date,
    only: Collection[str] = (),
    exceptions: Exceptions | None = None,
    controls: dict[str, Control] | None = None,
    layers: Collection[Layer] = ("synth", "plan", "state"),
    views: list[Estate] | None = None,
) -> Report:
    """Judge what was loaded by all controls, or by those of the decisions `only`, in these `layers` of it.

    `views` are the estates of what was loaded, where the caller has made them already.
    """
    records = load_controls() if controls is None else controls
    asked = {key: each for key, each in records.items() if not only or each.decision in only or each.decision == "X"}
    decisions = {each.decision for each in records.values()} - {"X"}
    report = Report(today, controls=asked, exceptions=exceptions or Exceptions())
    report.not_asked = tuple(sorted(decisions - set(only))) if only else ()
    report.views = estates(loaded) if views is None else views
    for view in report.views:
        view.today = today
    if not any(view.stacks for view in report.views) and not report.views[0].refusals:
        report.views[0].refusals = [Refusal("X00-readable", "", "nothing was given to judge")]
    begin(asked, [each for each in report.views if each.layer in layers])
    for view in (each for each in report.views if each.layer in layers):
        for record in sorted(asked.values(), key=lambda each: each.begins is not None):
            report.results += _judge(record, view)
    _refuse(report)
    complete = not only and not report.refused and all(view.whole for view in report.views)
    report.results = report.exceptions.apply(report.results, today=today, complete=complete)
    report.results.sort(key=order)
    return report


def begin(asked: dict[str, Control], views: list[Estate]) -> None:
    """Start what is slow and runs beside us, unless it runs already; whatever is wrong with it, the control itself will say."""
    for begins in dict.fromkeys(each.begins for each in asked.values() if each.begins):
        for record in (each for each in asked.values() if each.begins is begins):
            for view in views:
                for scope in record.scopes(view):
                    with contextlib.suppress(Exception):
                        begins(scope)
            break


def _all(view: Estate) -> Iterable[Resource]:
    return (each for stack in view.stacks for each in stack.resources if each.mode != "data")


def order(result: Result) -> tuple[object, ...]:
    """Return the key by which results are sorted: decision, control, cluster, layer, address."""
    return (
        result.control.decision.startswith("X"),
        result.control.decision,
        result.control.id,
        result.cluster,
        ("synth", "plan", "state").index(result.layer),
        result.finding.address if result.finding else "",
        result.message,
    )


def _judge(record: Control, view: Estate) -> list[Result]:
    if view.layer not in record.layers:
        return []
    if record.decision == "X":
        return _run(record, view, view)
    if not view.stacks:
        text = f"{record.id}: nothing could be loaded"
        return [_result(record, "", view, Finding("", text, unknown=True), 0)]
    scopes = record.scopes(view)
    if not scopes:
        finding = Finding("", f"{record.id}: no cluster is shown", expected="a cluster", unknown=not view.whole)
        return [_result(record, "", view, finding, 0)]
    results: list[Result] = []
    for scope in scopes:
        if unread := _unread(record, scope, view):
            text = f"{record.id}: the stack {unread} could not be read"
            results.append(_result(record, _label(scope), view, Finding("", text, stack=unread, unknown=True), 0))
            continue
        shown = _shown(scope, view)
        if not view.whole and (missing := [role for role in record.reads if role not in shown]):
            text = f"{record.id}: no plan or state shows the {' and '.join(missing)} stack"
            results.append(_result(record, _label(scope), view, Finding("", text, unknown=True), 0))
        elif not view.whole or _has_layer(record, scope, view):
            results += _run(record, scope, view)
    return results


def _unread(record: Control, scope: Scope, view: Estate) -> str:
    """Return a stack that `record` reads here and that could not be read; empty if there is none."""
    shown = {stack.name for stack in view.stacks}
    for refusal in view.refusals:
        name = refusal.stack
        if (
            refusal.control != "X00-readable"
            or not name
            or name in shown
            or not set(_roles_by_name(name)) & set(record.reads)
        ):
            continue
        if not isinstance(scope, Cluster) or name in ("identity", "account") or f"{name}-".startswith(f"{scope.name}-"):
            return name
    return ""


def _label(scope: Scope) -> str:
    return scope.name if isinstance(scope, Cluster) else ""


def _shown(scope: Scope, view: Estate) -> set[Role]:
    return scope.shown() if isinstance(scope, Cluster) else view.shown()


def _has_layer(record: Control, scope: Scope, view: Estate) -> bool:
    """Return whether a stack that `record` reads is seen in this very layer, not only in the synthesized form."""
    if view.layer == "synth":
        return True
    stacks = list(scope.stacks) + (view.shared.stacks if isinstance(scope, Cluster) else [])
    if isinstance(scope, Estate | Shared):
        return any(stack.layer == view.layer for stack in stacks)
    return any(stack.layer == view.layer and view.roles_of(stack) & set(record.reads) for stack in stacks)


def _run(record: Control, scope: Scope, view: Estate) -> list[Result]:
    outcome = run(record, scope)
    label = _label(scope)
    if view.layer == "plan" and record.decision != "X":
        for each in view.attention.resources:
            view.readers.setdefault(each, set()).add(record.decision)
        for kind in view.attention.kinds:
            view.askers.setdefault(kind, set()).add(record.decision)
    if outcome.findings:
        return [_result(record, label, view, each, outcome.objects) for each in outcome.findings]
    if outcome.not_applicable:
        return [Result(record, label, view.layer, "NOT_APPLICABLE", outcome.objects, None, outcome.not_applicable)]
    return [Result(record, label, view.layer, "PASS", outcome.objects, None, record.title)]


def _result(record: Control, label: str, view: Estate, finding: Finding, objects: int) -> Result:
    verdict: Literal["UNKNOWN", "FAIL"] = "UNKNOWN" if finding.unknown else "FAIL"
    return Result(record, label, view.layer, verdict, objects, finding, finding.message)


def _refuse(report: Report) -> None:
    """Turn what a refusing control found into a refusal that names the decisions it leaves unjudged."""
    for result in report.results:
        finding = result.finding
        if not result.control.refuses or finding is None:
            continue
        refusal = Refusal(result.control.id, finding.stack, finding.message, finding.address)
        report.refused.append(Refused(refusal, _unjudged(report, finding.stack)))


def _unjudged(report: Report, stack: str) -> tuple[str, ...]:
    roles: set[Role] = {
        role for view in report.views for each in view.stacks if each.name == stack for role in view.roles_of(each)
    }
    if not roles:
        roles = set(_roles_by_name(stack))
    return tuple(
        sorted({each.decision for each in report.controls.values() if each.decision != "X" and roles & set(each.reads)})
    )


def _roles_by_name(stack: str) -> tuple[Role, ...]:
    if stack.endswith("-login"):
        return ("login",)
    if stack.endswith("-workloads"):
        return ("workloads",)
    if stack in ("identity", "account"):
        return ("identity",) if stack == "identity" else ("account",)
    return ("cluster",) if stack else ROLES

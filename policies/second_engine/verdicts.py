"""What the controls say of one file, sorted by the resources at which checkov shall report it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from policies.engine.control import Control, Result, load_controls
from policies.engine.estate import Cluster, Estate
from policies.engine.exceptions import CONTROL, read_exceptions
from policies.engine.judge import check
from policies.engine.load import Loaded, load
from policies.engine.resource import Stack

EXCEPTIONS = Path(__file__).resolve().parents[1] / "exceptions.yaml"
Outcome = Literal["PASSED", "FAILED", "SKIPPED"]
_OUTCOMES: dict[str, Outcome] = {
    "PASS": "PASSED",
    "FAIL": "FAILED",
    "UNKNOWN": "FAILED",
    "EXCEPTED": "SKIPPED",
    "NOT_APPLICABLE": "SKIPPED",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What one control says at one resource."""

    outcome: Outcome
    messages: tuple[str, ...] = ()


@dataclass
class Verdicts:
    """What each control says, by stack, address and control."""

    said: dict[tuple[str, str], dict[str, Said]] = field(default_factory=dict)
    stacks: dict[str, str] = field(default_factory=dict)
    """The stack of each plan, by its file."""
    types: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The types of the resources at which each control says something, in checkov's words; `*` is each."""

    def at(self, stack: str, address: str, control: str) -> Said | None:
        """Return what a control says at a resource; what it says of nothing that is shown, at the first that is asked about."""
        homeless = self.said.get(_NOWHERE, {}).pop(control, None)
        here = self.said.get((stack, address), {}).get(control)
        if homeless is None or here is None:
            return homeless or here
        return Said("FAILED", (*homeless.messages, *here.messages))

    def add(self, stack: str, address: str, result: Result) -> None:
        """Note a result at a resource, beside what the same control says there already; the worst counts."""
        here = self.said.setdefault((stack, address), {})
        before = here.get(result.control.id)
        outcome = _OUTCOMES[result.verdict]
        messages = () if result.verdict == "PASS" else (result.message,)
        if before is not None:
            outcome = min(outcome, before.outcome, key=("FAILED", "SKIPPED", "PASSED").index)
            messages = (*before.messages, *messages)
        here[result.control.id] = Said(outcome, messages)


_NOWHERE = ("", "")
"""Where it stands what fails and is about no resource that is shown, such as a plan that cannot be trusted."""


@cache
def verdicts_of(path: str, plans: tuple[str, ...], today: date) -> tuple[Verdicts, str]:
    """Judge what the file at `path` belongs to, once for each folder and for all `plans` together; return the verdicts and the name of its stack."""
    file = Path(path).resolve()
    if not file.name.endswith(".tf.json"):
        verdicts = _judged_plans(plans or (str(file),), today)
        return verdicts, verdicts.stacks.get(str(file), "")
    stack = file.parent
    whole = stack.parent.name == "stacks"
    return _judged_folder(stack.parents[1] if whole else stack, today), stack.name


@cache
def _judged_folder(folder: Path, today: date) -> Verdicts:
    return _judged(load([folder]), today)


@cache
def _judged_plans(files: tuple[str, ...], today: date) -> Verdicts:
    loaded = load([], map(Path, files))
    verdicts = _judged(loaded, today)
    verdicts.stacks = {file: name for name, (file, _) in (*loaded.plans.items(), *loaded.states.items())}
    return verdicts


def _judged(loaded: Loaded, today: date) -> Verdicts:
    controls = load_controls()
    exceptions = read_exceptions(EXCEPTIONS, controls | {CONTROL.id: CONTROL})
    report = check(loaded, today=today, exceptions=exceptions, controls=controls)
    verdicts = Verdicts()
    kinds = {
        (stack.name, each.address): each.kind
        for view in report.views
        for stack in view.stacks
        for each in stack.resources
    }
    for result in report.results:
        view = next(each for each in report.views if each.layer == result.layer or result.control is CONTROL)
        trust = result.control.decision == "X"
        if not trust and not view.whole and not set(result.control.reads) <= _shown(view, result.cluster):
            continue  # the plans that were given cannot show it
        places = _places(view, result)
        if not places and trust and result.verdict in ("FAIL", "UNKNOWN"):
            places = [_NOWHERE]
        for stack, address in places:
            verdicts.add(stack, address, result)
            verdicts.types[result.control.id].add(kinds.get((stack, address), "*"))
    return verdicts


def _shown(view: Estate, cluster: str) -> set[str]:
    named = [each for each in view.clusters if each.name == cluster]
    return {*(named[0].shown() if named else view.shown())}


def _places(view: Estate, result: Result) -> list[tuple[str, str]]:
    """Return the resource that a result is about, else what stands for all that its control concerns."""
    finding = result.finding
    if finding is not None and finding.address:
        stacks = [each for each in view.stacks if not finding.stack or each.name == finding.stack]
        for stack in stacks:
            for resource in stack.resources:
                if resource.mode == "managed" and finding.address in (resource.address, resource.base):
                    return [(stack.name, resource.address)]
        named = [(stack.name, _anchor(stack)) for stack in stacks if finding.stack and _anchor(stack)]
        if named:
            return named
    return [(stack.name, _anchor(stack)) for stack in _stacks(view, result.control, result.cluster) if _anchor(stack)]


def _stacks(view: Estate, control: Control, cluster: str) -> list[Stack]:
    """Return the stacks in which a result that is about no single resource is shown."""
    if control.scope == "estate" or control.decision == "X":
        return [stack for each in view.clusters for stack in _best(each, control, view)] or view.stacks[:1]
    if control.scope == "shared":
        return [each for each in view.shared.stacks if view.roles_of(each) & set(control.reads)] or view.stacks[:1]
    named = [each for each in view.clusters if each.name == cluster]
    return _best(named[0], control, view) if named else view.stacks[:1]


def _best(cluster: Cluster, control: Control, view: Estate) -> list[Stack]:
    """Return the cluster's stack that `control` reads first."""
    for role in control.reads:
        for stack in cluster.stacks:
            if role in view.roles_of(stack) and _anchor(stack):
                return [stack]
    return [stack for stack in cluster.stacks if _anchor(stack)][:1]


def _anchor(stack: Stack) -> str:
    """Return the resource that stands for a whole stack: its EKS cluster, else the first by address."""
    clusters = [each.address for each in stack.of_kind("aws_eks_cluster")]
    return min(clusters or [each.address for each in stack.resources if each.mode == "managed"], default="")

"""checkov's own checks, merged into a report: each under the decision that it speaks for, or the floor."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from policies.engine.control import Control, Result
from policies.engine.estate import ROLES, Estate
from policies.engine.finding import Finding
from policies.engine.judge import Refused, Report
from policies.engine.load import Loaded
from policies.engine.refusal import Refusal
from policies.engine.resource import Layer
from policies.second_engine.skips import Skip, read_skips

FLOOR: Final = (
    "CKV_AWS_37", "CKV_AWS_38", "CKV_AWS_39", "CKV_AWS_58", "CKV_AWS_79", "CKV_AWS_100", "CKV_AWS_158", "CKV_AWS_274",
    "CKV_AWS_338", "CKV_AWS_339", "CKV_AWS_341",
)  # fmt: skip
"""Checks of checkov's that must run on each cluster, whatever its makers rename or retire."""
IDLE: Final[dict[str, str]] = {
    "CKV_AWS_24": "no stack has a rule of a security group",
    "CKV_AWS_25": "no stack has a rule of a security group",
    "CKV_AWS_260": "no stack has a rule of a security group",
    "CKV_AWS_286": "each policy's document stands in a template, which the check leaves out",
    "CKV_AWS_290": "each policy's document stands in a template, which the check leaves out",
    "CKV_AWS_355": "each policy's document stands in a template, which the check leaves out",
}
"""Checks that a control names and that find nothing to judge, each with the reason; any other that a control names is of the floor."""
_FRAMEWORKS: Final[dict[Layer, str]] = {"synth": "terraform_json", "plan": "terraform_plan"}
_ROOT = Path(__file__).resolve().parents[2]


def _never(scope: Any) -> None:
    """Never called: what the second engine says is judged where it is merged."""


def _record(id_: str, decision: str, title: str, remediation: str) -> Control:
    return Control(
        id=id_, decision=decision, title=title, severity="high" if decision == "X" else "medium", scope="estate",
        reads=ROLES, judge=_never, remediation=remediation, module="policies.second_engine.opinion",
    )  # fmt: skip


ENGINE: Final = _record(
    "X21-second-engine",
    "X",
    "checkov ran whole: it read every stack, lost no check, and each skip is known and needed",
    "Read what checkov logged; update FLOOR or skips.yaml in policies/second_engine/.",
)


def floor(controls: Mapping[str, Control]) -> list[str]:
    """Return the checks that must run on each cluster: the floor's own, and those that these controls name."""
    return sorted({*FLOOR, *(check for each in controls.values() for check in each.checkov)} - IDLE.keys())


@dataclass
class Opinion:
    """What checkov said of one layer."""

    layer: Layer
    records: list[dict[str, Any]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Stack and text of what kept it from judging."""


def add_opinion(report: Report, loaded: Loaded) -> None:
    """Run checkov on all that was loaded, and add its verdicts, refusals and disagreements to `report`."""
    targets = {
        "synth": {name: str(files[0]) for name, (_, files, _) in loaded.synth.items()},
        "plan": {name: file for name, (file, _) in loaded.plans.items()},
    }
    skips, malformed = read_skips()
    problems: list[str] = []
    for text in malformed:
        _refuse(report, "", Refusal(ENGINE.id, "", text), "synth")
    used: set[Skip] = set()
    known: set[str] = set()
    for view in report.views:
        if view.layer in _FRAMEWORKS and targets[view.layer]:
            opinion = _ask(view.layer, targets[view.layer])
            known |= opinion.known
            _merge(report, view, opinion, skips, used)
        elif view.layer == "state":
            text = "checkov reads no state: of what stands, its checks say nothing; give it the plan or the stacks"
            report.results.append(Result(ENGINE, "", "state", "UNKNOWN", 0, Finding("", text, unknown=True), text))
    problems += [
        f"skips.yaml: {each.check} is no check of checkov's" for each in skips if known and each.check not in known
    ]
    problems += [f"{each.id} names {check}, which is no check of checkov's" for each in report.controls.values() for check in each.checkov if known and check not in known]  # fmt: skip
    if all(view.whole for view in report.views) and not report.not_asked:
        problems += [f"skips.yaml: {each.check} at {each.where} meets nothing" for each in skips if each not in used]
    report.results += [Result(ENGINE, "", "synth", "FAIL", 0, Finding("", text), text) for text in problems]
    if not problems and not malformed and known:
        report.results.append(Result(ENGINE, "", "synth", "PASS", len(known), None, ENGINE.title))


def _refuse(report: Report, cluster: str, refusal: Refusal, layer: Layer) -> None:
    """Note what keeps checkov from judging."""
    finding = Finding("", refusal.message, stack=refusal.stack)
    report.refused.append(Refused(refusal, ()))
    report.results.append(Result(ENGINE, cluster, layer, "FAIL", 0, finding, refusal.message))


def _ask(layer: Layer, targets: dict[str, str]) -> Opinion:
    """Run checkov in a process of its own, whose state is then gone."""
    question = json.dumps({"framework": _FRAMEWORKS[layer], "targets": {key: str(Path(each).resolve()) for key, each in targets.items()}})  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "policies.second_engine.run"],
        input=question, capture_output=True, text=True, cwd=_ROOT, check=False,
    )  # fmt: skip
    opinion = Opinion(layer)
    try:
        answer = json.loads(done.stdout.rpartition("\n")[2])
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        opinion.problems = [("", f"checkov did not run on the {layer}: it said {last}")]
        return opinion
    opinion.records, opinion.known = answer["records"], set(answer["known"])
    opinion.problems = [("", f"checkov could not parse {each}") for each in answer["unparsed"]]
    opinion.problems += [("", f"checkov complains: {each}") for each in answer["complaints"]]
    opinion.problems += [
        (stack, f"checkov saw nothing in {stack}") for stack in targets if not answer["objects"].get(stack)
    ]
    return opinion


def _merge(report: Report, view: Estate, opinion: Opinion, skips: list[Skip], used: set[Skip]) -> None:
    clusters = {stack.name: each.name for each in view.clusters for stack in each.stacks}
    decisions = {check: each.decision for each in reversed(report.controls.values()) for check in each.checkov}
    ran: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for record in opinion.records:
        ran[record["check"], clusters.get(record["stack"], "")].append(record)
    for each in view.clusters:
        shown = any(stack.layer == opinion.layer and stack.of_kind("aws_eks_cluster") for stack in each.stacks)
        if opinion.records and shown:
            opinion.problems += [
                (each.name, f"checkov's {check} did not run on the {opinion.layer} of {each.name}")
                for check in floor(report.controls)
                if not ran.get((check, each.name))
            ]
    for stack, text in opinion.problems:
        _refuse(report, clusters.get(stack, ""), Refusal(ENGINE.id, stack, text), opinion.layer)
    for (check, cluster), records in sorted(ran.items()):
        decision = decisions.get(check, "B00")
        if report.not_asked and decision in (*report.not_asked, "B00"):
            continue
        control = _record(check, decision, records[0]["name"], f"See checkov's {check}, or record a skip with its reason in policies/second_engine/skips.yaml.")  # fmt: skip
        report.results += _results(control, cluster, opinion.layer, records, skips, used)
    _compare(report, opinion.layer, ran)


def _results(
    control: Control, cluster: str, layer: Layer, records: list[dict[str, Any]], skips: list[Skip], used: set[Skip]
) -> list[Result]:
    found: list[Result] = []
    for record in (each for each in records if each["failed"]):
        stack, address = record["stack"], record["address"]
        skip = next((each for each in skips if each.covers(control.id, stack, address)), None)
        if skip is None:
            finding = Finding(
                address, f"{address}: checkov finds that this does not hold: {control.title}", stack=stack
            )
            found.append(Result(control, cluster, layer, "FAIL", len(records), finding, finding.message))
        else:
            used.add(skip)
            text = f"{address}: checkov objects; skipped: {skip.reason}"
            found.append(Result(control, cluster, layer, "NOT_APPLICABLE", len(records), None, text))
    return found or [Result(control, cluster, layer, "PASS", len(records), None, control.title)]


def _compare(report: Report, layer: Layer, ran: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
    """Note where a control and checkov's checks for the same thing disagree."""
    ours: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in report.results:
        if each.layer == layer:
            ours[each.control.id, each.cluster].add(each.verdict)
    for (id_, cluster), verdicts in sorted(ours.items()):
        control = report.controls.get(id_)
        if control is None:
            continue
        objecting = {check: [each for each in ran[check, cluster] if each["failed"]] for check in control.checkov if ran.get((check, cluster))}  # fmt: skip
        holds = verdicts <= {"PASS", "NOT_APPLICABLE"}
        where = f"{cluster or 'estate'}, {layer}"
        if holds:
            report.disagreements += [
                f"{where}: {id_} holds, checkov's {check} objects at {', '.join(each['address'] for each in found)}"
                for check, found in objecting.items()
                if found
            ]
        elif objecting and not any(objecting.values()):
            report.disagreements.append(f"{where}: {id_} does not hold, checkov's {', '.join(objecting)} sees nothing")

"""The report for a pull request: verdicts first, then what the plans change, then exceptions with their days left."""

from __future__ import annotations

from collections import Counter

from policies.engine.judge import Report
from policies.engine.resource import Resource
from policies.reports.summary import OVERALL, lines, troubled, where, word

_MARKS = {"PASS": "✅", "FAIL": "❌", "UNKNOWN": "❓", "EXCEPTED": "⚠️", "NOT_APPLICABLE": "➖"}
_MOST = 60
"""Findings and changes that are written out; a comment has a limited length."""


def render(report: Report) -> str:
    """Return the report as GitHub's Markdown."""
    mark = {"holds": "✅", "broken": "❌", "cannot_judge": "⛔"}[report.verdict]
    out = [f"## {mark} {OVERALL[report.verdict]}", ""]
    for each in report.refused:
        out += [f"> [!CAUTION]\n> **{each.refusal.control}**: {_cell(each.refusal.message)}  "]
        out += [f"> Left unjudged: {', '.join(each.unjudged) or 'none'}", ""]
    out += ["| | Decision | Verdict | Controls | Objects |", "|---|---|---|---:|---:|"]
    for line in lines(report):
        name = f"{line.decision} {line.name}"
        verdict = word(line.decision, line.verdict)
        out.append(f"| {_MARKS[line.verdict]} | {name} | {verdict} | {line.controls} | {line.objects} |")
    out += _findings(report) + _changes(report) + _exceptions(report)
    if report.disagreements:
        out += ["", "### checkov and the controls disagree", "", *(f"- {_cell(each)}" for each in report.disagreements)]
    if report.not_asked:
        out += ["", f"Not asked: {', '.join(report.not_asked)}."]
    out += ["", f"{len({each.control.id for each in report.results})} controls on {report.objects} objects."]
    return "\n".join(out) + "\n"


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _findings(report: Report) -> list[str]:
    found = troubled(report)
    out = ["", "### What is not as decided", ""] if found else []
    for result in found[:_MOST]:
        out.append(f"- {_MARKS[result.verdict]} **{result.control.id}** ({where(result)}): {_cell(result.message)}")
        out.append(f"  Mend: {_cell(result.control.remediation)}")
    if len(found) > _MOST:
        out.append(f"- and {len(found) - _MOST} more; the JSON report holds them all")
    return out


def touched_by_plans(report: Report) -> list[tuple[Resource, list[str]]]:
    """Return each resource that a plan changes and whose type a decision judges, with the decisions."""
    by_type: dict[str, set[str]] = {}
    for record in report.controls.values():
        for presence in record.presence:
            by_type.setdefault(presence.kind, set()).add(record.decision)
    found = []
    for view in report.views:
        for stack in view.stacks:
            for resource in stack.resources if stack.layer == "plan" else ():
                changed = resource.mode == "managed" and resource.actions not in ((), ("no-op",), ("read",))
                if changed and resource.type in by_type:
                    found.append((resource, sorted(by_type[resource.type])))
    return found


def _changes(report: Report) -> list[str]:
    changed = touched_by_plans(report)
    actions = Counter(
        " and ".join(resource.actions)
        for view in report.views
        for stack in view.stacks
        for resource in stack.resources
        if stack.layer == "plan" and resource.mode == "managed" and resource.actions not in ((), ("no-op",))
    )
    if not actions:
        return []
    total = ", ".join(f"{count} to {action}" for action, count in sorted(actions.items()))
    out = ["", "### What the plans change", "", f"{total}. Of these touch a decision:", ""]
    for resource, decisions in changed[:_MOST]:
        out.append(
            f"- `{resource.stack_name}` {' and '.join(resource.actions)} `{resource.address}` ({', '.join(decisions)})"
        )
    if len(changed) > _MOST:
        out.append(f"- and {len(changed) - _MOST} more")
    return out


def _exceptions(report: Report) -> list[str]:
    if not report.exceptions.waivers:
        return []
    out = [
        "",
        "### Exceptions",
        "",
        "| Control | Address | Days left | Reason | Owner | Ticket |",
        "|---|---|---:|---|---|---|",
    ]
    for each in sorted(report.exceptions.waivers, key=lambda waiver: waiver.expires):
        cells = (each.control, each.address, each.days_left(report.today), each.reason, each.owner, each.ticket)
        out.append("| " + " | ".join(map(_cell, cells)) + " |")
    return out

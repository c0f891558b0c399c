"""The report for a pull request: verdicts first, then what the plans change, then exceptions with their days left."""

from __future__ import annotations

from collections import Counter

from policies.engine.judge import Report
from policies.reports.changes import ORDER, Change, Kind, changes
from policies.reports.summary import OVERALL, inapplicable, lines, time_left, troubled, where, word

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
        verdict = word(line.decision, line.verdict, report)
        out.append(f"| {_MARKS[line.verdict]} | {name} | {verdict} | {line.controls} | {line.objects} |")
    out += _findings(report) + _changes(report) + _exceptions(report) + _inapplicable(report)
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


_DONE: dict[Kind, str] = {"destroy": "destroyed", "replace": "replaced", "update": "changed", "create": "created"}


def _changes(report: Report) -> list[str]:
    """Write out what is taken away, whatever it is, then what touches a decision."""
    found = changes(report)
    if not found:
        return []
    counts = Counter(each.kind for each in found)
    total = ", ".join(f"{counts[kind]} {_DONE[kind]}" for kind in ORDER if counts[kind])
    out = ["", "### What the plans change", "", f"{total}."]
    gone = [each for each in found if each.kind in ("destroy", "replace")]
    others = [each for each in found if each not in gone and each.decisions]
    if gone:
        out += ["", "**What is taken away:**", "", *_written(gone)]
    if others:
        out += ["", "What else touches a decision:", "", *_written(others)]
    return out


def _written(found: list[Change]) -> list[str]:
    out = []
    for each in found[:_MOST]:
        touched = ", ".join(each.decisions) or "no decision"
        out.append(f"- `{each.stack}` `{each.address}` is {_DONE[each.kind]} ({touched})")
    if len(found) > _MOST:
        out.append(f"- and {len(found) - _MOST} more")
    return out


def _exceptions(report: Report) -> list[str]:
    if not report.exceptions.waivers:
        return []
    out = [
        "",
        "### Exceptions",
        "",
        "| Control | Address | Left | Reason | Owner | Ticket |",
        "|---|---|---|---|---|---|",
    ]
    for each in sorted(report.exceptions.waivers, key=lambda waiver: waiver.expires):
        cells = (each.control, each.address, time_left(each, report.today), each.reason, each.owner, each.ticket)
        out.append("| " + " | ".join(map(_cell, cells)) + " |")
    return out


def _inapplicable(report: Report) -> list[str]:
    found = inapplicable(report)
    out = ["", "### What has nothing to say here", ""] if found else []
    out += [f"- **{each.control.id}** ({where(each)}): {_cell(each.message)}" for each in found[:_MOST]]
    return [*out, f"- and {len(found) - _MOST} more"] if len(found) > _MOST else out

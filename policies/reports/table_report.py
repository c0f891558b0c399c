"""The report for a terminal: one line for each decision, then each finding with how to mend it."""

from __future__ import annotations

from policies.engine.judge import Report
from policies.reports.changes import changes
from policies.reports.summary import OVERALL, WORDS, inapplicable, lines, time_left, troubled, where, word

_COLOURS: dict[str, str] = {
    "FAIL": "31",
    "UNKNOWN": "35",
    "EXCEPTED": "33",
    "PASS": "32",
    "NOT_APPLICABLE": "2",
    "holds": "32",
    "broken": "31",
    "cannot_judge": "35",
}


def render(report: Report, *, colour: bool = False) -> str:
    """Return the report as text, with colour where the terminal shows it."""

    def paint(text: str, name: str) -> str:
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if colour else text

    out: list[str] = []
    for line in lines(report):
        judged = paint(f"{word(line.decision, line.verdict, report):<14}", line.verdict)
        counts = f"{line.controls:>3} controls {line.objects:>6} objects"
        out.append(f"{line.decision:<4} {line.name:<26} {judged} {counts}  {line.heading}")
    for result in troubled(report):
        finding = result.finding
        out += ["", f"{paint(WORDS[result.verdict].upper(), result.verdict)} {result.control.id} ({where(result)})"]
        out.append(f"  {result.message}")
        if finding is not None:
            if finding.expected is not None:
                out += [f"  found:    {finding.found}", f"  expected: {finding.expected}"]
            if finding.construct_path:
                out.append(f"  made by:  {finding.construct_path}")
        out += [f"  decided:  {result.control.title}", f"  mend:     {result.control.remediation}"]
    for waiver in report.exceptions.waivers:
        left = time_left(waiver, report.today)
        state = "EXCEPTED" if waiver.days_left(report.today) >= 0 else "NO LONGER EXCEPTED"
        out += ["", f"{state} {waiver.control} for {waiver.address} until {waiver.expires} ({left}): {waiver.reason}"]
    for result in inapplicable(report):
        out += ["", f"NOT APPLICABLE {result.control.id} ({where(result)}): {result.message}"]
    for change in (each for each in changes(report) if each.kind in ("destroy", "replace")):
        done = "DESTROYED" if change.kind == "destroy" else "REPLACED"
        out += ["", f"{done} {change.stack} {change.address} ({', '.join(change.decisions) or 'no decision'})"]
    for each in report.refused:
        decisions = ", ".join(each.unjudged) or "none"
        record = report.controls.get(each.refusal.control)
        out += ["", f"{paint('CANNOT JUDGE', 'cannot_judge')} {each.refusal.control}", f"  {each.refusal.message}"]
        out += [f"  left unjudged: {decisions}"] + ([f"  mend:     {record.remediation}"] if record else [])
    if report.disagreements:
        out += ["", "checkov and the controls disagree:", *(f"  {each}" for each in report.disagreements)]
    if report.not_asked:
        out += ["", f"Not asked: {', '.join(report.not_asked)}"]
    controls = len({each.control.id for each in report.results})
    out += ["", paint(OVERALL[report.verdict], report.verdict) + f" {controls} controls on {report.objects} objects."]
    return "\n".join(out) + "\n"

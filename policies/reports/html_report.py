"""The report as one self-contained page: the fleet's picture, every decision with its evidence, and the exceptions."""

from __future__ import annotations

from html import escape
from pathlib import Path

from policies.catalogue import DECISIONS
from policies.engine.control import Result
from policies.engine.exceptions import Waiver
from policies.engine.judge import Report
from policies.reports.changes import changes
from policies.reports.summary import OVERALL, RANK, WORDS, Line, lines, time_left, where, word

_STYLE = Path(__file__).with_name("html_report.css")


def render(report: Report) -> str:
    """Return the report as HTML."""
    body = [
        f'<header class="{report.verdict}"><h1>{escape(OVERALL[report.verdict])}</h1>',
        f"<p>{len({each.control.id for each in report.results})} controls on {report.objects} objects, "
        f"<time>{report.today}</time></p></header>",
        *_refusals(report),
        *_fleet(report),
        *_changes(report),
        "<h2>Decisions</h2>",
        *(_decision(line, report) for line in lines(report)),
        *_exceptions(report),
    ]
    if report.disagreements:
        body += ["<h2>Where checkov and the controls disagree</h2>", "<ul>"]
        body += [*(f"<li>{escape(each)}</li>" for each in report.disagreements), "</ul>"]
    if report.not_asked:
        body.append(f"<p>Not asked: {escape(', '.join(report.not_asked))}.</p>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(OVERALL[report.verdict])}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style></head>\n"
        f"<body>\n{chr(10).join(body)}\n</body></html>\n"
    )


def _refusals(report: Report) -> list[str]:
    return [
        f'<section class="refusal"><h2>Cannot judge</h2><p>{escape(each.refusal.message)}</p>'
        f"<p>Left unjudged: {escape(', '.join(each.unjudged) or 'none')}</p></section>"
        for each in report.refused
    ]


def _fleet(report: Report) -> list[str]:
    """Return a grid of decisions by cluster, each cell its worst verdict."""
    clusters = sorted({each.cluster for each in report.results if each.cluster})
    found = lines(report)
    head = "".join(f"<th scope=col>{escape(each.decision)}</th>" for each in found)
    rows = []
    for cluster in [*clusters, ""]:
        cells = []
        for line in found:
            verdicts = [each.verdict for each in line.results if each.cluster == cluster]
            if not verdicts:
                cells.append("<td></td>")
                continue
            worst = min(verdicts, key=RANK.index)
            label = f"{line.decision} {line.name}: {word(line.decision, worst, report)}"
            cells.append(
                f'<td><a class="cell {worst}" href="#{line.decision}" title="{escape(label)}" aria-label="{escape(label)}"></a></td>'
            )
        rows.append(f"<tr><th scope=row>{escape(cluster or 'whole estate')}</th>{''.join(cells)}</tr>")
    return [
        "<h2>Fleet</h2>",
        f'<div class="scroll"><table class="fleet"><tr><td></td>{head}</tr>{"".join(rows)}</table></div>',
    ]


def _changes(report: Report) -> list[str]:
    """Return what plans change: all that is taken away, and what else touches a decision."""
    found = [each for each in changes(report) if each.decisions or each.kind in ("destroy", "replace")]
    rows = "".join(
        f"<tr><td><b class={each.kind}>{each.kind}</b></td><td>{escape(each.stack)}</td>"
        f"<td><code>{escape(each.address)}</code></td><td>{', '.join(each.decisions)}</td></tr>"
        for each in found
    )
    head = "<tr><th>Action</th><th>Stack</th><th>Resource</th><th>Decisions</th></tr>"
    table = f'<div class="scroll"><table>{head}{rows}</table></div>'
    opened = " open" if any(each.kind in ("destroy", "replace") for each in found) else ""
    summary = f"<summary>{len(found)} changes touch a decision or take something away</summary>"
    return ["<h2>What the plans change</h2>", f"<details{opened}>{summary}{table}</details>"] if found else []


def _decision(line: Line, report: Report) -> str:
    record = DECISIONS.get(line.decision)
    opened = " open" if line.verdict in ("FAIL", "UNKNOWN") else ""
    text = "".join(
        f"<p>{escape(each)}</p>"
        for each in ((record.decided, f"Served by: {record.served_by}") if record else (line.heading,))
    )
    settled = "".join(f"<li>{escape(each)}</li>" for each in (record.settled if record else ()))
    rows = "".join(_row(each) for each in sorted(line.results, key=lambda each: RANK.index(each.verdict)))
    return (
        f'<details id="{line.decision}"{opened}><summary><span class="badge {line.verdict}">{word(line.decision, line.verdict, report)}</span>'
        f"<b>{line.decision} {escape(line.name)}</b> <span>{escape(line.heading)}</span></summary>{text}"
        + (f"<ul>{settled}</ul>" if settled else "")
        + '<div class="scroll"><table><tr><th>Verdict</th><th>Control</th><th>Where</th><th>Evidence</th></tr>'
        + f"{rows}</table></div></details>"
    )


def _row(result: Result) -> str:
    finding = result.finding
    said = finding is not None or result.verdict == "NOT_APPLICABLE"
    evidence = escape(result.message) if said else f"{result.objects} objects"
    if finding is not None:
        if finding.expected is not None:
            evidence += f"<dl><dt>found</dt><dd><code>{escape(str(finding.found))}</code></dd><dt>expected</dt><dd><code>{escape(str(finding.expected))}</code></dd></dl>"
        evidence += f"<p>{escape(result.control.remediation)}</p>"
    return (
        f'<tr><td><span class="badge {result.verdict}">{WORDS[result.verdict]}</span></td><td><code>{escape(result.control.id)}</code>'
        f"<br>{escape(result.control.title)}</td><td>{escape(where(result))}</td><td>{evidence}</td></tr>"
    )


def _exceptions(report: Report) -> list[str]:
    out = ["<h2>Exceptions</h2>"]
    if report.exceptions.waivers:
        rows = "".join(
            f"<tr>{_excused(each)}<td>{each.expires} ({time_left(each, report.today)})</td>{_why(each)}</tr>"
            for each in sorted(report.exceptions.waivers, key=lambda waiver: waiver.expires)
        )
        head = "<tr><th>Control</th><th>Address</th><th>Until</th><th>Reason</th><th>Who</th></tr>"
        out.append(f'<div class="scroll"><table>{head}{rows}</table></div>')
    else:
        out.append("<p>None is in force.</p>")
    out.append("<h3>History</h3>")
    if report.exceptions.history:
        rows = "".join(
            f"<tr>{_excused(each.waiver)}<td>{each.ended}: {escape(each.why)}</td>{_why(each.waiver)}</tr>"
            for each in reversed(report.exceptions.history)
        )
        head = "<tr><th>Control</th><th>Address</th><th>Ended</th><th>Reason</th><th>Who</th></tr>"
        out.append(f'<div class="scroll"><table>{head}{rows}</table></div>')
    else:
        out.append("<p>None has ended yet.</p>")
    return out


def _excused(waiver: Waiver) -> str:
    return f"<td><code>{escape(waiver.control)}</code></td><td><code>{escape(waiver.address)}</code></td>"


def _why(waiver: Waiver) -> str:
    who = f"{waiver.owner}, approved by {waiver.approved_by}, {waiver.ticket}"
    return f"<td>{escape(waiver.reason)}</td><td>{escape(who)}</td>"

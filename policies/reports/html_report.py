"""The report as one self-contained page: the fleet's picture, every decision with its evidence, and the exceptions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from pathlib import Path

from policies.catalogue import DECISIONS
from policies.engine.control import Result, Verdict
from policies.engine.exceptions import Waiver
from policies.engine.judge import Report
from policies.reports.changes import changes
from policies.reports.summary import OVERALL, RANK, WORDS, Line, lines, time_left, where, word

_STYLE = Path(__file__).with_name("html_report.css")
_SIGNS: dict[Verdict, str] = {"FAIL": "✗", "UNKNOWN": "?", "EXCEPTED": "!", "PASS": "✓", "NOT_APPLICABLE": "–"}
"""What stands in a cell, for colours alone are not told apart by everybody."""


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
    """Return grids of decisions by cluster, each cell its worst verdict: one of the decisions, one of what else is held."""
    found = lines(report)
    decided = [each for each in found if each.decision in DECISIONS]
    rest = [each for each in found if each.decision not in DECISIONS]
    legend = "".join(
        f'<li><span class="cell {verdict}" aria-hidden="true">{_SIGNS[verdict]}</span> {text}</li>'
        for verdict, text in WORDS.items()
    )
    grids = [_grid("What was decided", decided, report), _grid("The baseline, and the estate as a whole", rest, report)]
    return ["<h2>Fleet</h2>", *(each for each in grids if each), f'<ul class="legend">{legend}</ul>']


def _grid(caption: str, found: list[Line], report: Report) -> str:
    clusters = sorted({each.cluster for line in found for each in line.results if each.cluster})
    rows = []
    for cluster in [*clusters, ""]:
        cells = "".join(_cell(line, cluster, report) for line in found)
        if "<a " in cells:
            rows.append(f"<tr><th scope=row>{escape(cluster or 'whole estate')}</th>{cells}</tr>")
    head = "".join(f"<th scope=col>{escape(each.decision)}</th>" for each in found)
    return _scrolling(caption, f"<tr><td></td>{head}</tr>{''.join(rows)}", "fleet") if rows else ""


def _cell(line: Line, cluster: str, report: Report) -> str:
    verdicts = [each.verdict for each in line.results if each.cluster == cluster]
    if not verdicts:
        return "<td></td>"
    worst = min(verdicts, key=RANK.index)
    label = escape(f"{line.decision} {line.name}: {word(line.decision, worst, report)}")
    link = f'class="cell {worst}" href="#{line.decision}" title="{label}" aria-label="{label}"'
    return f"<td><a {link}>{_SIGNS[worst]}</a></td>"


def _scrolling(caption: str, rows: str, class_: str) -> str:
    """Return a table that scrolls by itself where the page is too narrow, by keyboard too."""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="{class_}"><caption>{escape(caption)}</caption>{rows}</table></div>'
    )


def _table(caption: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table whose rows become blocks on a narrow page, each value under the name of its column."""
    columns = list(columns)
    head = "".join(f"<th scope=col>{each}</th>" for each in columns)
    body = "".join(
        f"<tr>{''.join(f'<td data-name={name}>{cell}</td>' for name, cell in zip(columns, row, strict=True))}</tr>"
        for row in rows
    )
    return f'<table class="rows"><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>'


def _changes(report: Report) -> list[str]:
    """Return what plans change: all that is taken away, and what else touches a decision."""
    found = [each for each in changes(report) if each.decisions or each.kind in ("destroy", "replace")]
    if not found:
        return []
    opened = " open" if any(each.kind in ("destroy", "replace") for each in found) else ""
    caption = f"{len(found)} changes touch a decision or take something away"
    rows = (
        (f"<b class={each.kind}>{each.kind}</b>", escape(each.stack), _code(each.address), ", ".join(each.decisions))
        for each in found
    )
    table = _table(caption, ("Action", "Stack", "Resource", "Decisions"), rows)
    return ["<h2>What the plans change</h2>", f"<details{opened}><summary>{caption}</summary>{table}</details>"]


def _decision(line: Line, report: Report) -> str:
    record = DECISIONS.get(line.decision)
    opened = " open" if line.verdict in ("FAIL", "UNKNOWN") else ""
    told = (record.decided, f"Served by: {record.served_by}") if record else (line.heading,)
    text = "".join(f"<p>{_prose(each)}</p>" for each in told)
    settled = "".join(f"<li>{_prose(each)}</li>" for each in (record.settled if record else ()))
    return (
        f'<details id="{line.decision}"{opened}><summary><span class="badge {line.verdict}">{word(line.decision, line.verdict, report)}</span>'
        f"<b>{line.decision} {escape(line.name)}</b> <span>{escape(line.heading)}</span></summary>{text}"
        + (f"<ul>{settled}</ul>" if settled else "")
        + f"{_results(line)}</details>"
    )


def _results(line: Line) -> str:
    """Return the evidence; beside what does not hold, what holds is folded away."""
    ranked = sorted(line.results, key=lambda each: RANK.index(each.verdict))
    bad = [each for each in ranked if each.verdict in ("FAIL", "UNKNOWN")]
    good = ranked[len(bad) :]
    columns = ("Verdict", "Control", "Where", "Evidence")
    found = [_table(f"{line.decision}: what does not hold", columns, map(_row, bad))] if bad else []
    if good:
        caption = f"{len(good)} others" if bad else f"{line.decision}: evidence"
        table = _table(caption, columns, map(_row, good))
        found.append(f"<details><summary>{caption}</summary>{table}</details>" if bad else table)
    return "".join(found)


def _row(result: Result) -> tuple[str, ...]:
    finding = result.finding
    said = finding is not None or result.verdict == "NOT_APPLICABLE"
    evidence = escape(result.message) if said else f"{result.objects} objects"
    if finding is not None:
        if finding.expected is not None:
            evidence += f"<dl><dt>found</dt><dd>{_code(str(finding.found))}</dd><dt>expected</dt><dd>{_code(str(finding.expected))}</dd></dl>"
        evidence += f"<p>{escape(result.control.remediation)}</p>"
    return (
        f'<span class="badge {result.verdict}">{WORDS[result.verdict]}</span>',
        f"{_code(result.control.id)}<br>{escape(result.control.title)}",
        escape(where(result)),
        evidence,
    )


def _exceptions(report: Report) -> list[str]:
    out = ["<h2>Exceptions</h2>"]
    if report.exceptions.waivers:
        rows = (
            (*_excused(each), f"{each.expires} ({time_left(each, report.today)})", *_why(each))
            for each in sorted(report.exceptions.waivers, key=lambda waiver: waiver.expires)
        )
        out.append(_table("Exceptions in force", ("Control", "Address", "Until", "Reason", "Who"), rows))
    else:
        out.append("<p>None is in force.</p>")
    out.append("<h3>History</h3>")
    if report.exceptions.history:
        rows = (
            (*_excused(each.waiver), f"{each.ended}: {escape(each.why)}", *_why(each.waiver))
            for each in reversed(report.exceptions.history)
        )
        out.append(_table("Exceptions that have ended", ("Control", "Address", "Ended", "Reason", "Who"), rows))
    else:
        out.append("<p>None has ended yet.</p>")
    return out


def _excused(waiver: Waiver) -> tuple[str, ...]:
    return _code(waiver.control), _code(waiver.address)


def _why(waiver: Waiver) -> tuple[str, ...]:
    who = f"{waiver.owner}, approved by {waiver.approved_by}, {waiver.ticket}"
    return escape(waiver.reason), escape(who)


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _prose(text: str) -> str:
    """Return a sentence of the catalogue, what it quotes set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))

"""The report as JUnit XML: one suite for each decision, one case for each control, cluster and layer."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from policies.engine.control import Result
from policies.engine.judge import Report
from policies.reports.summary import lines

_FORBIDDEN = {code: None for code in range(32) if code not in (9, 10, 13)}


def render(report: Report) -> str:
    """Return the report as JUnit XML."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>']
    suites: list[str] = []
    tests = failures = skipped = errors = 0
    for line in lines(report):
        cases: list[str] = []
        counts = [0, 0, 0]
        for (control, cluster, layer), results in groupby(line.results, key=_key):
            case, failed, left_out = _case(control, cluster, layer, list(results))
            cases.append(case)
            counts = [counts[0] + 1, counts[1] + failed, counts[2] + left_out]
        name = quoteattr(f"{line.decision} {line.name}")
        suites.append(f'  <testsuite name={name} tests="{counts[0]}" failures="{counts[1]}" skipped="{counts[2]}">')
        suites += [*cases, "  </testsuite>"]
        tests, failures, skipped = tests + counts[0], failures + counts[1], skipped + counts[2]
    for suite, cases in _unjudged(report):
        kind = "errors" if suite == "cannot judge" else "skipped"
        named = f'  <testsuite name={quoteattr(suite)} tests="{len(cases)}" failures="0" '
        suites += [f'{named}{kind}="{len(cases)}">', *cases, "  </testsuite>"]
        tests += len(cases)
        errors, skipped = (errors + len(cases), skipped) if kind == "errors" else (errors, skipped + len(cases))
    counted = f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    out.append(f'<testsuites name="policies" {counted}>')
    return "\n".join([*out, *suites, "</testsuites>"]) + "\n"


def _unjudged(report: Report) -> Iterable[tuple[str, list[str]]]:
    """Yield suites of what has no verdict: decisions left unjudged, decisions not asked, and what two engines differ about."""
    reasons: dict[str, list[str]] = {}
    for each in report.refused:
        for decision in each.unjudged or ("X",):
            reasons.setdefault(decision, []).append(f"{each.refusal.control}: {each.refusal.message}")
    named = {
        "cannot judge": [(decision, "error", _text(texts)) for decision, texts in sorted(reasons.items())],
        "not asked": [(decision, "skipped", "not asked") for decision in report.not_asked],
        "disagreements with checkov": [
            (f"{number}", "skipped", _text([text])) for number, text in enumerate(report.disagreements, 1)
        ],
    }
    for suite, cases in named.items():
        if cases:
            yield (
                suite,
                [
                    f'    <testcase classname="policies" name={quoteattr(f"{name} {suite}")}><{kind} message={quoteattr(text)}/></testcase>'
                    for name, kind, text in cases
                ],
            )


def _key(result: Result) -> tuple[str, str, str]:
    return result.control.id, result.cluster, result.layer


def _case(control: str, cluster: str, layer: str, results: list[Result]) -> tuple[str, int, int]:
    name = quoteattr(f"{control}[{cluster or 'estate'}-{layer}]")
    start = f"    <testcase classname={quoteattr(results[0].control.module or 'policies')} name={name}"
    broken = [each for each in results if each.verdict in ("FAIL", "UNKNOWN")]
    if broken:
        text = _text(each.message for each in broken)
        kind = broken[0].verdict
        return (
            f'{start}><failure type="{kind}" message={quoteattr(_text([broken[0].message]))}>{escape(text)}</failure></testcase>',
            1,
            0,
        )
    excused = [each for each in results if each.verdict in ("EXCEPTED", "NOT_APPLICABLE")]
    if excused:
        return f"{start}><skipped message={quoteattr(_text(each.message for each in excused))}/></testcase>", 0, 1
    return f"{start}/>", 0, 0


def _text(messages: Iterable[str]) -> str:
    return "\n".join(messages).translate(_FORBIDDEN)

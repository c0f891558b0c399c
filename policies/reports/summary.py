"""What every format says of a report: one line for each decision, and how a finding is worded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from policies.catalogue import DECISIONS
from policies.engine.control import Result, Verdict
from policies.engine.exceptions import Waiver
from policies.engine.judge import Overall, Report

RANK: tuple[Verdict, ...] = ("FAIL", "UNKNOWN", "EXCEPTED", "PASS", "NOT_APPLICABLE")
"""From worst to best."""
WORDS: dict[Verdict, str] = {
    "FAIL": "broken",
    "UNKNOWN": "unknown",
    "EXCEPTED": "excepted",
    "PASS": "holds",
    "NOT_APPLICABLE": "not applicable",
}
OVERALL: dict[Overall, str] = {
    "holds": "Every decision holds.",
    "broken": "Decisions are broken.",
    "cannot_judge": "This cannot be judged.",
}


def word(decision: str, verdict: Verdict, report: Report) -> str:
    """Return how a verdict on a decision is called; where something was refused, the estate as a whole cannot be judged."""
    return "cannot judge" if decision == "X" and verdict == "FAIL" and report.refused else WORDS[verdict]


def time_left(waiver: Waiver, today: date) -> str:
    """Return how long an exception is still in force."""
    left = waiver.days_left(today)
    return f"{left} days left" if left >= 0 else f"expired on {waiver.expires}"


def inapplicable(report: Report) -> list[Result]:
    """Return the results that had nothing to say; their message is why."""
    return [each for each in report.results if each.verdict == "NOT_APPLICABLE"]


@dataclass(frozen=True)
class Line:
    """One decision: its worst verdict and its results."""

    decision: str
    name: str
    heading: str
    verdict: Verdict
    results: tuple[Result, ...]

    @property
    def counts(self) -> Counter[Verdict]:
        """How many results of each verdict."""
        return Counter(each.verdict for each in self.results)

    @property
    def controls(self) -> int:
        """How many controls judged the decision."""
        return len({each.control.id for each in self.results})

    @property
    def objects(self) -> int:
        """Most objects that one of its controls looked at, summed over clusters and layers."""
        most: dict[tuple[str, str], int] = {}
        for each in self.results:
            key = (each.cluster, each.layer)
            most[key] = max(most.get(key, 0), each.objects)
        return sum(most.values())


def title_of(decision: str) -> tuple[str, str]:
    """Return name and heading of a decision."""
    if decision in DECISIONS:
        return DECISIONS[decision].name, DECISIONS[decision].heading
    if decision == "X":
        return "trust", "What must be so before anything can be judged"
    return "baseline", "Baseline, beyond the ADR"


def lines(report: Report) -> list[Line]:
    """Return one line for each decision that was judged, the estate as a whole last."""
    by_decision: dict[str, list[Result]] = {}
    for each in report.results:
        by_decision.setdefault(each.control.decision, []).append(each)
    found = []
    for decision in sorted(by_decision, key=lambda name: (name.startswith("X"), not name.startswith("D"), name)):
        results = by_decision[decision]
        verdict = min((each.verdict for each in results), key=RANK.index)
        name, heading = title_of(decision)
        titles = dict.fromkeys(each.control.title for each in results if not each.control.id.startswith("CKV"))
        if decision.startswith("B") and titles:
            heading = "; ".join(titles)
        found.append(Line(decision, name, heading, verdict, tuple(results)))
    return found


def troubled(report: Report) -> list[Result]:
    """Return the results that break the build; refusals, and what nothing was loaded for, are told apart."""
    if not report.objects:
        return []
    refused = {(each.refusal.control, each.refusal.message) for each in report.refused}
    return [
        each
        for each in report.results
        if each.verdict in ("FAIL", "UNKNOWN") and (each.control.id, each.message) not in refused
    ]


def where(result: Result) -> str:
    """Return cluster and layer of a result."""
    return f"{result.cluster or 'estate'}, {result.layer}"

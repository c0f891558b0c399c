"""The report as JSON; `policies/report.schema.json` describes it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from policies.engine.control import Result
from policies.engine.judge import Report
from policies.reports.summary import lines


def document(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    counts = Counter(each.verdict for each in report.results)
    return {
        "schema": 1,
        "verdict": report.verdict,
        "today": report.today.isoformat(),
        "counts": {
            "objects": report.objects,
            "controls": len({each.control.id for each in report.results}),
            "clusters": len({each.cluster for each in report.results if each.cluster}),
            "exceptions": len(report.exceptions.waivers),
            "results": {
                verdict: counts[verdict] for verdict in ("PASS", "FAIL", "UNKNOWN", "EXCEPTED", "NOT_APPLICABLE")
            },
        },
        "decisions": [
            {
                "decision": line.decision,
                "name": line.name,
                "verdict": line.verdict,
                "controls": line.controls,
                "objects": line.objects,
            }
            for line in lines(report)
        ],
        "results": [_result(each) for each in report.results],
        "refusals": [
            {
                "control": each.refusal.control,
                "stack": each.refusal.stack,
                "address": each.refusal.address,
                "message": each.refusal.message,
                "unjudged": list(each.unjudged),
            }
            for each in report.refused
        ],
        "exceptions": [
            {
                "control": each.control,
                "address": each.address,
                "cluster": each.cluster,
                "reason": each.reason,
                "owner": each.owner,
                "approved_by": each.approved_by,
                "ticket": each.ticket,
                "expires": each.expires.isoformat(),
                "days_left": each.days_left(report.today),
                "used": report.exceptions.used.get(each, 0),
            }
            for each in report.exceptions.waivers
        ],
        "not_asked": list(report.not_asked),
        "disagreements": report.disagreements,
    }


def _result(result: Result) -> dict[str, Any]:
    finding = result.finding
    return {
        "control": result.control.id,
        "decision": result.control.decision,
        "cluster": result.cluster,
        "layer": result.layer,
        "verdict": result.verdict,
        "severity": result.control.severity,
        "stack": finding.stack if finding else "",
        "address": finding.address if finding else "",
        "construct_path": finding.construct_path if finding else "",
        "found": finding.found if finding else None,
        "expected": finding.expected if finding else None,
        "message": result.message,
        "objects": result.objects,
    }


def render(report: Report) -> str:
    """Return the report as JSON text."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"

"""The report as SARIF 2.1.0: each finding at its Terraform address, and at the construct that made it."""

from __future__ import annotations

import hashlib
import inspect
import json
from functools import cache
from pathlib import Path
from typing import Any

from policies.catalogue import DECISIONS
from policies.engine.control import Control, Result
from policies.engine.judge import Report
from policies.reports.sources import class_of

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
ROOT = Path(__file__).resolve().parents[2]


def render(report: Report) -> str:
    """Return the report as SARIF."""
    rules = sorted({each.control.id: each.control for each in report.results}.items())
    index = {id_: position for position, (id_, _) in enumerate(rules)}
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "policies",
                        "semanticVersion": "1.0.0",
                        "rules": [_rule(each) for _, each in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of the repository."}}},
                "invocations": [
                    {
                        "executionSuccessful": report.verdict != "cannot_judge",
                        "toolExecutionNotifications": [
                            {
                                "level": "error",
                                "message": {
                                    "text": f"{each.refusal.message} (left unjudged: {', '.join(each.unjudged) or 'none'})"
                                },
                                "descriptor": {"id": each.refusal.control},
                            }
                            for each in report.refused
                        ]
                        + _notes(report),
                    }
                ],
                "results": [
                    _result(each, index) for each in report.results if each.verdict in ("FAIL", "UNKNOWN", "EXCEPTED")
                ],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _notes(report: Report) -> list[dict[str, Any]]:
    """Return what was not asked, and where checkov and the controls disagree, as notifications."""
    asked = [f"Not asked: {each}" for each in report.not_asked]
    disagreements = [f"checkov and the controls disagree: {each}" for each in report.disagreements]
    return [{"level": "note", "message": {"text": text}} for text in asked] + [
        {"level": "warning", "message": {"text": text}} for text in disagreements
    ]


def _rule(control: Control) -> dict[str, Any]:
    decision = DECISIONS.get(control.decision)
    tags = [control.decision] + ([decision.name] if decision else [])
    return {
        "id": control.id,
        "name": control.judge.__name__.title().replace("_", ""),
        "shortDescription": {"text": control.title},
        "fullDescription": {"text": decision.decided if decision else control.title},
        "help": {"text": control.remediation},
        "defaultConfiguration": {"level": _LEVELS[control.severity]},
        "properties": {"tags": tags, "security-severity": _SCORES[control.severity], "precision": "very-high"},
    }


def _result(result: Result, index: dict[str, int]) -> dict[str, Any]:
    finding = result.finding
    address = finding.address if finding else result.cluster
    uri, line = source_of(result)
    parts = (result.control.id, finding.stack if finding else "", address, finding.message if finding else "")
    found: dict[str, Any] = {
        "ruleId": result.control.id,
        "ruleIndex": index[result.control.id],
        "level": _LEVELS[result.control.severity],
        "kind": "review" if result.verdict == "UNKNOWN" else "fail",
        "message": {"text": f"{result.message}\n{result.control.remediation}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri, "uriBaseId": "ROOT"},
                    "region": {"startLine": line},
                },
                "logicalLocations": [{"fullyQualifiedName": address or "estate", "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"control/v1": hashlib.sha256("\0".join(parts).encode()).hexdigest()},
        "properties": {"cluster": result.cluster, "layer": result.layer, "decision": result.control.decision},
    }
    if found["kind"] == "review":
        found["level"] = "none"
    if finding and finding.construct_path:
        found["locations"][0]["logicalLocations"].append(
            {"fullyQualifiedName": finding.construct_path, "kind": "member"}
        )
    if result.waived_by is not None:
        waiver = result.waived_by
        found["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": waiver.reason,
                "properties": {"expires": waiver.expires.isoformat(), "owner": waiver.owner, "ticket": waiver.ticket},
            }
        ]
    return found


def source_of(result: Result) -> tuple[str, int]:
    """Return the Python file and line of the construct that made what is at fault; else of what serves the decision, else of the control."""
    finding = result.finding
    if finding and finding.construct_path and (found := class_of(finding.construct_path)):
        return found
    decision = DECISIONS.get(result.control.decision)
    for module in decision.modules if decision else ():
        path = ROOT / "modules" / module
        candidates = [path] if path.suffix else sorted(path.glob("*.py"))
        for file in candidates:
            line = _first_class(file)
            if line:
                return file.relative_to(ROOT).as_posix(), line
    code = inspect.unwrap(result.control.judge).__code__
    return Path(code.co_filename).resolve().relative_to(ROOT).as_posix(), code.co_firstlineno


@cache
def _first_class(file: Path) -> int:
    try:
        text = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((number for number, line in enumerate(text, 1) if line.startswith(("class ", "def "))), 0)

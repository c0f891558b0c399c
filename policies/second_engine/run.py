"""Runs checkov's own checks on stacks or plans, and prints what it found as JSON: `python -m policies.second_engine.run`."""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

SILENT = {"BC_SKIP_MAPPING": "TRUE", "LOG_LEVEL": "WARNING"}
"""What keeps checkov from asking its maker's server."""


class _Complaints(logging.Handler):
    """Keeps what checkov would only log: checks that raised, files that it could not parse."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def run(framework: str, targets: dict[str, str]) -> dict[str, Any]:
    """Run one framework (`terraform_json` or `terraform_plan`) on each target, a file by the name of its stack."""
    os.environ.update(SILENT)
    complaints = _Complaints()
    logging.getLogger().addHandler(complaints)
    from checkov.common.checks.base_check_registry import BaseCheckRegistry
    from checkov.runner_filter import RunnerFilter
    from checkov.terraform.plan_runner import Runner as PlanRunner
    from checkov.terraform_json.runner import TerraformJsonRunner

    records: list[dict[str, Any]] = []
    unparsed: list[str] = []
    objects: dict[str, int] = {}
    known = {each.id for each in BaseCheckRegistry.get_all_registered_checks()}
    for stack, file in targets.items():
        runner: Any = TerraformJsonRunner() if framework == "terraform_json" else PlanRunner()
        if framework == "terraform_json":
            found = runner.run(root_folder=str(Path(file).parent), runner_filter=RunnerFilter(framework=[framework]))
        else:
            found = runner.run(files=[file], runner_filter=RunnerFilter(framework=[framework]))
        known |= {each.id for each in runner.graph_registry.checks}
        for report in found if isinstance(found, list) else [found]:
            unparsed += [f"{stack}: {each}" for each in report.parsing_errors]
            places = _places(runner) if framework == "terraform_json" else {}
            for record in (*report.passed_checks, *report.failed_checks):
                address = record.resource_address or places.get(tuple(record.file_line_range), record.resource)
                records.append(
                    {
                        "check": record.check_id,
                        "name": record.check_name,
                        "failed": record.check_result["result"].value == "FAILED",
                        "stack": stack,
                        "address": address,
                    }
                )
            objects[stack] = objects.get(stack, 0) + len(
                {each["address"] for each in records if each["stack"] == stack}
            )
    return {
        "records": records,
        "unparsed": unparsed,
        "complaints": complaints.texts,
        "known": sorted(known),
        "objects": objects,
    }


def _places(runner: Any) -> dict[tuple[int, ...], str]:
    """Return the address of each block by its lines, since checkov's own names leave out the type."""
    found: dict[tuple[int, ...], str] = {}
    for definition in runner.definitions.values():
        for block in ("resource", "data", "provider"):
            prefix = "" if block == "resource" else f"{block}."
            for each in definition.get(block, ()):
                for type_, named in each.items():
                    for name, body in named.items() if block != "provider" else [("", named)]:
                        if isinstance(body, dict) and "__startline__" in body:
                            place = (body["__startline__"], body["__endline__"])
                            found[place] = f"{prefix}{type_}.{name}".rstrip(".")
    return found


if __name__ == "__main__":
    gc.set_threshold(200_000, 50, 100)  # one run, then the end: little becomes garbage
    asked = json.load(sys.stdin)
    answer = run(asked["framework"], asked["targets"])
    sys.stdout.write("\n" + json.dumps(answer))

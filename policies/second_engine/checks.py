"""Each control as a check of checkov's."""

from __future__ import annotations

import os
import sys
from datetime import date
from typing import Any

from checkov.common.bridgecrew.severities import get_severity
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.common.typing import _CheckResult, _SkippedCheck
from checkov.terraform.base_runner import BaseTerraformRunner
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck
from checkov.terraform.plan_runner import Runner as PlanRunner

from policies.engine.control import Control, load_controls
from policies.second_engine.ids import check_id
from policies.second_engine.verdicts import Said, verdicts_of


class ControlCheck(BaseResourceCheck):
    """One control; fails at the resource it finds at fault, and passes at one resource of each cluster it holds for."""

    def __init__(self, control: Control) -> None:
        super().__init__(
            name=control.title,
            id=check_id(control.id),
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=["*"],
            guideline=f"python -m policies explain {control.id}",
        )
        self.control = control
        vars(self)["severity"] = get_severity(control.severity)

    def run(
        self,
        scanned_file: str,
        entity_configuration: dict[str, Any],
        entity_name: str,
        entity_type: str,
        skip_info: _SkippedCheck,
    ) -> _CheckResult:
        """Return what the control says at this resource; `UNKNOWN`, which checkov leaves out, where it says nothing."""
        if skip_info:
            return super().run(scanned_file, entity_configuration, entity_name, entity_type, skip_info)
        self.details = []
        said: Said | None
        try:
            verdicts, stack = verdicts_of(*_files(), date.today())
            address = entity_configuration.get("__address__") or f"{entity_type}.{entity_name}"
            said = verdicts.at(stack, address, self.control.id)
        except Exception as error:  # checkov would lose a check that raises
            said = Said("FAILED", (f"could not be judged: {type(error).__name__}: {error}",))
        if said is None:
            return {"result": CheckResult.UNKNOWN, "evaluated_keys": []}
        self.details += said.messages
        result: _CheckResult = {"result": CheckResult[said.outcome], "evaluated_keys": []}
        if said.outcome == "SKIPPED":
            result["suppress_comment"] = "; ".join(said.messages)
        return result

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Never called: `run` knows the file and the address, which a configuration does not."""
        raise NotImplementedError


def _files() -> tuple[str, tuple[str, ...]]:
    """Return the file that checkov is at, which it tells its runners but not its checks, and all plans that it was given."""
    frame = sys._getframe(1)
    here = ""
    while frame is not None:
        names = frame.f_locals
        here = here or str(names.get("full_file_path", ""))
        runner = names.get("self")
        if here and isinstance(runner, BaseTerraformRunner) and "external_checks_dir" in names:
            read = [str(each) for each in runner.definitions or ()] if isinstance(runner, PlanRunner) else []
            given = [os.path.realpath(each) for each in names.get("files") or ()]
            return here, tuple(dict.fromkeys([*given, *read])) if isinstance(runner, PlanRunner) else ()
        if frame.f_back is None:
            break
        frame = frame.f_back
    raise RuntimeError("checkov does not say which file it is at")


def register() -> list[ControlCheck]:
    """Register a check for each control."""
    return [ControlCheck(each) for each in load_controls().values()]

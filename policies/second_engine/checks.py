"""Each control as a check of checkov's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from checkov.common.bridgecrew.severities import get_severity
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.common.typing import _CheckResult, _SkippedCheck
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck
from checkov.terraform.checks.resource.registry import resource_registry

from policies.engine.control import Control, load_controls
from policies.second_engine.asked import all_files, file_and_plans
from policies.second_engine.ids import PREFIX, check_id
from policies.second_engine.verdicts import Said, verdicts_of

EVERYWHERE: Final = ("*",)
"""Every type of resource, in checkov's words."""


class ControlCheck(BaseResourceCheck):
    """One control; fails at the resource it finds at fault, and passes at one resource of each cluster it holds for."""

    def __init__(self, control: Control, types: Iterable[str] = EVERYWHERE) -> None:
        super().__init__(
            name=control.title,
            id=check_id(control.id),
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=types,
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
            verdicts, stack = verdicts_of(*file_and_plans(), date.today())
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


def register() -> list[ControlCheck]:
    """Register a check for each control, at the types of resources at which it has something to say."""
    types = _types()
    if types is None:
        for checks in resource_registry.checks.values():  # of another runner in this process: they would say it twice
            checks[:] = [each for each in checks if not each.id.startswith(PREFIX)]
        return [ControlCheck(each) for each in load_controls().values()]
    return [ControlCheck(each, types[each.id]) for each in load_controls().values()]


def _types() -> dict[str, list[str]] | None:
    """Return the types at which each control speaks; `None` where that is not known yet, or each has to say that it cannot judge.

    checkov asks each check at each resource that it is for, and takes longer to ask than all controls take to judge.
    """
    if any(each.id.startswith(PREFIX) for each in resource_registry.wildcard_checks.get("*", ())):
        return None
    found: dict[str, set[str]] = defaultdict(set)
    try:
        files = all_files()
        for here, plans in files:
            verdicts, _ = verdicts_of(here, plans, date.today())
            for control, types in verdicts.types.items():
                found[control] |= types
    except Exception:  # whatever it is, each check meets it again and says so
        return None
    return {control: sorted(found[control]) for control in load_controls()} if files else None

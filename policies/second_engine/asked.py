"""What checkov is at when it loads or runs a check: its runners know, and do not tell their checks."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

from checkov.common.runners.base_runner import BaseRunner
from checkov.terraform.base_runner import BaseTerraformRunner
from checkov.terraform.plan_runner import Runner as PlanRunner


def reads_terraform() -> bool:
    """Return whether what loads these checks can use them; checkov loads them for Dockerfiles and a dozen others too."""
    runner, _ = _at_work()
    return runner is None or isinstance(runner, BaseTerraformRunner)


def all_files() -> list[tuple[str, tuple[str, ...]]]:
    """Return each file that checkov has read and will ask about, as `file_and_plans` does; none if it has yet to read."""
    runner, names = _at_work()
    if not isinstance(runner, BaseTerraformRunner):
        return []
    return [(str(each), _plans(runner, names)) for each in runner.definitions or ()]


def file_and_plans() -> tuple[str, tuple[str, ...]]:
    """Return the file that checkov is at, and all plans that it was given."""
    runner, names = _at_work()
    here = _nearest("full_file_path")
    if not here or not isinstance(runner, BaseTerraformRunner):
        raise RuntimeError("checkov does not say which file it is at")
    return here, _plans(runner, names)


def _plans(runner: BaseTerraformRunner[Any, Any, Any], names: dict[str, Any]) -> tuple[str, ...]:
    if not isinstance(runner, PlanRunner):
        return ()
    given = [os.path.realpath(each) for each in names.get("files") or ()]
    return tuple(dict.fromkeys([*given, *map(str, runner.definitions or ())]))


def _at_work() -> tuple[BaseRunner[Any, Any, Any] | None, dict[str, Any]]:
    """Return the runner that is at work, none without checkov's command, and what it was called with."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        runner = frame.f_locals.get("self")
        if isinstance(runner, BaseRunner) and "external_checks_dir" in frame.f_locals:
            return runner, frame.f_locals
        frame = frame.f_back
    return None, {}


def _nearest(name: str) -> str:
    """Return the variable `name` of the nearest caller that has one."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_locals.get(name):
            return str(frame.f_locals[name])
        frame = frame.f_back
    return ""

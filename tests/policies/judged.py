"""Judges stacks and plans that lie in memory."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from policies.engine.judge import Report, check
from policies.engine.load import Loaded
from policies.engine.plan import is_state

TODAY = date(2026, 11, 22)


def judge(
    stacks: dict[str, Any] | None = None,
    plans: dict[str, Any] | None = None,
    folder: Path = Path("nowhere"),
    **options: Any,
) -> Report:
    """Return the report on synthesized `stacks`, and `plans` or states, all by the stack's name."""
    return check(loaded_of(stacks or {}, plans or {}, folder), **{"today": TODAY, **options})


def loaded_of(stacks: dict[str, Any], plans: dict[str, Any], folder: Path) -> Loaded:
    """Return documents in memory as the engine would have read them."""
    loaded = Loaded()
    for name, document in stacks.items():
        home = folder / "stacks" / name
        loaded.synth[name] = (home, [home / "cdk.tf.json"], [document])
    for name, document in plans.items():
        (loaded.states if is_state(document) else loaded.plans)[name] = (f"{name}.json", document)
    return loaded


def failed(report: Report, layer: str | None = None) -> dict[str, list[str]]:
    """Return the messages of each control that does not hold."""
    found: dict[str, list[str]] = {}
    for result in report.results:
        if result.verdict in ("FAIL", "UNKNOWN") and layer in (None, result.layer):
            found.setdefault(result.control.id, []).append(result.message)
    return found

"""The pages on decisions and violations are up to date, and nothing is left out of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policies.catalogue import DECISIONS, SHARED_MODULES
from policies.engine.control import load_controls
from policies.reports.decisions_page import PUBLISHED, decisions_page, violations_page
from tests.violations.catalogue import violations
from tests.violations.published import digest

ROOT = Path(__file__).resolve().parents[2]
CONTROLS = load_controls()
MODULES = sorted(
    path.relative_to(ROOT / "modules").as_posix()
    for path in (ROOT / "modules").rglob("*.py")
    if path.name != "__init__.py"
)


def test_decisions_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "decisions.md").read_text()
    assert page == decisions_page(CONTROLS), "run `python -m policies matrix > docs/decisions.md`"


def test_violations_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "violations.md").read_text()
    assert page == violations_page(CONTROLS), "run `python -m tests.violations.published`"


def test_checkov_was_asked_about_each_violation() -> None:
    published = json.loads(PUBLISHED.read_text())
    asked = {id_: each["digest"] for id_, each in published.items()}
    assert asked == {each.id: digest(each) for each in violations()}, "run `python -m tests.violations.published`"


def test_there_are_many_violations() -> None:
    assert len(violations()) >= 200


@pytest.mark.parametrize("decision", DECISIONS)
def test_decision_has_a_control(decision: str) -> None:
    assert [each for each in CONTROLS.values() if each.decision == decision], f"nothing holds {decision}"


@pytest.mark.parametrize("decision", DECISIONS)
def test_future_options_are_forbidden_today(decision: str) -> None:
    for option in DECISIONS[decision].future:
        assert option.amendment
        assert not option.forbidden_by or option.forbidden_by in CONTROLS, f"{option.name}: no {option.forbidden_by}"


@pytest.mark.parametrize("module", MODULES)
def test_module_serves_a_decision(module: str) -> None:
    serving = {path for each in DECISIONS.values() for path in each.modules} | SHARED_MODULES.keys()
    assert any(module == path or module.startswith(f"{path}/") for path in serving), f"what is modules/{module} for?"


def test_shared_modules_exist() -> None:
    assert [path for path in SHARED_MODULES if not (ROOT / "modules" / path).exists()] == []

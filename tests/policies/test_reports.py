"""Every format says the same: what has no verdict and why, what is excused and for how long; SARIF as its standard wants it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policies.cli import render
from policies.engine.control import Control, NotApplicable, load_controls
from policies.engine.exceptions import Exceptions, Waiver
from policies.engine.judge import Report
from tests.policies.judged import judge
from tests.policies.reuse import Committed
from tests.violations.opened import copied

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
CONTROLS = load_controls()
FORMATS = ("table", "markdown", "html", "junit")
"""Those that tell of every control; SARIF lists what is wrong."""


@pytest.fixture
def broken(synthesized: dict[str, Any]) -> dict[str, Any]:
    stacks = copied(synthesized)
    stacks["test"]["resource"]["aws_eks_cluster"]["cluster"]["enabled_cluster_log_types"] = ["api"]
    return dict(stacks)


def waived(expires: date) -> tuple[dict[str, Control], Exceptions]:
    """Return controls of which one can be waived, and an exception to it until a day."""
    controls = CONTROLS | {"D15-all-log-types": replace(CONTROLS["D15-all-log-types"], waivable=True)}
    reason = "The audit log of test is not needed."
    waiver = Waiver("D15-all-log-types", "aws_eks_cluster.cluster", reason, "a", "b", "T-1", expires, "test")
    return controls, Exceptions(waivers=[waiver])


def reports(stacks: dict[str, Any], broken: dict[str, Any], plans: dict[str, Any], folder: Path) -> dict[str, Report]:
    controls, exceptions = waived(date(2027, 1, 31))
    return {
        "holds": judge(stacks, folder=folder),
        "narrow": judge(stacks, folder=folder, only=["D15"]),
        "broken": judge(broken, folder=folder),
        "refused": judge(stacks, plans | {"live": plans["live"] | {"errored": True}}, folder),
        "excepted": judge(broken, folder=folder, controls=controls, exceptions=exceptions),
    }


def test_sarif_is_as_its_schema_says(
    synthesized: dict[str, Any], broken: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    found = reports(synthesized, broken, committed.plans, synthesized_folder)
    found["broken"].disagreements.append("live, synth: something holds, checkov objects")
    verdicts = {name: each.verdict for name, each in found.items()}
    assert verdicts == {
        "holds": "holds", "narrow": "holds", "broken": "broken", "refused": "cannot_judge", "excepted": "holds",
    }  # fmt: skip
    validator = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    for name, report in found.items():
        document = json.loads(render("sarif", report))
        assert [each.message for each in validator.iter_errors(document)] == [], name
        document["runs"][0]["results"] = None
        assert list(validator.iter_errors(document)), "the schema admits anything"


def test_what_has_no_verdict_is_named(
    synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    plans = {"live": committed.plans["live"] | {"errored": True}}
    report = judge(synthesized, plans, synthesized_folder, only=["D15", "D16"])
    report.disagreements.append("live, synth: D15-all-log-types holds, checkov's CKV_AWS_37 objects")
    assert report.refused[0].unjudged == ("D15", "D16")
    notes = json.loads(render("sarif", report))["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    said = " | ".join(each["message"]["text"] for each in notes)
    assert "left unjudged: D15, D16" in said
    assert "Not asked: D06" in said
    assert "CKV_AWS_37 objects" in said
    suites = ET.fromstring(render("junit", report))
    cases = {each.get("name"): each[0].get("message") or "" for each in suites.iter("testcase") if len(each)}
    assert "the plan errored" in cases["D15 cannot judge"]
    assert cases["D06 not asked"] == "not asked"
    assert "CKV_AWS_37 objects" in cases["1 disagreements with checkov"]
    assert int(suites.get("errors", 0)) == 2
    for total in ("tests", "failures", "errors", "skipped"):
        assert int(suites.get(total, 0)) == sum(int(each.get(total, 0)) for each in suites)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_to_say_comes_with_the_reason(name: str, synthesized: dict[str, Any], synthesized_folder: Path) -> None:
    def silent(_: Any) -> None:
        raise NotApplicable("no cluster has a bastion")

    control = replace(CONTROLS["D15-all-log-types"], judge=silent)
    report = judge(synthesized, folder=synthesized_folder, controls={control.id: control})
    assert "no cluster has a bastion" in render(name, report)


@pytest.mark.parametrize("name", ["table", "markdown", "html"])
def test_an_exception_that_ended_is_not_in_force(name: str, broken: dict[str, Any], synthesized_folder: Path) -> None:
    controls, exceptions = waived(date(2026, 11, 19))
    report = judge(broken, folder=synthesized_folder, controls=controls, exceptions=exceptions)
    assert (report.verdict, report.refused) == ("broken", [])
    text = render(name, report)
    assert "expired on 2026-11-19" in text
    assert "-3" not in text.replace("2026-11-19", "")
    assert "\nEXCEPTED" not in text
    assert "cannot judge" not in text.lower(), "nothing was refused"


def test_the_page_can_be_read_without_colours_and_on_a_phone(
    synthesized: dict[str, Any], broken: dict[str, Any], committed: Committed, synthesized_folder: Path
) -> None:
    """As seen in a browser: verdicts are signs too, a value keeps the name of its column, what holds hides no finding."""
    controls, exceptions = waived(date(2027, 1, 31))
    page = render("html", judge(broken, committed.plans, synthesized_folder, controls=controls, exceptions=exceptions))
    tables = re.findall(r"<table class=\"(\w+)\">(.*?)</table>", page, re.DOTALL)
    assert all(body.startswith("<caption>") for _, body in tables)
    assert {class_ for class_, _ in tables} == {"fleet", "rows"}
    grids = [body for class_, body in tables if class_ == "fleet"]
    assert ["D15" in each for each in grids] == [True, False], "what was decided fits on a page by itself"
    assert all(re.search(r">\S</a>$", cell) for each in grids for cell in re.findall(r"<a .*?</a>", each))
    rows = [row for class_, body in tables if class_ == "rows" for row in re.findall(r"<tr>(<td.*?)</tr>", body)]
    assert rows
    assert all(cell.startswith("<td data-name=") for row in rows for cell in re.findall(r"<td[^>]*>", row))
    assert "`" not in page


def test_beside_a_finding_what_holds_is_folded_away(broken: dict[str, Any], synthesized_folder: Path) -> None:
    page = render("html", judge(broken, folder=synthesized_folder))
    decision = page[page.index('<details id="D15"') : page.index('<details id="D16"')]
    shown, folded = decision.split("<details><summary>", 1)
    assert 'class="badge FAIL"' in shown.split("<table", 1)[1]
    assert 'class="badge PASS"' not in shown
    assert 'class="badge PASS"' in folded
    assert 'class="badge FAIL"' not in folded

"""checkov beside the suite: its verdicts are merged, and whatever keeps it from judging is a failure."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from modules.settings.load import SHARED
from policies.engine.judge import Report, check
from policies.engine.load import load
from policies.second_engine import opinion as module
from policies.second_engine.opinion import FLOOR, Opinion, add_opinion
from policies.second_engine.skips import read_skips

ROOT = Path(__file__).resolve().parents[3]
CLUSTERS = ("live", *sorted({path.stem for path in (ROOT / "clusters").glob("*.yaml")} - {*SHARED, "live"}))


def test_the_fleet(synthesized_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "policies", "check", str(synthesized_folder), "--checkov", "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    jsonschema.validate(report, json.loads((ROOT / "policies" / "report.schema.json").read_text()))
    assert (done.returncode, report["verdict"]) == (0, "holds"), report["refusals"]
    theirs = [each for each in report["results"] if each["control"].startswith("CKV")]
    for check_id in FLOOR:
        assert {each["cluster"] for each in theirs if each["control"] == check_id} >= {*CLUSTERS}
    skipped = [each for each in theirs if each["verdict"] == "NOT_APPLICABLE"]
    assert skipped
    assert all("skipped: " in each["message"] for each in skipped)


def answered(**changes: Any) -> Opinion:
    """Return what checkov says of the fleet when every check of the floor passes, with `changes`."""
    records = [
        {"check": check_id, "name": check_id, "failed": False, "stack": cluster, "address": "aws_eks_cluster.cluster"}
        for check_id in FLOOR
        for cluster in CLUSTERS
    ]
    found = Opinion("synth", records, {*FLOOR, *(each.check for each in read_skips()[0])})
    for key, value in changes.items():
        setattr(found, key, value)
    return found


def judged(folder: Path, monkeypatch: pytest.MonkeyPatch, said: Opinion, skips: str = "[]") -> Report:
    path = folder.parent / "skips.yaml"
    path.write_text(skips)
    monkeypatch.setattr(module, "read_skips", lambda: read_skips(path))
    monkeypatch.setattr(module, "_ask", lambda layer, targets: said)
    loaded = load([folder])
    report = check(loaded, today=date(2026, 11, 22))
    known = {each for control in report.controls.values() for each in control.checkov}
    said.known |= known if said.known else set()
    add_opinion(report, loaded)
    return report


def test_what_it_cannot_read_cannot_be_judged(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(synthesized_folder, monkeypatch, answered()).verdict == "holds"
    for text in ("checkov could not parse live: cdk.tf.json", "checkov saw nothing in live"):
        report = judged(synthesized_folder, monkeypatch, answered(problems=[("live", text)]))
        assert report.verdict == "cannot_judge"
        assert [each.refusal.message for each in report.refused] == [text]


def test_a_check_that_vanished_is_missed(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = answered()
    said.records = [each for each in said.records if (each["check"], each["stack"]) != ("CKV_AWS_37", "test")]
    report = judged(synthesized_folder, monkeypatch, said)
    assert report.verdict == "cannot_judge"
    assert "CKV_AWS_37 did not run on the synth of test" in report.refused[0].refusal.message


def test_a_finding_breaks(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = answered()
    said.records[0]["failed"] = True
    report = judged(synthesized_folder, monkeypatch, said)
    (result,) = [each for each in report.results if each.verdict == "FAIL"]
    assert (result.control.id, result.control.decision, result.cluster) == ("CKV_AWS_37", "D15", "live")
    assert any("D15-all-log-types holds, checkov's CKV_AWS_37 objects" in each for each in report.disagreements)


def test_what_only_we_see_is_said(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "out"
    shutil.copytree(synthesized_folder, folder)
    path = folder / "stacks" / "live" / "cdk.tf.json"
    document = json.loads(path.read_text())
    document["resource"]["aws_eks_cluster"]["cluster"]["enabled_cluster_log_types"] = ["api"]
    path.write_text(json.dumps(document))
    report = judged(folder, monkeypatch, answered())
    assert any("D15-all-log-types does not hold, checkov's CKV_AWS_37" in each for each in report.disagreements)


@pytest.mark.parametrize(
    ("skip", "complaint"),
    [
        ("- {check: CKV_AWS_37, where: live/aws_eks_cluster.cluster, reason: Nobody reads these logs anyway.}", ""),
        ("- {check: CKV_AWS_37, where: live/aws_eks_cluster.other, reason: Nobody reads these logs.}", "meets nothing"),
        ("- {check: CKV_AWS_00, where: live/aws_eks_cluster.x, reason: Nobody reads these logs.}", "is no check"),
        ("- {check: CKV_AWS_37, where: live/aws_eks_cluster.cluster, reason: because}", "fewer than 20"),
        ("- {check: CKV_AWS_37, where: '*', reason: Nobody reads these logs anyway.}", "too broad"),
        ("- {check: CKV_AWS_37, reason: Nobody reads these logs anyway.}", "must hold"),
    ],
)
def test_skips(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch, skip: str, complaint: str) -> None:
    said = answered()
    said.records[0]["failed"] = True
    report = judged(synthesized_folder, monkeypatch, said, skip)
    problems = [
        each.message for each in report.results if each.control.id == "X21-second-engine" and each.verdict == "FAIL"
    ]
    if not complaint:
        assert (report.verdict, problems) == ("holds", [])
        return
    assert report.verdict == "broken"
    assert any(complaint in each for each in problems), problems


def test_a_process_that_dies_is_a_failure(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    loaded = load([synthesized_folder])
    report = check(loaded, today=date(2026, 11, 22), only=["D15"])
    add_opinion(report, loaded)
    assert report.verdict == "cannot_judge"
    assert "did not run" in report.refused[0].refusal.message

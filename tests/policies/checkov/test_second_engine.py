"""checkov beside the suite: its verdicts are merged, and whatever keeps it from judging is a failure."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from modules.settings.load import SHARED
from policies.engine.control import load_controls
from policies.engine.judge import Report, check
from policies.engine.load import Loaded, load
from policies.second_engine import opinion as module
from policies.second_engine.opinion import FLOOR, IDLE, Opinion, add_opinion, floor
from policies.second_engine.skips import read_skips

ROOT = Path(__file__).resolve().parents[3]
CLUSTERS = ("live", *sorted({path.stem for path in (ROOT / "clusters").glob("*.yaml")} - {*SHARED, "live"}))


def without_a_network() -> list[str]:
    """Return what runs a command where there is no network; nothing where this machine cannot."""
    alone = ["unshare", "--map-root-user", "--net"]
    try:
        possible = subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        possible = False
    return alone if possible else []


def test_the_fleet(synthesized_folder: Path, left_out: list[str]) -> None:
    """No network is needed: there is none."""
    alone = without_a_network()
    if not alone:
        left_out.append("checkov without a network: needs unshare and user namespaces; with one it was tried")
    done = subprocess.run(
        [*alone, sys.executable, "-m", "policies", "check", str(synthesized_folder), "--checkov", "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    jsonschema.validate(report, json.loads((ROOT / "policies" / "report.schema.json").read_text()))
    assert (done.returncode, report["verdict"]) == (0, "holds"), report["refusals"]
    theirs = [each for each in report["results"] if each["control"].startswith("CKV")]
    for check_id in floor(load_controls()):
        assert {each["cluster"] for each in theirs if each["control"] == check_id} >= {*CLUSTERS}
    assert not [each for each in theirs if each["control"] in IDLE], "it judges something: it is of the floor"
    skipped = [each for each in theirs if each["verdict"] == "NOT_APPLICABLE"]
    assert skipped
    assert all("skipped: " in each["message"] for each in skipped)


def answered(**changes: Any) -> Opinion:
    """Return what checkov says of the fleet when every check of the floor passes, with `changes`."""
    records = [
        {"check": check_id, "name": check_id, "failed": False, "stack": cluster, "address": "aws_eks_cluster.cluster"}
        for check_id in floor(load_controls())
        for cluster in CLUSTERS
    ]
    found = Opinion("synth", records, {*FLOOR, *floor(load_controls()), *(each.check for each in read_skips()[0])})
    for key, value in changes.items():
        setattr(found, key, value)
    return found


@functools.cache
def judged_by_us(folder: Path) -> tuple[Loaded, Report]:
    """Return what the controls say of a folder, to which checkov's opinion is to be added."""
    loaded = load([folder])
    return loaded, check(loaded, today=date(2026, 11, 22))


def judged(folder: Path, monkeypatch: pytest.MonkeyPatch, said: Opinion, skips: str = "[]") -> Report:
    monkeypatch.setattr(module, "_ask", lambda layer, targets: said)
    loaded, ours = judged_by_us(folder)
    report = replace(ours, results=[*ours.results], refused=[*ours.refused], disagreements=[])
    known = {each for control in report.controls.values() for each in control.checkov}
    said.known |= known if said.known else set()
    with tempfile.TemporaryDirectory() as mine:  # the folder's parent is shared with the other workers
        path = Path(mine) / "skips.yaml"
        path.write_text(skips)
        monkeypatch.setattr(module, "read_skips", lambda: read_skips(path))
        add_opinion(report, loaded)
    return report


def test_what_it_cannot_read_cannot_be_judged(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = judged(synthesized_folder, monkeypatch, answered())
    assert [each.refusal.message for each in report.refused] == []
    assert report.verdict == "holds"
    for text in ("checkov could not parse live: cdk.tf.json", "checkov saw nothing in live"):
        report = judged(synthesized_folder, monkeypatch, answered(problems=[("live", text)]))
        assert report.verdict == "cannot_judge"
        assert [each.refusal.message for each in report.refused] == [text]


def test_a_check_that_vanished_is_missed(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for check_id in ("CKV_AWS_37", "CKV_AWS_393"):  # of the floor, and named by a control alone
        said = answered()
        said.records = [each for each in said.records if (each["check"], each["stack"]) != (check_id, "test")]
        report = judged(synthesized_folder, monkeypatch, said)
        assert report.verdict == "cannot_judge"
        assert f"{check_id} did not run on the synth of test" in report.refused[0].refusal.message


def test_what_is_idle_is_named_by_a_control() -> None:
    assert IDLE.keys() <= {check for each in load_controls().values() for check in each.checkov}


def test_a_finding_breaks(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = answered()
    next(each for each in said.records if each["check"] == "CKV_AWS_37")["failed"] = True
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
    ],
)
def test_skips(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch, skip: str, complaint: str) -> None:
    said = answered()
    next(each for each in said.records if each["check"] == "CKV_AWS_37")["failed"] = True
    report = judged(synthesized_folder, monkeypatch, said, skip)
    problems = [
        each.message for each in report.results if each.control.id == "X21-second-engine" and each.verdict == "FAIL"
    ]
    if not complaint:
        assert (report.verdict, problems) == ("holds", [])
        return
    assert report.verdict == "broken"
    assert any(complaint in each for each in problems), problems


_GOOD = "- check: CKV_AWS_37\n  where: live/aws_eks_cluster.cluster\n  reason: Nobody reads these logs anyway.\n"


@pytest.mark.parametrize(
    ("text", "place", "given", "allowed"),
    [
        (f"{_GOOD}- check: [", "skips.yaml:4:11", "not YAML", "a list of skips"),
        ("check: CKV_AWS_37", "skips.yaml:1:1", "no list", "a list of skips"),
        (f"{_GOOD}- CKV_AWS_38", "skips.yaml:4:3", "no map", "a map of check, where, reason"),
        (_GOOD.replace("reason:", "why:"), "skips.yaml:3:3", "'why'", "check, where, reason"),
        (_GOOD.replace("  reason: Nobody reads these logs anyway.\n", ""), "skips.yaml:1:3", "reason", "each once"),
        (f"{_GOOD}  check: CKV_AWS_38", "skips.yaml:4:3", "'check' is given twice", "each once"),
        (_GOOD.replace("Nobody reads these logs anyway.", "because"), "skips.yaml:3:11", "'because'", "20 characters"),
        (_GOOD.replace("live/aws_eks_cluster.cluster", "'*'"), "skips.yaml:2:10", "too broad", "stack/type.name"),
        (_GOOD.replace("live/aws_eks_cluster.cluster", "3"), "skips.yaml:2:10", "3 is given", "stack/type.name"),
    ],
)
def test_a_malformed_skip_cannot_be_judged(
    synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, place: str, given: str, allowed: str
) -> None:
    report = judged(synthesized_folder, monkeypatch, answered(), text)
    assert report.exit_code == 2
    message = report.refused[0].refusal.message
    assert message.startswith(f"{place}: ")
    assert given in message
    assert allowed in message.partition("allowed: ")[2]


def test_a_state_is_not_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "live.json"
    values = {"root_module": {"resources": [{"address": "aws_vpc.v", "mode": "managed", "type": "aws_vpc", "name": "v", "values": {}}]}}  # fmt: skip
    path.write_text(json.dumps({"format_version": "1.0", "terraform_version": "1.11.4", "values": values}))
    loaded = load([path])
    report = check(loaded, today=date(2026, 11, 22))
    add_opinion(report, loaded)
    (result,) = [each for each in report.results if each.control.id == "X21-second-engine"]
    assert (result.verdict, result.layer) == ("UNKNOWN", "state")


def test_a_process_that_dies_is_a_failure(synthesized_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    loaded = load([synthesized_folder])
    report = check(loaded, today=date(2026, 11, 22), only=["D15"])
    add_opinion(report, loaded)
    assert report.verdict == "cannot_judge"
    assert "did not run" in report.refused[0].refusal.message

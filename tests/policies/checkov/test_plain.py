"""Plain checkov runs every control on every cluster, from any folder, without being told where Python finds them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from policies.engine.control import load_controls
from policies.second_engine.ids import check_id, control_id
from tests.violations.planned import plan_of

ROOT = Path(__file__).resolve().parents[3]
CONTROLS = load_controls()
OPTIONS = ("--external-checks-dir", str(ROOT / "policies/checkov"), "--skip-download", "--output", "json", "--compact")
Records = dict[str, list[tuple[str, str, dict[str, Any]]]]
"""For each check of ours: verdict, file, record."""


def checkov(folder: Path, *arguments: str) -> tuple[dict[str, Any], Records]:
    """Run the plain command in `folder`; return what it reports, and of that our own checks."""
    command = Path(sys.executable).parent / "checkov"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [str(command), *arguments, *OPTIONS],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr.strip(), done.stderr[-2000:]
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    records: Records = defaultdict(list)
    for verdict in ("passed", "failed", "skipped"):
        for record in report["results"][f"{verdict}_checks"]:
            if record["check_id"].startswith("CKV_EKS_"):
                records[record["check_id"]].append((verdict, record["file_path"], record))
    return report, records


def test_ids_can_be_read_backwards() -> None:
    assert [control_id(check_id(each)) for each in CONTROLS] == list(CONTROLS)


def test_synthesized_fleet(synthesized_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(synthesized_folder, folder)
    path = folder / "stacks" / "test" / "cdk.tf.json"
    document = json.loads(path.read_text())
    document["resource"]["aws_eks_node_group"]["main"]["capacity_type"] = "SPOT"
    path.write_text(json.dumps(document, indent=2))
    report, records = checkov(tmp_path, "-d", "out")
    assert report["check_type"] == "terraform_json"
    assert sorted(records) == sorted(map(check_id, CONTROLS)), "some controls did not run"
    for control in CONTROLS.values():
        if control.scope == "cluster":
            files = " ".join(file for _, file, _ in records[check_id(control.id)])
            for cluster in ("live", "manager", "test"):
                assert f"/{cluster}/" in files or f"/{cluster}-" in files, f"{control.id} did not run on {cluster}"
    (failure,) = [each for each in records["CKV_EKS_D05_ON_DEMAND"] if each[0] == "failed"]
    assert failure[1].endswith("stacks/test/cdk.tf.json")
    assert "SPOT" in " ".join(failure[2]["details"])
    others = {check for check, found in records.items() if any(verdict == "failed" for verdict, _, _ in found)}
    assert others == {"CKV_EKS_D05_ON_DEMAND"}
    assert report["summary"]["passed"] > len(CONTROLS) + 100, "checkov's own checks did not run beside ours"


def test_all_plans_of_the_fleet(synthesized: dict[str, Any], tmp_path: Path) -> None:
    """Plans that are given together are judged together: every control runs on every cluster, and names the culprit."""
    for name, each in synthesized.items():
        plan = plan_of(name, each)
        if name == "live":
            for resource in (*plan["planned_values"]["root_module"]["resources"], *plan["resource_changes"]):
                if resource["address"] == "aws_eks_cluster.cluster":
                    values = resource.get("values") or resource["change"]["after"]
                    values["enabled_cluster_log_types"] = ["api"]
        (tmp_path / f"{name}.json").write_text(json.dumps(plan))
    report, records = checkov(tmp_path, "-f", *(f"{name}.json" for name in synthesized))
    assert report["check_type"] == "terraform_plan"
    planned = [each for each in CONTROLS.values() if "plan" in each.layers]
    assert sorted(records) == sorted(check_id(each.id) for each in planned), "some controls did not run"
    for control in planned:
        if control.scope == "cluster":
            files = {file for _, file, _ in records[check_id(control.id)]}
            for cluster in ("live", "manager", "test"):
                mine = {f"/{cluster}.json", f"/{cluster}-login.json", f"/{cluster}-workloads.json"}
                assert files & mine, f"{control.id} did not run on {cluster}"
    failures = [record for found in records.values() for verdict, _, record in found if verdict == "failed"]
    shown = [each for each in failures if "local." not in " ".join(each["details"])]  # a plan shows no local
    assert [(each["check_id"], each["resource"], each["file_path"]) for each in shown] == [
        ("CKV_EKS_D15_ALL_LOG_TYPES", "aws_eks_cluster.cluster", "/live.json")
    ]


def test_plans_that_cannot_be_trusted_fail(synthesized: dict[str, Any], tmp_path: Path) -> None:
    """Each says so, at a resource of its own or of another plan beside it."""
    for name, mark in (("test", {"errored": True}), ("account", {"complete": False})):
        (tmp_path / f"{name}.json").write_text(json.dumps(plan_of(name, synthesized[name]) | mark))
    _, records = checkov(tmp_path, "-f", "account.json", "test.json")
    failed = [each[2] for each in records["CKV_EKS_X06_TRUSTWORTHY_PLAN"] if each[0] == "failed"]
    said = " ".join(detail for each in failed for detail in each["details"])
    assert "errored" in said
    assert "-target" in said


def test_a_check_that_cannot_judge_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from checkov.common.models.enums import CheckResult

    from policies.second_engine.checks import ControlCheck

    check = ControlCheck(CONTROLS["D15-all-log-types"])
    said = check.run("/stacks/live/cdk.tf.json", {}, "cluster", "aws_eks_cluster", {})
    assert said["result"] == CheckResult.FAILED
    assert "could not be judged" in check.details[0]

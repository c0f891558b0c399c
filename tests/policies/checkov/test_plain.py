"""Plain checkov runs every control on every cluster, from any folder, without being told where Python finds them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from policies.engine.control import load_controls
from policies.second_engine.ids import check_id, control_id
from tests.thorough import THOROUGH
from tests.violations.planned import plan_of

ROOT = Path(__file__).resolve().parents[3]
CONTROLS = load_controls()
OPTIONS = ("--external-checks-dir", str(ROOT / "policies/checkov"), "--skip-download", "--output", "json", "--compact")
Records = dict[str, list[tuple[str, str, dict[str, Any]]]]
"""For each check of ours: verdict, file, record."""
CLUSTERS = ("manager", "test")
"""Two of the fleet, which tell whether each control runs on each; `test_second_engine.py` judges the whole fleet."""
TRUSTWORTHY = check_id("X06-trustworthy-plan")


def checkov(folder: Path, *arguments: str, **more: str) -> tuple[dict[str, Any], Records]:
    """Run the plain command in `folder`, with `more` in its environment; return what it reports, and of that our own checks."""
    command = Path(sys.executable).parent / "checkov"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | more
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


def of(cluster: str) -> tuple[str, str, str]:
    """Return the stacks of a cluster."""
    return cluster, f"{cluster}-login", f"{cluster}-workloads"


def copied(fleet: Path, folder: Path, clusters: Iterable[str]) -> Path:
    """Copy what is synthesized of these clusters alone, and of the account."""
    manifest = json.loads((fleet / "manifest.json").read_text())
    wanted = {"identity", "account", *(name for each in clusters for name in of(each))}
    gone = [name for name in manifest["stacks"] if name not in wanted]
    shutil.copytree(fleet, folder, ignore=shutil.ignore_patterns(*gone))
    for name in gone:
        del manifest["stacks"][name]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.thorough
def test_synthesized_fleet(synthesized_folder: Path, tmp_path: Path, left_out: list[str]) -> None:
    clusters = CLUSTERS if THOROUGH else ("test",)
    if not THOROUGH:
        left_out.append(
            "plain checkov on a second synthesized cluster: make thorough has it judge two, as here their plans"
        )
    folder = copied(synthesized_folder, tmp_path / "out", clusters)
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
            for cluster in clusters:
                assert f"/{cluster}/" in files or f"/{cluster}-" in files, f"{control.id} did not run on {cluster}"
    (failure,) = [each for each in records["CKV_EKS_D05_ON_DEMAND"] if each[0] == "failed"]
    assert failure[1].endswith("stacks/test/cdk.tf.json")
    assert "SPOT" in " ".join(failure[2]["details"])
    others = {check for check, found in records.items() if any(verdict == "failed" for verdict, _, _ in found)}
    assert others == {"CKV_EKS_D05_ON_DEMAND"}
    assert report["summary"]["passed"] > len(CONTROLS) + 100, "checkov's own checks did not run beside ours"


def test_all_plans_of_the_fleet(synthesized: dict[str, Any], tmp_path: Path) -> None:
    """Plans that are given together are judged together: every control runs on every cluster, and names the culprit."""
    names = ["identity", "account", *(name for each in CLUSTERS for name in of(each))]
    for name in names:
        plan = plan_of(name, synthesized[name])
        if name == "manager":
            for resource in (*plan["planned_values"]["root_module"]["resources"], *plan["resource_changes"]):
                if resource["address"] == "aws_eks_cluster.cluster":
                    values = resource.get("values") or resource["change"]["after"]
                    values["enabled_cluster_log_types"] = ["api"]
        (tmp_path / f"{name}.json").write_text(json.dumps(plan))
    # All that checkov does by itself it does with a folder (above): fork, and run its other frameworks as well.
    given = [f"{name}.json" for name in names]
    report, records = checkov(
        tmp_path, "--framework", "terraform_plan", "-f", *given, CHECKOV_PARALLELIZATION_TYPE="none"
    )
    assert report["check_type"] == "terraform_plan"
    planned = [each for each in CONTROLS.values() if "plan" in each.layers]
    assert sorted(records) == sorted(check_id(each.id) for each in planned), "some controls did not run"
    for control in planned:
        if control.scope == "cluster":
            files = {file for _, file, _ in records[check_id(control.id)]}
            for cluster in CLUSTERS:
                assert files & {f"/{name}.json" for name in of(cluster)}, f"{control.id} did not run on {cluster}"
    failures = [record for found in records.values() for verdict, _, record in found if verdict == "failed"]
    shown = [each for each in failures if "local." not in " ".join(each["details"])]  # a plan shows no local
    assert [(each["check_id"], each["resource"], each["file_path"]) for each in shown] == [
        ("CKV_EKS_D15_ALL_LOG_TYPES", "aws_eks_cluster.cluster", "/manager.json")
    ]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Any:
    """checkov's registry of resource checks with nothing in it yet."""
    from checkov.terraform.checks.resource.registry import resource_registry

    monkeypatch.setattr(resource_registry, "checks", defaultdict(list))
    monkeypatch.setattr(resource_registry, "wildcard_checks", defaultdict(list))
    return resource_registry


def said_of(folder: Path, *plans: str) -> set[tuple[str, str, str, str]]:
    """Return what our checks alone say of a folder, or of plans in it, in a run of checkov's in this process.

    Of each its id, verdict, place and details.
    """
    from checkov.runner_filter import RunnerFilter
    from checkov.terraform.plan_runner import Runner as TerraformPlanRunner
    from checkov.terraform_json.runner import TerraformJsonRunner

    runner = TerraformPlanRunner() if plans else TerraformJsonRunner()
    found = runner.run(
        None if plans else str(folder),
        [str(ROOT / "policies/checkov")],
        [str(folder / each) for each in plans] or None,
        runner_filter=RunnerFilter(framework=[runner.check_type]),
    )
    (report,) = found if isinstance(found, list) else [found]
    records: tuple[Any, ...] = (*report.passed_checks, *report.failed_checks, *report.skipped_checks)
    return {
        (each.check_id, each.check_result["result"].value, f"{each.file_path} {each.resource}", str(each.details))
        for each in records
        if each.check_id.startswith("CKV_EKS_")
    }


def test_plans_that_cannot_be_trusted_fail(synthesized: dict[str, Any], registry: Any, tmp_path: Path) -> None:
    """Each says so, at a resource of its own or of another plan beside it."""
    for name, mark in (("test", {"errored": True}), ("account", {"complete": False})):
        (tmp_path / f"{name}.json").write_text(json.dumps(plan_of(name, synthesized[name]) | mark))
    said = said_of(tmp_path, "account.json", "test.json")
    failed = " ".join(details for id_, verdict, _, details in said if (id_, verdict) == (TRUSTWORTHY, "FAILED"))
    assert "errored" in failed
    assert "-target" in failed


def test_checks_are_asked_only_where_they_speak(
    synthesized_folder: Path, registry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And say what they say when they are asked everywhere, as they are where checkov has yet to read its files."""
    from policies.second_engine import checks

    folder = synthesized_folder / "stacks" / "account"
    here = said_of(folder)
    assert not registry.wildcard_checks
    kinds = json.loads((folder / "cdk.tf.json").read_text())["resource"]
    asked = [each.id for kind in kinds for each in registry.checks[kind]]
    assert here
    assert len(asked) < len(CONTROLS), "a check is asked at nearly each resource"
    monkeypatch.setattr(checks, "all_files", list)
    assert said_of(folder) == here
    assert len(registry.wildcard_checks["*"]) == len(CONTROLS)
    assert not any(registry.checks.values()), "checks are asked twice"


def test_whatever_keeps_checks_from_judging_fails_each_everywhere(
    synthesized_folder: Path, registry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from policies.second_engine import checks

    def fails(*_: object) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr(checks, "verdicts_of", fails)
    said = said_of(synthesized_folder / "stacks" / "account")
    assert {(verdict, details) for _, verdict, _, details in said} == {
        ("FAILED", "['could not be judged: ValueError: no such luck']")
    }
    places = {place for _, _, place, _ in said}
    assert len(places) > 1
    assert len(said) == len(places) * len(CONTROLS)


def test_other_runners_of_checkov_load_no_control(registry: Any, tmp_path: Path) -> None:
    from checkov.dockerfile.runner import Runner

    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    Runner().run(str(tmp_path), [str(ROOT / "policies/checkov")])
    assert not registry.wildcard_checks
    assert not registry.checks


def test_a_check_that_cannot_judge_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from checkov.common.models.enums import CheckResult

    from policies.second_engine.checks import ControlCheck

    check = ControlCheck(CONTROLS["D15-all-log-types"])
    said = check.run("/stacks/live/cdk.tf.json", {}, "cluster", "aws_eks_cluster", {})
    assert said["result"] == CheckResult.FAILED
    assert "could not be judged" in check.details[0]

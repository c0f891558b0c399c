"""The pipelines keep their promises: pinned, least privileged, no credentials beside a branch's own code."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
BRANCH_CODE = re.compile(r"python|\bmake\b|\.ci/run|\bpip\b|\bpytest\b")


def load(path: Path) -> dict[str, Any]:
    """Return a workflow; YAML 1.1 reads its key `on` as true."""
    document: dict[str | bool, Any] = yaml.safe_load(path.read_text())
    return {"on" if key is True else str(key): value for key, value in document.items()}


def jobs(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from load(path)["jobs"].items()


def steps(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in jobs(path):
        for step in job.get("steps", []):
            yield name, step


def test_there_is_a_pipeline_for_pull_requests_main_and_drift() -> None:
    assert {"pull-request", "main", "drift"} <= {path.stem for path in WORKFLOWS}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_foreign_action_is_pinned_to_a_commit(path: Path) -> None:
    text = path.read_text()
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert used
    for action, comment in used:
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{action} does not say its version"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_permission_is_given_to_all_jobs(path: Path) -> None:
    assert load(path)["permissions"] == {}
    for name, job in jobs(path):
        assert "permissions" in job, name
        writes = {key for key, value in job["permissions"].items() if value == "write"}
        assert writes <= {"id-token", "pull-requests", "security-events"}, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_checkout_leaves_no_token_behind(path: Path) -> None:
    for name, step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_job_that_runs_has_a_time_limit(path: Path) -> None:
    for name, job in jobs(path):
        assert "uses" in job or job["timeout-minutes"] <= 120, name


def test_nothing_runs_on_pull_request_target() -> None:
    for path in WORKFLOWS:
        assert "pull_request_target" not in load(path)["on"], path.name


def test_expressions_reach_scripts_only_through_the_environment() -> None:
    """An expression inside a script is an injection: a branch or stack name would run as code."""
    for path in WORKFLOWS:
        for name, step in steps(path):
            assert "${{" not in step.get("run", ""), f"{path.name}: {name}"


def test_pull_requests_meet_credentials_only_where_no_code_of_theirs_runs() -> None:
    """The jobs with an identity plan committed JSON; they start neither Python nor make."""
    for name in ("pull-request.yaml", "plan-stacks.yaml", "drift.yaml"):
        path = ROOT / ".github" / "workflows" / name
        for job_name, job in jobs(path):
            if job["permissions"].get("id-token") == "write":
                for step in job.get("steps", []):
                    assert not BRANCH_CODE.search(step.get("run", "")), f"{name}: {job_name}"
                    assert "setup-python" not in step.get("uses", ""), f"{name}: {job_name}"
            else:
                assert "secrets." not in str(job), f"{name}: {job_name}"


def test_plans_of_pull_requests_need_a_branch_of_this_repository_and_a_clean_synth() -> None:
    plan = dict(jobs(ROOT / ".github" / "workflows" / "pull-request.yaml"))["plan"]
    assert plan["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert plan["needs"] == "synth"


def test_the_deploy_role_is_assumed_from_the_protected_environment_alone() -> None:
    for path in WORKFLOWS:
        for name, job in jobs(path):
            if "DEPLOY" in str(job):
                assert job["environment"] == "production", f"{path.name}: {name}"
    assert load(ROOT / ".github" / "workflows" / "main.yaml")["on"] == {"push": {"branches": ["main"]}}


def test_nothing_is_applied_that_was_not_judged() -> None:
    for path in WORKFLOWS:
        for name, step in steps(path):
            script = step.get("run", "")
            if re.search(r"terraform .*\bapply\b", script):
                assert script.index("policies check") < script.index(" apply "), f"{path.name}: {name}"
                assert "set -euo pipefail" in script


def test_what_scripts_call_of_this_repository_is_there() -> None:
    """A make target or a script that does not exist would stop the pipeline only once it runs."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in WORKFLOWS:
        for name, step in steps(path):
            script = step.get("run", "")
            assert set(re.findall(r"\bmake (?:-\S+ )*([a-z]+)", script)) <= targets, f"{path.name}: {name}"
            for file in re.findall(r"(?<![\w/])(\.ci/\w+)", script):
                assert (ROOT / file).exists(), f"{path.name}: {name}"


def test_actionlint_accepts_the_workflows(left_out: list[str]) -> None:
    tool = shutil.which("actionlint")
    if tool is None:
        left_out.append("actionlint is not installed: workflows were checked by our own rules alone")
        return
    result = subprocess.run([tool, "-color=false"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout

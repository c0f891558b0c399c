"""The pipelines' scripts, run as the runner would: which stack is planned where, in how many jobs, in which order."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.test_workflows import ROOT, WORKFLOWS, jobs

AWS = """#!/bin/sh
for key; do :; done
case " $STANDS " in *" $key "*) exit 0 ;; esac
echo "An error occurred ($STATUS) when calling the HeadObject operation: $STATUS" >&2
exit 254
"""
"""The command `aws s3api head-object … --key KEY`: finds the keys in STANDS, answers STATUS for all others."""


def script(workflow: str, job: str, step: str) -> str:
    (path,) = [each for each in WORKFLOWS if each.stem == workflow]
    (found,) = [each["run"] for each in dict(jobs(path))[job]["steps"] if each.get("name") == step]
    return str(found)


def fleet(folder: Path, clusters: Iterable[str], runners: Mapping[str, str]) -> None:
    """Write what the scripts read of an output of these clusters."""
    dependencies: dict[str, list[str]] = {"identity": [], "account": []}
    for name in clusters:
        dependencies[f"{name}-login"] = ["identity"]
        dependencies[name] = ["account", f"{name}-login"]
        dependencies[f"{name}-workloads"] = [name]
    for name in dependencies:
        stack: dict[str, Any] = {"terraform": {"backend": {"s3": {"bucket": "b", "region": "r", "key": name}}}}
        runner = runners.get(name.removesuffix("-workloads")) if name.endswith("-workloads") else None
        stack["//"] = {"runner": runner} if runner else {}
        (folder / "terraform-out/stacks" / name).mkdir(parents=True)
        (folder / "terraform-out/stacks" / name / "cdk.tf.json").write_text(json.dumps(stack))
    stacks = {name: {"dependencies": before} for name, before in dependencies.items()}
    (folder / "terraform-out/manifest.json").write_text(json.dumps({"stacks": stacks}))


@dataclass(frozen=True)
class Ran:
    """How a script ended, and its outputs."""

    code: int
    said: str
    outputs: dict[str, Any]


def run(folder: Path, text: str, **environment: str) -> Ran:
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "aws").write_text(AWS)
    (tools / "aws").chmod(0o755)
    output = folder / "output"
    output.write_text("")
    env = {"PATH": f"{tools}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(output)}
    env |= {"STANDS": "", "STATUS": "404", "DETECT_DRIFT": "false"}
    ran = subprocess.run(
        ["bash", "-c", text], cwd=folder, env=env | environment, capture_output=True, text=True, check=False
    )
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    return Ran(ran.returncode, ran.stdout + ran.stderr, {key: json.loads(value) for key, value in outputs.items()})


@pytest.fixture
def bash_and_jq() -> None:
    """What a runner has (tests/needs.py)."""


@pytest.fixture
def sort(bash_and_jq: None) -> str:
    return script("plan-stacks", "reachable", "Sort stacks by what stands already")


@pytest.fixture
def order(bash_and_jq: None) -> str:
    return script("main", "prove", "Order the stacks")


def stacks_of(entries: list[dict[str, str]]) -> list[str]:
    return [stack for each in entries for stack in each["stacks"].split()]


def test_what_can_be_planned_is_and_the_rest_goes_to_the_sandbox(sort: str, tmp_path: Path) -> None:
    fleet(tmp_path, ["live", "new"], {"live": "inside", "new": "inside"})
    ran = run(tmp_path, sort, STANDS="identity account live-login live live-workloads")
    assert ran.code == 0, ran.said
    expected = ["account", "identity", "live", "live-login", "live-workloads", "new-login"]
    assert sorted(stacks_of(ran.outputs["real"])) == expected
    assert [each["runner"] for each in ran.outputs["real"] if each["stacks"] == "live-workloads"] == ["inside"]
    assert ran.outputs["sandbox"] == ["new"]
    assert sorted(ran.outputs["sandbox_stacks"]) == ["new", "new-workloads"]


def test_workloads_without_a_runner_go_to_the_sandbox_and_never_count_as_no_drift(sort: str, tmp_path: Path) -> None:
    fleet(tmp_path, ["live"], {})
    standing = "identity account live-login live live-workloads"
    assert run(tmp_path, sort, STANDS=standing).outputs["sandbox_stacks"] == ["live-workloads"]
    drift = run(tmp_path, sort, STANDS=standing, DETECT_DRIFT="true")
    assert drift.code == 1
    assert "no runner can plan them: live-workloads" in drift.said


def test_a_state_that_cannot_be_looked_for_is_no_state_that_is_not_there(sort: str, tmp_path: Path) -> None:
    fleet(tmp_path, ["live"], {"live": "inside"})
    ran = run(tmp_path, sort, STATUS="403")
    assert (ran.code, ran.outputs) == (1, {})
    assert "the state of account cannot be looked for" in ran.said or "the state of identity" in ran.said


@pytest.mark.parametrize("number", [1, 90])
def test_a_fleet_of_hundreds_is_planned_in_one_matrix(sort: str, tmp_path: Path, number: int) -> None:
    names = [f"c{each}" for each in range(number)]
    fleet(tmp_path, names, {name: f"runner-{index % 3}" for index, name in enumerate(names)})
    every = ["identity", "account", *(f"{name}{suffix}" for name in names for suffix in ("", "-login", "-workloads"))]
    planned = run(tmp_path, sort, STANDS=" ".join(every)).outputs
    assert planned["sandbox_stacks"] == []
    must_be_one_matrix(planned["real"], every)
    for each in planned["real"]:
        for stack in each["stacks"].split():
            if stack.endswith("-workloads"):
                assert each["runner"] == f"runner-{int(stack[1:].split('-')[0]) % 3}"


def test_a_fleet_of_hundreds_is_applied_in_one_matrix_for_each_kind(order: str, tmp_path: Path) -> None:
    names = [f"c{each}" for each in range(300)]
    fleet(tmp_path, names, dict.fromkeys(names, "inside"))
    applied = run(tmp_path, order).outputs
    must_be_one_matrix(applied["first"], ["account", "identity"])
    for kind, suffix in (("login", "-login"), ("cluster", ""), ("workloads", "-workloads")):
        must_be_one_matrix(applied[kind], [f"{name}{suffix}" for name in names])


def must_be_one_matrix(entries: list[dict[str, str]], stacks: list[str]) -> None:
    """Raise AssertionError unless `entries` hold each stack once, in as many jobs as a matrix may have."""
    assert sorted(stacks_of(entries)) == sorted(stacks)
    assert len(entries) <= 256
    assert len({each["name"] for each in entries}) == len(entries)


def test_nothing_is_applied_where_no_runner_reaches_a_cluster(order: str, tmp_path: Path) -> None:
    fleet(tmp_path, ["live", "test"], {"live": "inside"})
    ran = run(tmp_path, order)
    assert (ran.code, ran.outputs) == (1, {})
    assert "clusters/test.yaml names no runner" in ran.said


def test_the_committed_output_is_ordered(order: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "terraform-out", tmp_path / "terraform-out")
    ran = run(tmp_path, order)
    assert ran.code == 0, ran.said
    committed = json.loads((ROOT / "terraform-out/manifest.json").read_text())["stacks"]
    assert sorted(stack for each in ran.outputs.values() for stack in stacks_of(each)) == sorted(committed)

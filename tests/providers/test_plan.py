"""`make plan CLUSTER=…`, run as its user runs it: the plans of a cluster's stacks, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.sandbox.fleet import remote_charts, take_charts_from
from tests.sandbox.plan import Run, main, obstacle, stacks_of
from tests.sandbox.server import SECRET, secrets_of
from tests.sandbox.terraform import Providers, missing_terraform

CLUSTER = "manager"
ROOT = Path(__file__).resolve().parents[2]
Plans = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory, left_out: list[str]) -> Plans:
    """What could be planned here, by stack."""
    build = tmp_path_factory.mktemp("plan") / "build"
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.plan", CLUSTER, "--build", str(build)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=400, env={**os.environ},
    )  # fmt: skip
    found = {path.stem: json.loads(path.read_text()) for path in sorted((build / "plans").glob("*.json"))}
    said = [line for line in done.stderr.splitlines() if line.startswith(("left out: ", "cannot plan: "))]
    left_out.extend(f"plan of {line.partition(': ')[2]}" for line in said)
    assert done.returncode == (0 if found else 2), done.stderr
    missing = set(stacks_of(CLUSTER)) - found.keys()
    assert not missing or len(said) >= (len(missing) if found else 1), done.stderr
    assert done.stdout.splitlines() == [line for line in done.stdout.splitlines() if " to create; " in line]
    assert len(done.stdout.splitlines()) == len(found)
    return found


def test_every_stack_is_created_whole(plans: Plans, stacks: dict[str, Path]) -> None:
    for name, plan in plans.items():
        content = json.loads((stacks[name] / "cdk.tf.json").read_text())
        emitted = {f"{type_}.{resource}" for type_, resources in content["resource"].items() for resource in resources}
        planned = {each["address"]: each["change"]["actions"] for each in plan["resource_changes"]}
        assert emitted <= planned.keys()
        assert {address for address, actions in planned.items() if actions != ["create"]} <= {
            address for address in planned if address.startswith("data.")
        }
        assert plan["errored"] is False


def test_no_secret_is_in_any_plan(plans: Plans, fleet: Fleet) -> None:
    assert secrets_of(fleet)
    for name, plan in plans.items():
        assert SECRET not in json.dumps(plan), name


def test_a_cluster_that_is_not_there_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["lvie"]) == 2
    assert "there is no cluster 'lvie'; there are live, manager, test" in capfd.readouterr().err


def test_without_terraform_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([CLUSTER, "--build", str(tmp_path / "build")]) == 2
    assert capfd.readouterr().err.startswith("cannot plan: terraform is not on the PATH")
    assert not (tmp_path / "build").exists()


def test_an_old_terraform_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "terraform").write_text('#!/bin/sh\necho \'{"terraform_version": "1.10.5"}\'\n')
    (tmp_path / "terraform").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert missing_terraform() == "terraform 1.10.5 is too old: 1.11 or later is needed"


def test_missing_provider_is_named(stacks: dict[str, Path]) -> None:
    assert "no provider auth0/auth0, hashicorp/aws" in str(obstacle(stacks["identity"], Providers({}, None)))


def test_charts_come_from_the_folder_or_are_named(
    stacks: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "live-workloads"
    folder.mkdir()
    (folder / "cdk.tf.json").write_text((stacks["live-workloads"] / "cdk.tf.json").read_text())
    remote = remote_charts(folder)
    assert {"fluent-bit", "kube-prometheus-stack", "kuberos", "tigera-operator"} == remote.keys()
    charts = tmp_path / "charts"
    for chart in sorted(remote)[1:]:
        (charts / chart).mkdir(parents=True)
        (charts / chart / "Chart.yaml").touch()
    every = Providers(dict.fromkeys(("hashicorp/aws", "hashicorp/helm", "hashicorp/kubernetes"), tmp_path), None)
    monkeypatch.setenv("CHARTS_DIR", str(charts))
    assert obstacle(folder, every) == f"CHARTS_DIR has no chart {sorted(remote)[0]}"
    take_charts_from(folder, charts)
    assert remote_charts(folder) == {}
    releases = json.loads((folder / "cdk.tf.json").read_text())["resource"]["helm_release"].values()
    assert {str(charts / chart) for chart in remote} <= {each["chart"] for each in releases}


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (Run(planned=["a"]), 0),
        (Run(planned=["a"], left_out=["b: why"]), 0),
        (Run(planned=["a"], failed=["b"]), 1),
        (Run(left_out=["a: why"]), 2),
    ],
)
def test_exit_codes(run: Run, code: int) -> None:
    assert run.exit_code() == code

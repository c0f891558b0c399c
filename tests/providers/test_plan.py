"""`make plan CLUSTER=…`, run as its user runs it: the plans of a cluster's stacks, and what it says when it cannot."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.providers.conftest import MADE as CLUSTER
from tests.sandbox.fleet import remote_charts, take_charts_from
from tests.sandbox.plan import Run, alone, main, obstacle
from tests.sandbox.server import SECRET, secrets_of
from tests.sandbox.terraform import Providers, Terraform, missing_terraform

ROOT = Path(__file__).resolve().parents[2]
Plans = dict[str, dict[str, Any]]


def test_every_stack_is_created_whole(made_plans: Plans, stacks: dict[str, Path]) -> None:
    for name, plan in made_plans.items():
        content = json.loads((stacks[name] / "cdk.tf.json").read_text())
        emitted = {f"{type_}.{resource}" for type_, resources in content["resource"].items() for resource in resources}
        planned = {each["address"]: each["change"]["actions"] for each in plan["resource_changes"]}
        assert emitted <= planned.keys()
        assert {address for address, actions in planned.items() if actions != ["create"]} <= {
            address for address in planned if address.startswith("data.")
        }
        assert plan["errored"] is False


def test_no_secret_is_in_any_plan(made_plans: Plans, fleet: Fleet) -> None:
    assert secrets_of(fleet)
    for name, plan in made_plans.items():
        assert SECRET not in json.dumps(plan), name


def test_a_cluster_that_is_not_there_is_refused(capfd: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    assert main(["lvie"]) == 2
    known = ", ".join(each.name for each in fleet.clusters)
    assert capfd.readouterr().err == f"there is no cluster 'lvie'; there are {known}; did you mean live?\n"


def test_broken_settings_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "clusters", tmp_path / "clusters")
    (tmp_path / "clusters" / "test.yaml").write_text("name: [\n")
    monkeypatch.setattr("tests.sandbox.plan.ROOT", tmp_path)
    assert main([CLUSTER, "--build", str(tmp_path / "build")]) == 2
    assert "test.yaml:2:1: " in capfd.readouterr().err
    assert not (tmp_path / "build").exists()


def test_make_asks_which_cluster_before_it_installs_anything(tmp_path: Path) -> None:
    """The Makefile alone: there is nothing else in the folder that it could run."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = subprocess.run(["make", "plan"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "which cluster? make plan CLUSTER=live")


def test_without_terraform_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([CLUSTER, "--build", str(tmp_path / "build")]) == 2
    assert capfd.readouterr().err.startswith("cannot plan: terraform is not on the PATH")
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize(
    ("program", "told"),
    [('echo \'{"terraform_version": "1.10.5"}\'', "is 1.10.5"), ("exit 3", "does not tell its version")],
)
def test_a_terraform_that_is_too_old_or_broken_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, told: str
) -> None:
    path = tmp_path / "terraform"
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert str(missing_terraform()).startswith(f"{path} {told}: install 1.11 or later (https://")


@pytest.fixture
def first_plans(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder to build in with a plan of an earlier run, on a machine that has a terraform."""
    monkeypatch.setattr("tests.sandbox.plan.missing_terraform", lambda: None)
    plans = tmp_path / "build" / "plans"
    plans.mkdir(parents=True)
    (plans / f"{CLUSTER}.json").write_text("{}")
    return plans


def test_a_folder_that_cannot_be_written_is_named(first_plans: Path, capfd: pytest.CaptureFixture[str]) -> None:
    build = first_plans / f"{CLUSTER}.json" / "build"
    assert main([CLUSTER, "--build", str(build)]) == 2
    assert capfd.readouterr().err.startswith(f"cannot plan: {build / 'sandbox'}: Not a directory; mend that, or name")


def test_an_interrupted_run_leaves_no_half_plan(
    first_plans: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.sandbox.plan.synthesize", interrupt)
    assert main([CLUSTER, "--build", str(first_plans.parent)]) == 130
    assert capfd.readouterr().err.splitlines()[-1].startswith("interrupted; what is whole is in ")
    assert [path.read_text() for path in first_plans.iterdir()] == ["{}"]


def test_a_full_disk_ends_the_run_without_a_half_plan(
    first_plans: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tests.sandbox.plan.synthesize", full)
    assert main([CLUSTER, "--build", str(first_plans.parent)]) == 2
    assert "No space left on device; mend that, or name another folder" in capfd.readouterr().err
    assert [path.read_text() for path in first_plans.iterdir()] == ["{}"]


def test_two_runs_of_one_cluster_do_not_meet(first_plans: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with alone(first_plans.parent, CLUSTER):
        assert main([CLUSTER, "--build", str(first_plans.parent)]) == 2
    assert f"another run is planning {CLUSTER}; wait for it" in capfd.readouterr().err


def test_missing_provider_is_named(stacks: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TF_PROVIDER_MIRROR", raising=False)
    told = "no provider auth0/auth0, hashicorp/aws: the registry does not answer and "
    assert str(obstacle(stacks["identity"], Providers({}, None))).startswith(f"{told}no mirror has one; let ")
    monkeypatch.setenv("TF_PROVIDER_MIRROR", str(tmp_path))
    missing = str(obstacle(stacks["identity"], Providers({}, None)))
    assert missing.startswith(f"{told}TF_PROVIDER_MIRROR, {tmp_path}, has none; let ")


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


def test_an_interrupted_terraform_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed, it would leave its providers behind: this one stops its own when it is told once."""
    program = tmp_path / "terraform"
    program.write_text(
        "#!/bin/sh\ntrap 'echo stopped > stopped; exit 1' INT\nsleep 0.3\nkill -INT $PPID\nwhile :; do sleep 0.05; done\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr("tests.sandbox.terraform.INTERRUPT_PATIENCE", 1)
    with pytest.raises(KeyboardInterrupt):
        Terraform(tmp_path, {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}).run("plan")
    assert (tmp_path / "stopped").is_file()

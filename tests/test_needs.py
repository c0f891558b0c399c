"""What a run needs and has not is told, and is an error where it is required."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.needs import REQUIREMENTS, unmet

ROOT = Path(__file__).resolve().parents[1]


def test_nothing_is_required_unasked() -> None:
    assert unmet("") == []


def test_what_lacks_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TOOLCHAIN_DIR", str(tmp_path))
    terraform, toolchain, unknown = unmet("terraform toolchain terrafrom")
    assert terraform.startswith("terraform: terraform is not on the PATH")
    assert toolchain.startswith("toolchain: not built: etcd, ")
    assert unknown == "terrafrom: nothing is called so; there are terraform, aws-provider, toolchain, cdktf-cli"


def test_what_is_there_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.needs.REQUIREMENTS", {"terraform": lambda: None, "toolchain": lambda: "no"})
    assert unmet("terraform") == []
    assert unmet("terraform toolchain") == ["toolchain: no"]


def test_a_run_that_lacks_what_is_required_fails(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": str(tmp_path), "REQUIRE": "terraform"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_needs.py"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "REQUIRE names what is not here:\nterraform: terraform is not on the PATH" in done.stderr
    assert "passed" not in done.stdout


def test_ci_requires_what_it_installs() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "pull-request.yaml").read_text())
    (step,) = (each for each in workflow["jobs"]["test"]["steps"] if each.get("run") == ".ci/run")
    assert step["env"]["REQUIRE"].split() == list(REQUIREMENTS)

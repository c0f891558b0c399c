"""The stock cdktf CLI works on the same app, and its output needs neither Python nor Node afterwards."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.synth.cdktf_cli import ROOT, CliMissingError, cdktf_cli, cli_environment


@pytest.fixture(scope="module")
def cdktf(left_out: list[str]) -> Path | None:
    """The stock CLI; None, and that is said, where it cannot be installed."""
    try:
        return cdktf_cli()
    except CliMissingError as error:
        left_out.append(str(error))
        return None


def synth(cdktf: Path, out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(cdktf), "synth", "--output", str(out)],
        cwd=ROOT,
        env=cli_environment(**environment),
        capture_output=True,
        text=True,
        check=False,
    )


def test_synth_writes_where_it_is_told(cdktf: Path | None, tmp_path: Path) -> None:
    if cdktf is None:
        return
    out = tmp_path / "new" / "out"
    done = synth(cdktf, out, PLATFORM_BACKEND="local")
    assert done.returncode == 0, done.stdout + done.stderr
    stacks = json.loads((out / "manifest.json").read_text())["stacks"]
    assert {"identity", "account"} < set(stacks)
    for stack in stacks.values():
        written = json.loads((out / stack["synthesizedStackPath"]).read_text())
        assert "local" in written["terraform"]["backend"]


def test_stacks_are_ordered(synthesized_folder: Path) -> None:
    stacks = json.loads((synthesized_folder / "manifest.json").read_text())["stacks"]
    for name, stack in stacks.items():
        if name.endswith("-workloads"):
            cluster = name.removesuffix("-workloads")
            assert stack["dependencies"] == [cluster]
            assert sorted(stacks[cluster]["dependencies"]) == ["account", f"{cluster}-login"]
            assert stacks[f"{cluster}-login"]["dependencies"] == ["identity"]


def test_a_refusal_is_shown(cdktf: Path | None, tmp_path: Path) -> None:
    if cdktf is None:
        return
    done = synth(cdktf, tmp_path / "out", PLATFORM_BACKEND="gcs")
    assert done.returncode != 0
    assert "allowed: s3, local" in done.stdout + done.stderr

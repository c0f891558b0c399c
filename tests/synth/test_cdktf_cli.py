"""The stock cdktf CLI works on the same app, and its output needs neither Python nor Node afterwards."""

from __future__ import annotations

import json
from pathlib import Path

from tests.synth.cdktf_cli import ROOT, Command, synth


def test_synth_writes_where_it_is_told(cdktf: Command | None, stock_out: Path) -> None:
    if cdktf is None:
        return
    stacks = json.loads((stock_out / "manifest.json").read_text())["stacks"]
    assert {"identity", "account"} < set(stacks)
    assert all((stock_out / stack["synthesizedStackPath"]).is_file() for stack in stacks.values())


def test_stacks_are_ordered(synthesized_folder: Path) -> None:
    stacks = json.loads((synthesized_folder / "manifest.json").read_text())["stacks"]
    for name, stack in stacks.items():
        if name.endswith("-workloads"):
            cluster = name.removesuffix("-workloads")
            assert stack["dependencies"] == [cluster]
            assert sorted(stacks[cluster]["dependencies"]) == ["account", f"{cluster}-login"]
            assert stacks[f"{cluster}-login"]["dependencies"] == ["identity"]


def test_a_refusal_is_shown(cdktf: Command | None, tmp_path: Path) -> None:
    if cdktf is None:
        return
    done = synth(cdktf, ROOT, tmp_path / "out", PLATFORM_BACKEND="gcs")
    assert done.returncode != 0
    assert "allowed: s3, local" in done.stdout + done.stderr

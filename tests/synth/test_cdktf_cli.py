"""The stock cdktf CLI works on the same app, and its output needs neither Python nor Node afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.synth.cdktf_cli import ROOT, CliMissingError, Command, cdktf_cli, folder, synth


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


PRETENDS = """#!/bin/sh
echo asked >> "$ASKED"
mkdir -p node_modules/.bin
touch node_modules/.bin/cdktf
exit $FAILS
"""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that has a line for each time that npm was asked, which only pretends to install."""
    (tmp_path / "npm").write_text(PRETENDS)
    (tmp_path / "npm").chmod(0o755)
    for name, value in {"PATH": f"{tmp_path}:/usr/bin:/bin", "TOOLCHAIN_DIR": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    monkeypatch.setenv("FAILS", "0")
    return tmp_path / "asked"


def test_it_is_installed_once(npm: Path) -> None:
    programs = {Path(cdktf_cli()[-1]) for _ in range(2)}
    assert [each.is_file() for each in programs] == [True]
    assert npm.read_text() == "asked\n"


def test_half_of_it_is_not_taken_for_it(npm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS", "1")
    with pytest.raises(CliMissingError, match="npm could not install"):
        cdktf_cli()
    assert not folder().exists()
    folder().with_name(f".{folder().name}").mkdir()  # as an interrupted run leaves it
    monkeypatch.setenv("FAILS", "0")
    assert Path(cdktf_cli()[-1]).is_file()
    assert npm.read_text() == "asked\n" * 2


def test_without_npm_or_a_place_it_says_so(npm: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(CliMissingError, match="npm is missing"):
        cdktf_cli()
    (tmp_path / "file").touch()
    monkeypatch.setenv("TOOLCHAIN_DIR", str(tmp_path / "file"))
    with pytest.raises(CliMissingError, match="was not tried"):
        cdktf_cli()

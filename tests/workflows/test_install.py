"""`.ci/install` makes the environment with a Python that fits, and of those with one that is compiled to be quick."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "dirname", "cat", "cksum", "rm")
"""What the script calls besides Python."""
FAKE = """#!/bin/sh
case "$*" in
*enable-optimizations*) exit {slow} ;;
*version_info*) exit {old} ;;
*--version*) echo "Python of {name}" ;;
"-m venv"*) echo {name} >>"$MADE"; exit 1 ;;
*) exit 3 ;;
esac
"""
"""A Python that is asked for an environment and makes none."""


@dataclass(frozen=True)
class Ended:
    """How the script ended, and which Pythons it asked for an environment."""

    code: int
    said: str
    asked: list[str]


Install = Callable[..., Ended]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Run the script where the path holds these Pythons, each a name with its faults: `slow`, `old`."""
    (tmp_path / ".ci" / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "install", tmp_path / ".ci")
    for name in ("uv", "synth"):
        (tmp_path / ".ci" / "requirements" / f"{name}.txt").touch()
    (tmp_path / "tools").mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "tools" / name).symlink_to(found)

    def run(named: str = "", **pythons: str) -> Ended:
        for name, faults in pythons.items():
            path = tmp_path / name / "python3"
            path.parent.mkdir()
            path.write_text(FAKE.format(name=name, slow=int("slow" in faults), old=int("old" in faults)))
            path.chmod(0o755)
        made = tmp_path / "made"
        folders = [str(tmp_path / each) for each in pythons if each != named] + [str(tmp_path / "tools")]
        environment = {"PATH": ":".join(folders), "MADE": str(made)}
        if named:
            environment["PYTHON"] = str(tmp_path / named / "python3")
        done = subprocess.run(
            [str(tmp_path / ".ci" / "install"), "synth"], env=environment, capture_output=True, text=True, check=False
        )
        assert not (tmp_path / ".venv").exists()
        return Ended(done.returncode, done.stderr, made.read_text().split() if made.exists() else [])

    return run


def test_the_first_that_is_quick_is_taken(install: Install) -> None:
    ended = install(one="old", two="slow", three="", four="")
    assert ended.asked == ["three"]
    assert "three/python3, for " in ended.said
    assert "two/python3 was compiled without optimizations" in ended.said
    assert ended.code == 2
    assert "three/python3 could not make an environment" in ended.said


@pytest.mark.parametrize("pythons", [{"one": "", "two": ""}, {"one": "slow", "two": "slow"}, {"one": "slow"}], ids=str)
def test_else_the_first(install: Install, pythons: dict[str, str]) -> None:
    ended = install(**pythons)
    assert ended.asked == ["one"]
    assert "optimizations" not in ended.said


def test_one_that_is_named_is_taken_as_it_is(install: Install) -> None:
    assert install("one", one="slow", two="").asked == ["one"]


def test_one_that_is_named_and_too_old_is_refused(install: Install) -> None:
    ended = install("one", one="old", two="")
    assert (ended.code, ended.asked) == (2, [])
    assert "PYTHON names no Python 3.11 or later" in ended.said


@pytest.mark.parametrize("pythons", [{}, {"one": "old"}], ids=str)
def test_without_any_it_says_what_to_do(install: Install, pythons: dict[str, str]) -> None:
    ended = install(**pythons)
    assert (ended.code, ended.asked) == (2, [])
    assert "name it with PYTHON=path" in ended.said

"""The lean code of generated modules is the code of their sources, whatever lies where it is kept."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from modules.fast_synth.lean_code import _Loader

SOURCE = '"""A docstring."""\nVALUE: Undefined = {}\nif __debug__:\n    raise SystemExit("checked")\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "generated.py"
    path.write_text(SOURCE.format(1))
    (tmp_path / "__pycache__").mkdir()
    return path


def value(source: Path) -> object:
    spec = importlib.util.spec_from_loader("generated", _Loader("generated", str(source)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.__doc__ is None
    found: object = module.VALUE
    return found


def kept(source: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(source), optimization="lean"))


def test_code_is_kept_and_used(source: Path) -> None:
    assert value(source) == 1
    before = kept(source).stat().st_mtime_ns, kept(source).stat().st_ino
    assert value(source) == 1
    assert (kept(source).stat().st_mtime_ns, kept(source).stat().st_ino) == before
    assert [each.name for each in kept(source).parent.iterdir()] == [kept(source).name]


def test_another_source_gives_other_code(source: Path) -> None:
    assert value(source) == 1
    source.write_text(SOURCE.format(2))
    os.utime(source, ns=(1, 1))
    assert value(source) == 2


@pytest.mark.parametrize("length", [0, 5, 60])
def test_broken_code_is_made_again(source: Path, length: int) -> None:
    assert value(source) == 1
    whole = kept(source).read_bytes()
    kept(source).write_bytes(whole[:length])
    assert value(source) == 1
    assert kept(source).read_bytes() == whole


def test_a_folder_that_cannot_be_written_costs_time_alone(source: Path) -> None:
    kept(source).parent.rmdir()
    assert value(source) == 1

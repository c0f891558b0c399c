"""Folders of settings files that tests write, change and load."""

from __future__ import annotations

import functools
import pickle
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml

from modules.settings.errors import Problem, SettingsError
from modules.settings.load import SHARED, load_fleet

CLUSTERS = Path(__file__).resolve().parents[2] / "clusters"
FIXED = Path(__file__).resolve().parents[1] / "fixtures" / "fleet"
"""A fleet that no everyday change of the committed one touches; what tests break and change is this."""
DELETE = object()
"""Stands for a value that a change takes away."""

Files = dict[str, Any]
"""Plain data of each file by its name without ending."""


def fixed(folder: Path = FIXED) -> Files:
    """Return the files of a folder, of the fixed fleet if not told, as plain data."""
    return {path.stem: pickle.loads(_read(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.yaml"))}


@functools.cache
def _read(text: str) -> bytes:
    """Return the data of a YAML text, to be had anew as often as it is asked for: YAML takes long to read and write."""
    return pickle.dumps(yaml.safe_load(text))


def change(files: Files, changes: Mapping[str, Any]) -> Files:
    """Change `files` at each path `file/key/0/key`; a new last key is added, DELETE takes one away, + appends."""
    for path, value in changes.items():
        *steps, last = path.split("/")
        place: Any = files
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if value is DELETE:
            del place[int(last) if isinstance(place, list) else last]
        elif isinstance(place, list):
            if last == "+":
                place.append(value)
            else:
                place[int(last)] = value
        else:
            place[last] = value
    return files


def write(files: Files, folder: Path) -> Path:
    """Write each of `files` into `folder` as YAML and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / f"{name}.yaml").write_text(f"# A comment.\n{_dumped(pickle.dumps(data))}", encoding="utf-8")
    return folder


@functools.cache
def _dumped(data: bytes) -> str:
    return dumped(pickle.loads(data))


def dumped(data: Any) -> str:
    """Return plain data as YAML, whatever looks like a number in quotes."""
    return yaml.dump(data, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=10**6)


class _Plain(yaml.CSafeDumper):
    """Writes every value out, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value anew wherever it stands."""
        return True


def _quoted(dumper: _Plain, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if text[:1] in "0123456789+-." else None)


_Plain.add_representer(str, _quoted)


def as_files(fleet: Mapping[str, Any]) -> Files:
    """Return a fleet's plain data, clusters in a list, as files."""
    return {**{name: fleet[name] for name in SHARED}, **{each["name"]: each for each in fleet["clusters"]}}


def copied(folder: Path) -> Path:
    """Copy the fixed fleet's files into `folder` and return it."""
    for path in FIXED.glob("*.yaml"):
        shutil.copy(path, folder)
    return folder


def problems(folder: Path) -> tuple[Problem, ...]:
    """Return what is wrong with the settings in `folder`, nothing when they load."""
    try:
        load_fleet(folder)
    except SettingsError as error:
        return error.problems or _without_problem(error)
    return ()


def _without_problem(error: SettingsError) -> NoReturn:
    raise AssertionError("an error without a problem") from error

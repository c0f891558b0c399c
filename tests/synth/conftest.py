"""Copies of the project that the tests of main.py share, and what they write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from modules.settings.load import SHARED
from tests.synth.command import Tree, copy_project, run, tree


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project at another place, whose path has spaces."""
    return copy_project(tmp_path_factory.mktemp("project") / "a copy with spaces")


@pytest.fixture(scope="session")
def written(project: Path) -> Tree:
    """What the committed fleet is written as, by default to the project's own `terraform-out`."""
    return _written(project)


@pytest.fixture(scope="session")
def small_project(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one cluster alone, which takes less long to write and shows as well which way was taken."""
    copy = _copy(project, tmp_path_factory.mktemp("small") / "a copy with spaces")
    for path in (copy / "clusters").glob("*.yaml"):
        if path.stem not in (*SHARED, "test"):
            path.unlink()
    return copy


@pytest.fixture(scope="session")
def written_small(small_project: Path) -> Tree:
    """What the small project writes, as `written`."""
    return _written(small_project)


@pytest.fixture
def odd_project(small_project: Path, tmp_path: Path) -> Path:
    """A copy of the small project, to be spoilt."""
    return _copy(small_project, tmp_path / "odd")


def _copy(project: Path, copy: Path) -> Path:
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("terraform-out"))
    return copy


def _written(project: Path) -> Tree:
    done = run(project=project, cwd=project.parent)
    assert done.returncode == 0, done.stderr
    return tree(project / "terraform-out")

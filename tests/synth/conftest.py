"""Copies of the project that the tests of main.py share, and what they write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from modules.settings.load import SHARED
from tests.synth.cdktf_cli import CliMissingError, Command, cdktf_cli, synth
from tests.synth.command import ROOT, Tree, copy_project, run, tree


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project at another place, whose path has spaces."""
    return copy_project(tmp_path_factory.mktemp("project") / "a copy with spaces")


@pytest.fixture(scope="session")
def written(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """What the committed fleet is written as by another copy, from another directory, where all else differs too."""
    folder = tmp_path_factory.mktemp("elsewhere")
    done = run("--out", "out", project=project, cwd=folder, PYTHONHASHSEED="4242", TZ="Asia/Tokyo")
    assert done.returncode == 0, done.stderr
    return tree(folder / "out")


@pytest.fixture(scope="session")
def local_out(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the committed fleet is written with a local backend, as the environment names them, for no option does."""
    out = tmp_path_factory.mktemp("local") / "out"
    done = run(project=project, CDKTF_OUTDIR=str(out), PLATFORM_BACKEND="local")
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def cdktf(left_out: list[str]) -> Command | None:
    """The stock CLI; None, and that is said, where it cannot be installed."""
    try:
        return cdktf_cli()
    except CliMissingError as error:
        left_out.append(str(error))
        return None


@pytest.fixture(scope="session")
def stock_out(cdktf: Command | None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stock CLI writes, by the app with the stock imports, what `local_out` holds; it takes half a minute.

    Where the CLI is missing, main.py writes it with the stock imports alone.
    """
    folder = tmp_path_factory.mktemp("stock")
    project, out = copy_project(folder / "a copy with spaces"), folder / "new" / "out"
    shutil.copy(ROOT / "cdktf.json", project)
    (project / ".venv").symlink_to(ROOT / ".venv")
    if cdktf is None:
        done = run("--out", out, project=project, PLATFORM_BACKEND="local", FAST_SYNTH="0")
    else:
        done = synth(cdktf, project, out, PLATFORM_BACKEND="local", FAST_SYNTH="0")
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="session")
def small_project(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one cluster alone, which takes less long to write and shows as well which way was taken."""
    copy = _copy(project, tmp_path_factory.mktemp("small") / "a copy with spaces")
    for path in (copy / "clusters").glob("*.yaml"):
        if path.stem not in (*SHARED, "test"):
            path.unlink()
    return copy


@pytest.fixture(scope="session")
def said_small(small_project: Path) -> str:
    """What main.py says beside its report as it writes the small project, by default to its own `terraform-out`."""
    done = run(project=small_project, cwd=small_project.parent)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="session")
def written_small(small_project: Path, said_small: str) -> Tree:
    """What the small project writes, as `written`."""
    return tree(small_project / "terraform-out")


@pytest.fixture
def odd_project(small_project: Path, tmp_path: Path) -> Path:
    """A copy of the small project, to be spoilt."""
    return _copy(small_project, tmp_path / "odd")


def _copy(project: Path, copy: Path) -> Path:
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("terraform-out"))
    return copy

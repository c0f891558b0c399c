"""Copies of the project that the tests of main.py share, and what they write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from modules.settings.load import SHARED
from tests.synth.cdktf_cli import CliMissingError, Command, cdktf_cli, synth
from tests.synth.command import ROOT, Tree, copy_project, run, tree
from tests.thorough import THOROUGH

BINDINGS = ("cdktf_cdktf_provider_aws", "cdktf_cdktf_provider_helm", "cdktf_cdktf_provider_kubernetes")
"""The packages whose roots import every module of theirs, 2,300 in all."""


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
def cdktf(left_out: list[str]) -> Command | None:
    """The stock CLI; None, and that is said, where it cannot be installed."""
    try:
        return cdktf_cli()
    except CliMissingError as error:
        left_out.append(str(error))
        return None


@pytest.fixture(scope="session")
def stock_out(cdktf: Command | None, tmp_path_factory: pytest.TempPathFactory, left_out: list[str]) -> Path:
    """Where the stock CLI writes, by the app with the stock imports, what `written` is.

    Where the CLI is missing, main.py writes it with the stock imports alone.
    """
    folder = tmp_path_factory.mktemp("stock")
    project, out = copy_project(folder / "a copy with spaces"), folder / "new" / "out"
    shutil.copy(ROOT / "cdktf.json", project)
    (project / ".venv").symlink_to(ROOT / ".venv")
    path = ""
    if not THOROUGH:
        path = str(bare_roots(folder / "roots"))
        left_out.append("stock imports of what no stack uses: make thorough imports all bindings")
    if cdktf is None:
        done = run("--out", out, project=project, FAST_SYNTH="0", PYTHONPATH=path)
    else:
        done = synth(cdktf, project, out, FAST_SYNTH="0", PYTHONPATH=path)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def bare_roots(folder: Path) -> Path:
    """Write roots for the bindings that import none of their modules; each module is still the package's own."""
    for package in BINDINGS:
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text(
            "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n"
        )
    return folder


@pytest.fixture(scope="session")
def small_project(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one cluster alone, which takes less long to write and shows as well which way was taken."""
    copy = _copy(project, tmp_path_factory.mktemp("small") / "a copy with spaces")
    for path in (copy / "clusters").glob("*.yaml"):
        if path.stem not in (*SHARED, "test"):
            path.unlink()
    return copy


@pytest.fixture(scope="session")
def local_out(small_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the small project writes with a local backend, as the environment names them, for no option does."""
    out = tmp_path_factory.mktemp("local") / "out"
    done = run(project=small_project, CDKTF_OUTDIR=str(out), PLATFORM_BACKEND="local")
    assert done.returncode == 0, done.stderr
    return out


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

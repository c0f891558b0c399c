"""Malformed settings of every kind are refused with file, line, key, what was given and what is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modules.settings.errors import SettingsError
from modules.settings.load import load_fleet
from tests.settings.folders import CLUSTERS, FIXED, copied
from tests.settings.malformed import BOMB, LIVE, MALFORMED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the fixed fleet's settings."""
    return copied(tmp_path)


def refused(folder: Path) -> SettingsError:
    """Load `folder`, which must be refused, and return the error."""
    with pytest.raises(SettingsError) as raised:
        load_fleet(folder)
    return raised.value


def test_there_are_many() -> None:
    assert len(MALFORMED) >= 60
    assert len({(each.content, each.file) for each in MALFORMED.values()}) == len(MALFORMED)


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_file_is_refused(name: str, folder: Path) -> None:
    bad = MALFORMED[name]
    path = folder / f"{bad.file}.yaml"
    path.write_bytes(bad.content if isinstance(bad.content, bytes) else bad.content.encode())
    before = {each: each.read_bytes() for each in folder.iterdir()}
    error = refused(folder)
    here = [each for each in error.problems if each.key.removesuffix("…") == bad.key and bad.given in each.given]
    matching = [each for each in here if bad.allowed in each.allowed]
    assert matching, error.report()
    found = matching[0]
    assert Path(found.file) == path
    assert found.line == bad.line
    assert found.column >= 1
    assert found.nearest == bad.nearest
    line = str(found)
    for part in (f"{found.file}:{found.line}:", found.key, found.given, found.allowed):
        assert part in line
    assert line in error.report()
    assert all(each.isprintable() for each in error.report().split("\n"))
    assert len(error.report()) < 20_000
    assert "hunter2" not in error.report()
    assert before == {each: each.read_bytes() for each in folder.iterdir()}


def _link(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _other_ending(path: Path) -> None:
    path.rename(path.with_suffix(".yml"))


def _capital_ending(path: Path) -> None:
    path.rename(path.with_suffix(".YAML"))


@pytest.mark.parametrize(
    ("place", "given", "allowed"),
    [
        (_link, "a symbolic link", "a regular file"),
        (_dangling, "a symbolic link", "a regular file"),
        (_folder, "a folder", "a regular file"),
        (_fifo, "a special file", "a regular file"),
        (_other_ending, "the ending .yml", "the ending .yaml"),
        (_capital_ending, "the ending .YAML", "the ending .yaml"),
    ],
)
@pytest.mark.parametrize("file", ["live", "tenant"])
def test_what_is_no_settings_file_is_refused(
    place: Callable[[Path], None], given: str, allowed: str, file: str, folder: Path
) -> None:
    place(folder / f"{file}.yaml")
    found = [each for each in refused(folder).problems if Path(each.file).stem == file]
    assert (found[0].given, found[0].allowed) == (given, allowed) or (found[-1].given, found[-1].allowed) == (
        given,
        allowed,
    )


def test_file_that_cannot_be_read_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original: Callable[..., object] = Path.open

    def deny(self: Path, *arguments: object, **named: object) -> object:
        if self.name == "live.yaml":
            raise PermissionError(13, "Permission denied")
        return original(self, *arguments, **named)

    monkeypatch.setattr(Path, "open", deny)
    (found,) = refused(folder).problems
    assert (Path(found.file).name, found.given) == ("live.yaml", "a file that cannot be read (Permission denied)")


@pytest.mark.parametrize("name", ["organisation", "tenant", "account"])
def test_missing_shared_file_is_named(name: str, folder: Path) -> None:
    (folder / f"{name}.yaml").unlink()
    error = refused(folder)
    assert [(Path(each.file).name, each.given) for each in error.problems] == [(f"{name}.yaml", "no such file")]
    assert error.unchecked


def test_folder_without_clusters_is_refused(folder: Path) -> None:
    for name in ("live", "manager", "test"):
        (folder / f"{name}.yaml").unlink()
    assert [each.given for each in refused(folder).problems] == ["no cluster file"]


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_folder_that_is_none_is_refused(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "clusters"
    if kind == "file":
        folder.write_text("")
    problems = refused(folder).problems
    assert "a folder that cannot be read" in problems[0].given
    assert problems[0].allowed == "a folder of settings files"


def test_empty_folder_names_all_that_is_missing(tmp_path: Path) -> None:
    assert {Path(each.file).stem for each in refused(tmp_path).problems} == {
        "organisation", "tenant", "account", tmp_path.name,
    }  # fmt: skip


def test_all_problems_of_a_run_are_shown_together(folder: Path) -> None:
    (folder / "live.yaml").write_text(LIVE.replace("desired: 54", "desired: 70").replace("kind: slack", "kind: slak"))
    (folder / "test.yaml").write_text("")
    (folder / "tenant.yaml").write_text(
        (folder / "tenant.yaml").read_text().replace("engine: actions", "engine: hooks")
    )
    report = refused(folder).report()
    assert report.startswith("The settings have 4 problems:\n")
    order = [
        report.index(part) for part in ("main.size.desired", "monitoring.receiver.kind", "engine", "an empty file")
    ]
    assert order == sorted(order)
    assert report.endswith("were not checked yet.")


@pytest.mark.parametrize(
    ("only", "given", "nearest"),
    [(["lvie"], 'the cluster "lvie"', "live"), ([], "no cluster", None), (["x" * 500], "(500 characters)", None)],
)
def test_cluster_that_is_none_is_refused(only: list[str], given: str, nearest: str | None) -> None:
    with pytest.raises(SettingsError) as raised:
        load_fleet(FIXED, only=only)
    (found,) = raised.value.problems
    assert given in found.given
    assert found.nearest == nearest
    assert "live, manager, test" in found.allowed


def test_hidden_files_and_folders_are_passed_over(folder: Path) -> None:
    (folder / ".#live.yaml").symlink_to("somebody@machine")
    (folder / "schema").mkdir()
    (folder / "README.md").write_text("x")
    assert len(load_fleet(folder).clusters) == 3


def test_file_name_that_cannot_be_shown_is_refused(folder: Path) -> None:
    (folder / "a\nb.yaml").write_text(LIVE)
    report = refused(folder).report()
    assert "a file name that cannot be shown" in report
    assert all(line.isprintable() for line in report.split("\n"))


def test_a_bomb_costs_little_memory(folder: Path) -> None:
    (folder / "live.yaml").write_text(BOMB + "[" * 1_000_000)
    # VmHWM and not ru_maxrss, which a process takes over from the one that started it.
    code = (
        "import sys, pathlib; from modules.settings.load import load_fleet\n"
        "from modules.settings.errors import SettingsError\n"
        "try: load_fleet(pathlib.Path(sys.argv[1]))\n"
        "except SettingsError: print(*[line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=30, check=True,
        env={**os.environ, "PYTHONPATH": str(CLUSTERS.parent)},
    )  # fmt: skip
    assert 0 < int(done.stdout) < 200 * 1024, "kilobytes"

"""How the pinned charts come to hand: from a folder, or once from their repositories."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from modules.release import ChartPin
from tests.conftest import Stacks
from tests.decisions import charts

HELM = f"""#!{sys.executable}
import pathlib, sys
here = pathlib.Path(__file__).parent
arguments = sys.argv[1:]
with (here / "calls").open("a") as calls:
    calls.write(" ".join(arguments[:6]) + "\\n")
target = pathlib.Path(arguments[arguments.index("--untardir") + 1]) / arguments[1]
target.mkdir()
(target / "Chart.yaml").write_text("version: " + arguments[arguments.index("--version") + 1])
sys.exit((here / "fail").exists())
"""


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """A stand-in for helm that writes what it is asked for."""
    path = tmp_path / "helm"
    path.write_text(HELM)
    path.chmod(0o755)
    return path


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[str]:
    """The address of a repository that answers."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "index.yaml").write_text("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def calls(command: Path) -> list[str]:
    path = command.with_name("calls")
    return path.read_text().splitlines() if path.exists() else []


def pin(repository: str, name: str = "some", version: str = "1.2.3") -> ChartPin:
    return ChartPin(name=name, repository=repository, version=version)


def test_a_chart_is_pulled_once_and_another_version_is_another_chart(
    command: Path, repository: str, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    for version in ("1.2.3", "1.2.3", "1.2.4"):
        found = charts.pulled(str(command), [pin(repository, version=version)], cache)
        assert found is not None
        assert (found["some"] / "Chart.yaml").read_text() == f"version: {version}"
    assert calls(command) == [f"pull some --repo {repository} --version {version}" for version in ("1.2.3", "1.2.4")]


def test_repositories_that_failed_are_asked_once_in_a_run(
    command: Path, repository: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    command.with_name("fail").touch()
    for _ in range(2):
        assert charts.pulled(str(command), [pin(repository)], cache) is None
    assert len(calls(command)) == 1
    assert list(cache.glob("some-*")) == list(cache.glob(".partial-*")) == []
    command.with_name("fail").unlink()
    monkeypatch.setattr(charts, "RUN", "the next one")
    assert charts.pulled(str(command), [pin(repository)], cache) is not None


def test_helm_is_not_started_for_a_repository_that_does_not_answer(command: Path, tmp_path: Path) -> None:
    assert charts.pulled(str(command), [pin("http://127.0.0.1:1")], tmp_path / "cache") is None
    assert calls(command) == []


def test_a_named_folder_goes_before_the_repositories(
    command: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(charts.CHARTS_VARIABLE, str(tmp_path))
    found = charts.at_hand(str(command))
    assert found is not None
    assert set(found) == {"fluent-bit", "kube-prometheus-stack", "kuberos", "tigera-operator"}
    assert {path.parent for path in found.values()} == {tmp_path}


def test_pins_are_what_the_stacks_release(synthesized: Stacks) -> None:
    released = {
        (each["chart"], each.get("repository"), each.get("version"))
        for stack in synthesized.values()
        for each in stack["resource"].get("helm_release", {}).values()
        if "repository" in each
    }
    assert released == {(each.name, each.repository, each.version) for each in charts.pins()}

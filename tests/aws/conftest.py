"""One embedded AWS for the tests of this folder, and the life of two stacks beside them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.aws.process import has_ended
from tests.sandbox.at_hand import lacking_aws
from tests.sandbox.server import Environment, client, embedded_aws

ELSEWHERE = "eu-west-1"
"""A region in which no stack of the fleet stands."""
PATIENCE = 1200
"""Seconds that the two stacks get to live; on two cores that do other things as well, 160 pass."""
LAST = (
    "test_account_and_clusters",
    "test_least_privilege",
    "test_standing_estate",
    "test_trust_policies",
)
"""The modules that read what another process wrote."""


class Lifecycle:
    """Another process; it is gone when the test run is, however that ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.aws.lifecycle", str(folder / TOLD)],
                cwd=Path(__file__).resolve().parents[2], stdin=subprocess.PIPE, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def end(self, *, at_once: bool) -> None:
        """Stop what still runs, unless another process of the test run waits for its result."""
        try:
            self.process.wait(0 if at_once else PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


LIFECYCLE = pytest.StashKey[Lifecycle]()
TOLD = "lifecycle.json"


def worker(config: pytest.Config) -> dict[str, Any] | None:
    """Who this is among the processes that share the tests; None where one runs them all."""
    return getattr(config, "workerinput", None)


def folder_of(config: pytest.Config) -> Path:
    """The folder that all processes of this test run know."""
    run = (worker(config) or {}).get("testrunuid", os.getpid())
    return Path(tempfile.gettempdir()) / f"lifecycle-{run}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Read last what takes longest."""
    items.sort(key=lambda item: item.path.stem in LAST)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the long life while the other tests run, where somebody asks for it and it can be had."""
    asked = any("lived" in getattr(item, "fixturenames", ()) for item in session.items)
    first = (worker(session.config) or {}).get("workerid", "gw0") == "gw0"
    if asked and first and not session.config.option.collectonly and lacking_aws() is None:
        session.config.stash[LIFECYCLE] = Lifecycle(folder_of(session.config))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End it."""
    lifecycle = config.stash.get(LIFECYCLE, None)
    if lifecycle is not None:
        lifecycle.end(at_once=worker(config) is None)
        if worker(config) is None:
            shutil.rmtree(lifecycle.folder, ignore_errors=True)


def told_by_the_other(config: pytest.Config) -> dict[str, Any]:
    """Wait for what the other process tells."""
    folder, waited = folder_of(config), 0
    while not (folder / TOLD).is_file():
        ended = has_ended(folder / TOLD)
        log = (folder / "log").read_text() if (folder / "log").is_file() else ""
        assert waited < PATIENCE, log
        assert not ended or (folder / TOLD).is_file(), f"the other process ended without a word: {log}"
        time.sleep(1)
        waited += 1
    told: dict[str, Any] = json.loads((folder / TOLD).read_text())
    if worker(config) is not None:
        shutil.rmtree(folder)
    return told


@pytest.fixture(scope="session")
def lived(pytestconfig: pytest.Config, left_out: list[str]) -> dict[str, Any] | None:
    """What happened to the account stack and a cluster's, from creation to end; None where that cannot be tried."""
    reason = lacking_aws()
    if reason is not None:
        left_out.append(f"deployment, change and end of the AWS stacks: {reason}")
        return None
    told = told_by_the_other(pytestconfig)
    if told["obstacle"]:
        left_out.append(f"{told['obstacle']}; terraform alone deployed, changed and destroyed")
    return told


@pytest.fixture(scope="session")
def resources(lived: dict[str, Any] | None) -> dict[str, list[dict[str, Any]]] | None:
    """What stood in account and cluster, by type."""
    if lived is None:
        return None
    found: dict[str, list[dict[str, Any]]] = {}
    for stack in ("account", "cluster"):
        for each in lived[stack]["state"]["values"]["root_module"]["resources"]:
            if each["mode"] == "managed":
                found.setdefault(each["type"], []).append(each["values"])
    return found


@pytest.fixture(scope="session")
def aws(fleet: Fleet) -> Iterator[Environment]:
    """How to reach the embedded AWS."""
    with embedded_aws(fleet.account.id) as environment:
        yield environment


@pytest.fixture(scope="session")
def elsewhere(aws: Environment) -> Callable[[str], Any]:
    """Clients of services in a region in which no stack stands."""
    return lambda service: client(aws, service, ELSEWHERE)

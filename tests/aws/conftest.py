"""One embedded AWS for the tests of this folder, and the lives of two stacks beside them, by terraform and by the CLI."""

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
from tests.sandbox.at_hand import lacking_aws
from tests.sandbox.server import Environment, client, embedded_aws

ELSEWHERE = "eu-west-1"
"""A region in which no stack of the fleet stands."""
LIVES = {"lived": "lifecycle", "deployed": "cli_lifecycle"}
"""By the fixture that reads it: the module that runs in the other process."""
PATIENCE = 600
"""Seconds that the two stacks get to live; 100 pass on an idle machine."""
LAST = (
    "test_account_and_clusters",
    "test_cdktf_lifecycle",
    "test_least_privilege",
    "test_standing_estate",
    "test_trust_policies",
)
"""The modules that read what another process wrote."""


class Lifecycle:
    """Another process; it is gone when the test run is, however that ends."""

    def __init__(self, module: str, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"tests.aws.{module}", str(folder / f"{module}.json")],
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


LIFECYCLES = pytest.StashKey[list[Lifecycle]]()


def worker(config: pytest.Config) -> dict[str, Any] | None:
    """Who this is among the processes that share the tests; None where one runs them all."""
    return getattr(config, "workerinput", None)


def folder_of(config: pytest.Config, module: str) -> Path:
    """The folder that all processes of this test run know."""
    run = (worker(config) or {}).get("testrunuid", os.getpid())
    return Path(tempfile.gettempdir()) / f"{module}-{run}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Read last what takes longest."""
    items.sort(key=lambda item: item.path.stem in LAST)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the long lives while the other tests run, where somebody asks for them and they can be had."""
    names = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    first = (worker(session.config) or {}).get("workerid", "gw0") == "gw0"
    asked = [module for fixture, module in LIVES.items() if fixture in names]
    if asked and first and not session.config.option.collectonly and lacking_aws() is None:
        session.config.stash[LIFECYCLES] = [Lifecycle(each, folder_of(session.config, each)) for each in asked]


def pytest_unconfigure(config: pytest.Config) -> None:
    """End them."""
    for each in config.stash.get(LIFECYCLES, []):
        each.end(at_once=worker(config) is None)
        if worker(config) is None:
            shutil.rmtree(each.folder, ignore_errors=True)


def result_of(config: pytest.Config, module: str) -> dict[str, Any]:
    """Wait for what another process tells."""
    folder, waited = folder_of(config, module), 0
    while not (folder / f"{module}.json").is_file():
        log = (folder / "log").read_text() if (folder / "log").is_file() else ""
        assert waited < PATIENCE, log
        assert "Traceback" not in log, log
        time.sleep(1)
        waited += 1
    told: dict[str, Any] = json.loads((folder / f"{module}.json").read_text())
    if worker(config) is not None:
        shutil.rmtree(folder)
    return told


@pytest.fixture(scope="session")
def lived(pytestconfig: pytest.Config, left_out: list[str]) -> dict[str, Any] | None:
    """What happened to the account stack and a cluster's, from apply to destroy; None where that cannot be tried."""
    reason = lacking_aws()
    if reason is not None:
        left_out.append(f"apply, change and destroy of the AWS stacks: {reason}")
        return None
    return result_of(pytestconfig, LIVES["lived"])


@pytest.fixture(scope="session")
def deployed(pytestconfig: pytest.Config, left_out: list[str]) -> dict[str, Any] | None:
    """What the stock CLI made of the account stack and a cluster's; None where that cannot be tried."""
    reason = lacking_aws()
    told: dict[str, Any] = {"obstacle": reason} if reason else result_of(pytestconfig, LIVES["deployed"])
    if "obstacle" in told:
        left_out.append(f"deployment by the stock cdktf CLI: {told['obstacle']}")
        return None
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

"""What tests share: the committed fleet, what it synthesizes to, and the same for fleets that a test changes."""

from __future__ import annotations

import copy
import fcntl
import functools
import gc
import hashlib
import json
import os
import pickle
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from xdist.remote import Producer

from modules.settings.fleet import Fleet
from modules.settings.load import SHARED, load_fleet
from tests import scheduling, toolchain
from tests.needs import NEEDS, unmet

ROOT = Path(__file__).resolve().parents[1]
CLUSTERS = ROOT / "clusters"

Stacks = dict[str, dict[str, Any]]
"""The parsed `cdk.tf.json` of each stack by the stack's name."""
Variant = Callable[[dict[str, Any]], Stacks]
"""A function from a fleet as plain data to its stacks."""


def synthesize(fleet: Fleet, outdir: Path) -> Stacks:
    """Write `fleet` to `outdir` and return what was written."""
    from modules import app

    app.synthesize(fleet, outdir)
    return read_stacks(outdir)


def read_stacks(outdir: Path) -> Stacks:
    """Return the stacks that lie in `outdir`, at least one."""
    stacks = {path.parent.name: json.loads(path.read_text()) for path in sorted(outdir.glob("stacks/*/cdk.tf.json"))}
    assert stacks, f"no stack in {outdir}"
    return stacks


LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the list of what this run leaves out; look for no garbage while the tests are collected, there is none."""
    gc.disable()
    # A shell's background job ignores interrupts, and so would all that the tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[LEFT_OUT] = []


def pytest_sessionstart(session: pytest.Session) -> None:
    """End a run that would leave out what REQUIRE names."""
    lacking = [] if hasattr(session.config, "workerinput") else unmet(os.environ.get("REQUIRE", ""))
    if lacking:
        raise pytest.UsageError("\n".join(("REQUIRE names what is not here:", *lacking)))


@pytest.fixture(scope="session")
def left_out(pytestconfig: pytest.Config) -> list[str]:
    """The list to which a test adds one line for what it could not check here; it is shown at the end of the run."""
    return pytestconfig.stash[LEFT_OUT]


@pytest.hookimpl(tryfirst=True)  # the folders' own hooks put some of their tests last
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and say, what cannot run here; begin with what takes longest."""
    for fixture, lacking in NEEDS.items():
        concerned = [item for item in items if fixture in getattr(item, "fixturenames", ())]
        reason = lacking() if concerned else None
        if reason:
            config.stash[LEFT_OUT].append(f"{reason}; {len(concerned)} tests")
            config.hook.pytest_deselected(items=concerned)
            gone = set(concerned)
            items[:] = [item for item in items if item not in gone]
    items.sort(key=lambda item: _place(item.path))


@functools.cache
def _place(file: Path) -> int:
    return scheduling.place(file.relative_to(ROOT).as_posix())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> scheduling.ByFolderAndFile:
    """Have the workers share the tests as their folders and files belong together."""
    return scheduling.ByFolderAndFile(config, log)


def pytest_collection_finish() -> None:
    """Look for garbage rarely, since every estate is thousands of objects, and never among what stays anyway."""
    gc.freeze()
    gc.set_threshold(6_000_000, 20, 100)  # a worker grows to 1.5 GB, and takes a tenth less of the time
    gc.enable()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's list of what it left out to the main process."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        lines: list[str] = session.config.stash[LEFT_OUT]
        output["left_out"] = lines


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker left out."""
    lines: list[str] = node.config.stash[LEFT_OUT]
    lines += getattr(node, "workeroutput", {}).get("left_out", [])


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """Let pytest, which looks for garbage five times at the end, find nothing to look at: it would take seconds."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out, so that a silent gap never looks like a proof."""
    lines: list[str] = config.stash[LEFT_OUT]
    for line in dict.fromkeys(lines):
        terminalreporter.write_line(f"left out: {line}", yellow=True)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def evaluator() -> Path:
    """Prometheus's rule engine: scenarios in, alerts out."""
    found = toolchain.locate("alert-evaluator")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    """Settings of the committed fleet."""
    return load_fleet(CLUSTERS)


@functools.cache
def _committed() -> bytes:
    data: dict[str, Any] = {name: yaml.safe_load((CLUSTERS / f"{name}.yaml").read_text()) for name in SHARED}
    files = sorted(path for path in CLUSTERS.glob("*.yaml") if path.stem not in SHARED)
    return pickle.dumps(data | {"clusters": [yaml.safe_load(path.read_text()) for path in files]})


def committed_fleet() -> dict[str, Any]:
    """Return the committed fleet as plain data of the caller's own; YAML takes long to read and is read once."""
    data: dict[str, Any] = pickle.loads(_committed())
    return data


@pytest.fixture
def fleet_data() -> dict[str, Any]:
    """The committed fleet as plain data, for a test to change and hand to `variant` or `Fleet.model_validate`."""
    return committed_fleet()


def only(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """Leave these clusters alone in a fleet, and return it: each other takes long to synthesize."""
    data["clusters"] = [each for each in data["clusters"] if each["name"] in names]
    assert len(data["clusters"]) == len(names)
    return data


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the workers of one run leave what the others need too."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def synthesize_once(shared_folder: Path) -> Callable[[Fleet], Path]:
    """A function from a fleet to the folder that holds its output; workers of one run share what one of them wrote."""

    def folder_of(fleet: Fleet) -> Path:
        key = hashlib.sha256(fleet.model_dump_json().encode()).hexdigest()[:16]
        folder = shared_folder / f"fleet-{key}"
        with (shared_folder / f"fleet-{key}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "manifest.json").exists():
                synthesize(fleet, folder)
        return folder

    return folder_of


@pytest.fixture(scope="session")
def synthesized_folder(fleet: Fleet, synthesize_once: Callable[[Fleet], Path]) -> Path:
    """The folder that the committed fleet was synthesized to, laid out like `terraform-out`; read it only."""
    return synthesize_once(fleet)


@pytest.fixture(scope="session")
def synthesized(synthesized_folder: Path) -> Stacks:
    """The stacks of the committed fleet; a test that changes them works on a copy."""
    return read_stacks(synthesized_folder)


@pytest.fixture(scope="session")
def variant(synthesize_once: Callable[[Fleet], Path]) -> Variant:
    """A function from a fleet as plain data to its stacks; each different fleet is synthesized once per session."""
    known: dict[str, Stacks] = {}

    def synthesize_variant(data: dict[str, Any]) -> Stacks:
        key = json.dumps(data, sort_keys=True, default=str)
        if key not in known:
            known[key] = read_stacks(synthesize_once(Fleet.model_validate(data)))
        return copy.deepcopy(known[key])

    return synthesize_variant

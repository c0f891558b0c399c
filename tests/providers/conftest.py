"""Every stack that the project writes, and the providers that this machine has for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from modules.settings.load import load_fleet
from tests.providers.batches import BATCHES, Broken, broken_fleet
from tests.providers.planning import Planned, plan
from tests.sandbox.at_hand import lacking_aws, providers_for
from tests.sandbox.fleet import sandboxed, synthesize
from tests.sandbox.plan import stacks_of
from tests.sandbox.terraform import Providers, missing_terraform, required_providers
from tests.thorough import THOROUGH

ROOT = Path(__file__).resolve().parents[2]
ADR = ROOT / "tests" / "fixtures" / "adr-2021"
OF_THE_ADR = "adr-2021-"
"""What the names of the fixture's stacks begin with here."""
BROKEN = "broken-"
"""What the names of the stacks begin with here to which violations were done."""
MADE = "manager"
"""The cluster of which `make plan` is run."""


def for_aws_alone(stacks: Mapping[str, Path]) -> dict[str, Path]:
    """Return the stacks that need no other provider."""
    return {
        name: folder
        for name, folder in stacks.items()
        if {each["source"] for each in required_providers(folder).values()} == {"hashicorp/aws"}
    }


@pytest.fixture(scope="session")
def stacks(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders of all stacks, those of the ADR's fixture marked."""
    found: dict[str, Path] = {}
    for prefix, each in (("", fleet), (OF_THE_ADR, load_fleet(ADR))):
        for folder in sorted(synthesize(sandboxed(each), tmp_path_factory.mktemp("validate") / "out").iterdir()):
            found[f"{prefix}{folder.name}"] = folder
    return found


@pytest.fixture(scope="session")
def providers(stacks: dict[str, Path]) -> Providers:
    """The provider packages that this machine has or can fetch."""
    if missing_terraform():
        return Providers({}, None)
    return providers_for(stacks.values())


@pytest.fixture(scope="session")
def made_plans(
    providers: Providers, tmp_path_factory: pytest.TempPathFactory, left_out: list[str]
) -> dict[str, dict[str, Any]]:
    """What `make plan` could plan here of one cluster, by stack."""
    build = tmp_path_factory.mktemp("plan") / "build"
    # What was fetched once is not fetched again.
    mirror = {} if providers.mirror is None else {"TF_PROVIDER_MIRROR": str(providers.mirror)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.plan", MADE, "--build", str(build)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=400, env={**os.environ, **mirror},
    )  # fmt: skip
    found = {path.stem: json.loads(path.read_text()) for path in sorted((build / "plans").glob("*.json"))}
    said = [line for line in done.stderr.splitlines() if line.startswith(("left out: ", "cannot plan: "))]
    left_out.extend(f"plan of {line.partition(': ')[2]}" for line in said)
    assert done.returncode == (0 if found else 2), done.stderr
    missing = set(stacks_of(MADE)) - found.keys()
    assert not missing or len(said) >= (len(missing) if found else 1), done.stderr
    assert done.stdout.splitlines() == [line for line in done.stdout.splitlines() if " to create; " in line]
    assert len(done.stdout.splitlines()) == len(found)
    return found


@pytest.fixture(scope="session")
def broken(stacks: dict[str, Path]) -> Broken:
    """The committed fleet as the sandbox has it, broken in every way of `BATCHES`."""
    return broken_fleet({name: folder for name, folder in stacks.items() if not name.startswith(OF_THE_ADR)})


@pytest.fixture(scope="session")
def planned(
    fleet: Fleet, stacks: dict[str, Path], broken: Broken, providers: Providers, tmp_path_factory: pytest.TempPathFactory,
) -> Planned:  # fmt: skip
    """What terraform plans for all that AWS alone serves, committed and broken."""
    if lacking_aws() is not None:
        return Planned({}, {}, "")
    texts = {name: (folder / "cdk.tf.json").read_text() for name, folder in for_aws_alone(stacks).items()}

    def folder_of(name: str, text: str) -> Path:
        folder = tmp_path_factory.mktemp("planned") / name
        folder.mkdir()
        (folder / "cdk.tf.json").write_text(text)
        return folder

    folders = {name: folder_of(name, text) for name, text in texts.items()}
    folders |= {f"{BROKEN}{name}": folder_of(name, json.dumps(broken.stacks[name])) for name in BATCHES}
    plain, spoilt = folder_of(MADE, texts[MADE]), folder_of("account", with_an_unknown_argument(texts["account"]))
    return plan(fleet, folders, {MADE: plain} if THOROUGH else {}, spoilt, providers)


def with_an_unknown_argument(stack: str) -> str:
    """Return a stack in which one argument, deep in it, is one that no provider knows."""
    content = json.loads(stack)
    next(iter(content["resource"]["aws_cloudwatch_log_group"].values()))["retention"] = 1
    return json.dumps(content, indent=2)

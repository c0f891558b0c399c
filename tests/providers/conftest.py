"""Every stack that the project writes, and the providers that this machine has for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from modules.settings.load import load_fleet
from tests.sandbox.at_hand import providers_for
from tests.sandbox.fleet import sandboxed, synthesize
from tests.sandbox.plan import stacks_of
from tests.sandbox.terraform import Providers, missing_terraform

ROOT = Path(__file__).resolve().parents[2]
ADR = ROOT / "tests" / "fixtures" / "adr-2021"
OF_THE_ADR = "adr-2021-"
"""What the names of the fixture's stacks begin with here."""
MADE = "manager"
"""The cluster of which `make plan` is run."""


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

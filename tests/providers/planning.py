"""Plans stacks as new ones in the sandbox's AWS, in a process of its own: moto keeps one AWS for all of a process."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from modules.settings.fleet import Fleet
from tests.sandbox.fleet import sandboxed
from tests.sandbox.kubernetes import empty_kubernetes
from tests.sandbox.narrowed import standing_by
from tests.sandbox.server import Environment, embedded_aws, furnish, furnish_predecessors
from tests.sandbox.terraform import Providers, Terraform, TerraformError

PATIENCE: Final = 300
"""Seconds that the plans get; 10 pass on an idle machine."""

Documents = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Planned:
    """What terraform says of stacks of AWS alone; empty where it could not be asked."""

    standing_by: Documents
    """The plans of all, with a provider that stands by."""
    plain: Documents
    """Those that are made as well with a provider that terraform starts itself."""
    refusal: str
    """What it says to an argument that no provider knows."""


def plan(
    fleet: Fleet, stacks: Mapping[str, Path], plain: Mapping[str, Path], spoilt: Path, providers: Providers
) -> Planned:
    """Plan stacks where all is as `fleet` finds it; `spoilt` is validated alone, and refused."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        asked = process.submit(_planned, sandboxed(fleet), dict(stacks), dict(plain), spoilt, providers)
        return asked.result(PATIENCE)


def _planned(
    fleet: Fleet, stacks: dict[str, Path], plain: dict[str, Path], spoilt: Path, providers: Providers
) -> Planned:
    gc.disable()  # a short life, in which nearly nothing becomes garbage
    with embedded_aws(fleet.account.id) as aws, empty_kubernetes(fleet.clusters[0].kubernetes_version) as kubernetes:
        furnish(aws, fleet)
        furnish_predecessors(aws, fleet, kubernetes)

        def terraform(folder: Path, provider: Environment) -> Terraform:
            return Terraform.ready(folder, providers=providers, environment=aws | provider)

        with standing_by(providers, stacks.values(), aws) as provider:
            try:
                refusal = terraform(spoilt, provider).run("validate", "-no-color")
            except TerraformError as error:
                refusal = str(error)
            made = {name: terraform(folder, provider).plan() for name, folder in stacks.items()}
        return Planned(made, {name: terraform(folder, {}).plan() for name, folder in plain.items()}, refusal)

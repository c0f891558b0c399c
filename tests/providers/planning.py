"""Plans stacks as new ones in the sandbox's AWS, in a process of its own: moto keeps one AWS for all of a process."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from modules.settings.fleet import Fleet
from tests.sandbox.fleet import sandboxed
from tests.sandbox.kubernetes import empty_kubernetes
from tests.sandbox.narrowed import standing_by
from tests.sandbox.server import Environment, embedded_aws, furnish, furnish_predecessors
from tests.sandbox.terraform import Providers, Terraform

PATIENCE: Final = 300
"""Seconds that the plans get; 10 pass on an idle machine."""

Documents = dict[str, dict[str, Any]]


def plan(
    fleet: Fleet, stacks: Mapping[str, Path], plain: Mapping[str, Path], providers: Providers
) -> tuple[Documents, Documents]:
    """Return what terraform plans for stacks of AWS alone, where all is as `fleet` finds it.

    For `plain` it starts its provider for each command, as it would anywhere; for `stacks` one stands by.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_planned, sandboxed(fleet), dict(stacks), dict(plain), providers).result(PATIENCE)


def _planned(
    fleet: Fleet, stacks: dict[str, Path], plain: dict[str, Path], providers: Providers
) -> tuple[Documents, Documents]:
    with embedded_aws(fleet.account.id) as aws, empty_kubernetes(fleet.clusters[0].kubernetes_version) as kubernetes:
        furnish(aws, fleet)
        furnish_predecessors(aws, fleet, kubernetes)

        def plans_of(folders: Mapping[str, Path], provider: Environment) -> Documents:
            return {
                name: Terraform.ready(folder, providers=providers, environment=aws | provider).plan()
                for name, folder in folders.items()
            }

        with standing_by(providers, stacks.values(), aws) as provider:
            return plans_of(stacks, provider), plans_of(plain, {})

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
from tests.sandbox.server import embedded_aws, furnish, furnish_predecessors
from tests.sandbox.terraform import Providers, Terraform

PATIENCE: Final = 300
"""Seconds that the plans get; 20 pass on an idle machine."""

Documents = dict[str, dict[str, Any]]


def plan(fleet: Fleet, folders: Mapping[str, Path], providers: Providers) -> Documents:
    """Return what terraform plans for stacks of `fleet`, which stand in `folders` by their names."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_planned, sandboxed(fleet), dict(folders), providers).result(PATIENCE)


def _planned(fleet: Fleet, folders: dict[str, Path], providers: Providers) -> Documents:
    with embedded_aws(fleet.account.id) as aws, empty_kubernetes(fleet.clusters[0].kubernetes_version) as kubernetes:
        furnish(aws, fleet)
        furnish_predecessors(aws, fleet, kubernetes)
        return {
            name: Terraform.ready(folder, providers=providers, environment=aws).plan()
            for name, folder in folders.items()
        }

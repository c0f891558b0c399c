"""Servers of one session, and the fleet's cluster applied to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Stacks
from tests.decisions.rendering import Helm, helm_command
from tests.live.agents import Agents, install
from tests.live.applied import Applied, apply
from tests.live.emitted_objects import Sequence, sequence
from tests.live.nodes import join, nodes_of
from tests.live.servers import Servers, running
from tests.needs import HELM, HELM_AND_CHARTS

CLUSTER = "live"
"""The committed cluster whose promises are kept here: it has tenants."""
SMALL_CLUSTER = "test"
"""A committed cluster with the same node groups, of fewer nodes."""


@pytest.fixture(scope="session")
def oidc(synthesized: Stacks) -> dict[str, Any]:
    """The login that the cluster's emitted identity provider config describes."""
    (config,) = synthesized[CLUSTER]["resource"]["aws_eks_identity_provider_config"].values()
    block: dict[str, Any] = config["oidc"]
    return block


@pytest.fixture(scope="package")
def servers(oidc: dict[str, Any]) -> Iterator[Servers]:
    """Kubernetes's servers, started once; they end with the last test here, since even at rest they cost time."""
    with running(oidc) as started:
        yield started


@pytest.fixture(scope="session")
def charts(left_out: list[str]) -> Helm | None:
    """Helm with the real charts, or None, which is said."""
    found = Helm.at_hand()
    if found is None:
        left_out.append(
            f"real charts against the API server, and Calico's own CRDs, for which bare ones stand: needs {HELM_AND_CHARTS}"
        )
    return found


@pytest.fixture(scope="session")
def emitted(synthesized: Stacks, synthesized_folder: Path, charts: Helm | None, left_out: list[str]) -> Sequence:
    """What the cluster's workloads stack makes in Kubernetes."""
    if helm_command() is None:
        left_out.append(f"what the project's own chart renders, against the API server: needs {HELM}")
    name = f"{CLUSTER}-workloads"
    return sequence(synthesized_folder / "stacks" / name, synthesized[name], charts)


@pytest.fixture(scope="package")
def applied(servers: Servers, emitted: Sequence) -> Applied:
    """The cluster's objects, applied twice over to the servers."""
    return apply(servers.admin, emitted)


@pytest.fixture(scope="package")
def nodes(servers: Servers, applied: Applied, synthesized: Stacks) -> list[dict[str, Any]]:
    """The nodes of the small committed cluster, in the cluster under test: as many as one machine can fill."""
    found = list(nodes_of(synthesized[SMALL_CLUSTER]))
    join(servers.admin, found)
    return found


@pytest.fixture(scope="package")
def agents(servers: Servers, applied: Applied, nodes: list[dict[str, Any]], synthesized: Stacks) -> Agents:
    """The platform's own pods on those nodes."""
    return install(servers.admin, applied, synthesized[f"{CLUSTER}-workloads"])

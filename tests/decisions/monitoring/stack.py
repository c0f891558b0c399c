"""What the monitoring stack of a cluster emits."""

from __future__ import annotations

from tests.conftest import Stacks
from tests.decisions.emitted import Json, resources, values_of

CLUSTERS = ("live", "manager", "test")


def stack_of(stacks: Stacks, cluster: str = "live") -> Json:
    return stacks[f"{cluster}-workloads"]


def release_of(stacks: Stacks, cluster: str = "live") -> Json:
    return resources(stack_of(stacks, cluster), "helm_release")["monitoring"]


def monitoring(stacks: Stacks, cluster: str = "live") -> Json:
    return values_of(stack_of(stacks, cluster), release_of(stacks, cluster))

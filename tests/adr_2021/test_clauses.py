"""Every clause of the ADR has a test, and the fixture is the fleet that the ADR words."""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.adr_2021.clauses import CLAUSES, Stacks, held, holds


@holds("What's proposed", "Use Amazon EKS for running the main cluster")
def test_the_main_cluster_is_on_eks(stacks: Stacks) -> None:
    assert set(stacks) == {"identity", "account", "live-login", "live", "live-workloads"}
    (eks,) = stacks["live"]["resource"]["aws_eks_cluster"].values()
    assert (eks["name"], eks["version"]) == ("live", "1.21")


def test_every_clause_is_held_by_a_test() -> None:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"tests.adr_2021.{path.stem}")
    assert [clause for clause in CLAUSES if clause not in held()] == []

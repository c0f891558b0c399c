"""Every clause is the ADR's, no decision is without one, each has a test, and the fixture is the fleet that the ADR words.

The ADR lies beside the fixture, byte for byte as the organisation accepted it.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adr_2021.clauses import CLAUSES, Clause, Stacks, held, holds
from tests.adr_2021.conftest import FIXTURE

ADR = FIXTURE / "022-EKS.md"
SHA256 = "b672fff1e19124d88ac6ffb1bbf3b44bb6ba634f1267c81c708156680350aa92"
HEADING = re.compile(r"(#+) (.+)")
CHOSEN = re.compile(r"^\*\*Chosen:\*\* (.+)$", re.MULTILINE)


def sections() -> Iterator[tuple[str, str]]:
    """Yield each heading of the ADR and what stands below it, up to the next of its rank or above."""
    lines = ADR.read_text(encoding="utf-8").splitlines()
    headings = [(number, found[1], found[2]) for number, line in enumerate(lines) if (found := HEADING.fullmatch(line))]
    for index, (number, rank, heading) in enumerate(headings):
        ends = (start for start, other, _ in headings[index + 1 :] if len(other) <= len(rank))
        yield heading, "\n".join(lines[number + 1 : next(ends, len(lines))])


def test_the_adr_is_the_accepted_one() -> None:
    assert hashlib.sha256(ADR.read_bytes()).hexdigest() == SHA256


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: f"{clause.heading}: {clause.words}")
def test_a_clause_is_the_adrs(clause: Clause) -> None:
    found = [text for heading, text in sections() if heading == clause.heading]
    assert len(found) == 1
    assert clause.words in found[0]


def test_no_decision_is_without_a_clause() -> None:
    decided = {clause.heading for clause in CLAUSES} - {"PSP Deprecation"}
    chosen = [(heading, line) for heading, text in sections() if heading in decided for line in CHOSEN.findall(text)]
    assert len(chosen) == len(CHOSEN.findall(ADR.read_text(encoding="utf-8"))) > 15
    without = [
        line
        for heading, line in chosen
        if not any(clause.heading == heading and clause.words in line for clause in CLAUSES)
    ]
    assert without == []


@holds("What’s proposed", "Use Amazon EKS for running the main cluster")
def test_the_main_cluster_is_on_eks(stacks: Stacks) -> None:
    assert set(stacks) == {"identity", "account", "live-login", "live", "live-workloads"}
    (eks,) = stacks["live"]["resource"]["aws_eks_cluster"].values()
    assert (eks["name"], eks["version"]) == ("live", "1.21")


def test_every_clause_is_held_by_a_test() -> None:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"tests.adr_2021.{path.stem}")
    assert [clause for clause in CLAUSES if clause not in held()] == []

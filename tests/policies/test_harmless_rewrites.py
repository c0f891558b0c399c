"""Output that says the same in other words is no violation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.policies.harmless import REWRITES, Rewrite, aws, workloads
from tests.policies.judged import failed, judge
from tests.policies.reuse import Committed
from tests.violations.catalogue import Stacks


def test_every_rewrite_is_tried() -> None:
    assert {each.__module__ for each in REWRITES} == {aws.__name__, workloads.__name__}


@pytest.mark.parametrize("layer", ["synth", "plan"])
@pytest.mark.parametrize("function", REWRITES, ids=lambda each: each.__name__)
def test_other_words_are_no_violation(
    function: Rewrite, layer: str, synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed
) -> None:
    stacks = Stacks(synthesized)
    function(stacks)
    rewritten = stacks.concerned(synthesized)
    before = {name: each for name, each in synthesized.items() if name in rewritten}
    assert json.dumps(rewritten) != json.dumps(before), "nothing is rewritten"
    plans = {name: committed.plan(name, each) for name, each in rewritten.items()} if layer == "plan" else {}
    if rewritten == before:  # in another order, which is nothing that is noted
        report = judge(rewritten, plans, synthesized_folder)
    else:
        report = committed.reuse(layer).judge(rewritten, plans, synthesized_folder)
        assert report.results
    assert failed(report) == {}

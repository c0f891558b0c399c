"""Output that says the same in other words is no violation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.policies.harmless import REWRITES, Rewrite, aws, workloads
from tests.policies.judged import failed, judge
from tests.violations.catalogue import Stacks
from tests.violations.planned import plan_of


def test_every_rewrite_is_tried() -> None:
    assert {each.__module__ for each in REWRITES} == {aws.__name__, workloads.__name__}


@pytest.mark.parametrize("layer", ["synth", "plan"])
@pytest.mark.parametrize("function", REWRITES, ids=lambda each: each.__name__)
def test_other_words_are_no_violation(
    function: Rewrite, layer: str, synthesized: dict[str, Any], synthesized_folder: Path
) -> None:
    stacks = Stacks(synthesized)
    function(stacks)
    assert json.dumps(dict(stacks)) != json.dumps(synthesized), "nothing is rewritten"
    plans = {name: plan_of(name, each) for name, each in stacks.items()} if layer == "plan" else {}
    assert failed(judge(stacks, plans, synthesized_folder)) == {}

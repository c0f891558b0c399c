"""D02, the code itself: what it does when it runs, against an Auth0 and a GitHub that lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from policies import parameters
from policies.engine import Attribute, Finding, NotApplicable, Resource, Shared, control
from policies.engine.control import Judge
from policies.engine.login_code import LoginCode, NodeMissing, Problem, Secrets, Verdict, begin, judge_login_code
from policies.login.flow import bound_actions

_ADR = "Auth"
_ORDER = ("contained", "members-only", "own-teams", "fail-closed", "no-back-door")
"""Kinds of problems: where an earlier one is found, the later ones say nothing of their own."""


def login_code(shared: Shared) -> tuple[LoginCode | None, list[Resource]]:
    """Return the code that a login runs, in order, and the resources that hold it; None where there is none."""
    if actions := bound_actions(shared):
        steps = tuple(each["code"].text() or "" for each in actions)
        return LoginCode("actions", steps, tuple(_secrets(each) for each in actions)), actions
    rules = [each for each in shared.resources("auth0_rule") if each["enabled"].flag() is not False]
    rules.sort(key=lambda each: each["order"].number() or 0)
    if not rules:
        return None, []
    configuration = {
        each["key"].text() or "": each["value"].text() or "" for each in shared.resources("auth0_rule_config")
    }
    steps = tuple(each["script"].text() or "" for each in rules)
    return LoginCode("rules", steps, configuration=tuple(sorted(configuration.items()))), rules


def _secrets(action: Resource) -> Secrets:
    """Return the secrets that one Action declares, which no other Action sees."""
    declared = {
        secret["name"].text() or "": _literal(secret["value"])
        for name in ("secrets_wo", "secrets")
        for secret in action[name].blocks()
    }
    return tuple(sorted(declared.items()))


def _literal(value: Attribute) -> str | None:
    return value.text() if value.known else None


def _begin(shared: Shared) -> None:
    """Start running the code, while other controls judge."""
    code, _ = login_code(shared)
    if code is not None:
        begin(code)


def _judged(shared: Shared) -> Iterator[Finding] | tuple[Verdict, list[Resource]]:
    code, resources = login_code(shared)
    if code is None:
        return iter([shared.finding("no code decides on logins", expected="login Actions, bound")])
    try:
        return judge_login_code(code), resources
    except NodeMissing as error:
        return iter([shared.finding(f"the login code cannot be run: {error}", unknown=True)])


def _behaviour(kind: str, title: str, doc: str, remediation: str) -> None:
    """Register the control on one kind of problem."""

    def judge(shared: Shared) -> Iterator[Finding]:
        outcome = _judged(shared)
        if not isinstance(outcome, tuple):
            if kind == "members-only":
                yield from outcome
                return
            raise NotApplicable("D02-members-only says why the code could not be judged")
        verdict, resources = outcome
        found = {each.kind for each in verdict.problems}
        first = next((each for each in _ORDER if each in found), None)
        if kind not in found and first is not None and _ORDER.index(kind) > _ORDER.index(first):
            raise NotApplicable(f"the code fails D02-{first}, beyond which it was not tried")
        for problem in verdict.problems:
            if problem.kind == kind:
                yield _finding(problem, resources)

    judge.__module__ = __name__
    judge.__doc__ = doc
    _register(f"D02-{kind}", title, remediation)(judge)


def _register(control_id: str, title: str, remediation: str) -> Callable[[Judge], Judge]:
    return control(
        id=control_id,
        title=title,
        severity="critical",
        scope="shared",
        reads=("identity",),
        remediation=remediation,
        references=(_ADR,),
        begins=_begin,
    )


def _finding(problem: Problem, resources: list[Resource]) -> Finding:
    names = ", ".join(each.address for each in resources)
    return resources[0].finding(f"{names}: {problem.message}", found=problem.message, expected="see the title")


_behaviour(
    "contained",
    "The login code talks to the tenant and to GitHub's API alone, and ends in time",
    "A request to another host, a module, a file, a process or text made into code is a breach, whether or not it works.",
    "Use fetch on the two hosts; take everything else out.",
)
_behaviour(
    "members-only",
    f"Active members of {parameters.ORGANISATION} get in by GitHub, and nobody else does",
    "The code is run for members and for others: look-alike organisations, invitations, leavers, linked accounts, other connections.",
    "Deny unless GitHub says that the user of this login is an active member, and return.",
)
_behaviour(
    "fail-closed",
    "Whatever GitHub or Auth0 fails to answer, nobody gets in by it and no team is lost",
    "Errors, limits, silence, HTML, nulls, redirects and cut answers from each address that the code asks, at each turn.",
    "Deny and return on every answer that is not what was asked for; await every promise.",
)
_behaviour(
    "own-teams",
    "The claim holds the bare slugs of the user's teams in the organisation, all of them and nothing else",
    "Teams of other organisations, hundreds of them, short pages, foreign links, broken entries; no other claim is written.",
    "Read every page of /user/teams and keep the slugs of the organisation's own.",
)
_behaviour(
    "no-back-door",
    "Nothing that a login carries, no date and no chance changes who gets in or with what",
    "Each field that the code reads is set to each text of the code, for one who is no member and one who is.",
    "Take the exception out of the code.",
)


@control(
    id="D02-gate-first",
    title="The organisation is checked before teams are read",
    severity="high",
    scope="shared",
    reads=("identity",),
    remediation="Bind the Action that only checks the organisation before the one that writes the claim.",
    references=(_ADR,),
    begins=_begin,
)
def gate_first(shared: Shared) -> Iterator[Finding]:
    """What each step does is seen when it runs, so a new name or place does not hide the order."""
    outcome = _judged(shared)
    if not isinstance(outcome, tuple):
        raise NotApplicable("D02-members-only says why the code could not be judged")
    verdict, resources = outcome
    if not any(each.claims or each.denies for each in verdict.steps):
        raise NotApplicable("no step denies or writes a claim, which D02-members-only reports")
    writer = next((number for number, each in enumerate(verdict.steps) if each.claims), len(resources))
    for step, resource in list(zip(verdict.steps, resources, strict=True))[writer:]:
        if step.denies and not step.claims:
            yield resource.finding("checks the organisation after teams were written", expected="before")

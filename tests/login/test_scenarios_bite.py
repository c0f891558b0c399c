"""Each precaution of the login code is taken out, and a scenario that is named here must notice."""

from __future__ import annotations

import pytest

from tests.login.engine import Engine, LoginCode, run, verdict_problems
from tests.login.scenarios import CLAIM, SCENARIOS

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
BREAKS = [
    ('body.state !== "active"', "false", "invited, not yet a member"),
    ('body.state !== "active"', "!body.state", "invited, not yet a member"),
    ("one.toLowerCase() === other.toLowerCase()", "one.startsWith(other)", "organisation of a similar name"),
    ("one.toLowerCase() === other.toLowerCase()", "other.startsWith(one)", "organisation whose name is a part"),
    ("one.toLowerCase() === other.toLowerCase()", "one === other", "organisation in another case"),
    ("one.toLowerCase() === other.toLowerCase()", "one.trim() === other", "organisation whose name is padded"),
    ("response.status !== 200", "false", "membership: server error with a membership"),
    ("response.status !== 200", "response.status === 404", "membership: server error with a membership"),
    ('typeof granted !== "string"', "true", "missing scope"),
    ('typeof granted !== "string"', "!granted", "no scope at all"),
    ("scopes.includes(scope)", "granted.includes(scope)", "scope that only contains the name"),
    ("requireScope(answer.headers);", "", "teams: missing scope"),
    ("usable.length !== 1", "usable.length === 0", "two GitHub accounts, one of them not of this login"),
    (' && identity.connection === connection', "", "identity of another connection"),
    ('identity.provider === "github" && ', "", "identity of another provider"),
    ('connection.strategy !== "github"', 'connection.strategy === "auth0"', "connection of strategy google-oauth2"),
    ('connectionStrategy !== "github"', 'connectionStrategy === "auth0"', "connection of strategy google-oauth2"),
    ("page <= MAX_PAGES", "page <= 2", "small pages"),
    ("body.length >= PAGE_SIZE || ", "", "full pages without a link"),
    ('/\\brel="?next"?/.test(headers.get("link") || "")', "false", "small pages"),
    ('/\\brel="?next"?/.test', "/rel/.test", "a link beside the next one"),
    ("if (!more) return", "if (!more || body.length === 0) return", "an empty page in between"),
    ('if (!Array.isArray(body)) throw new Refusal("no list of teams");', "if (!Array.isArray(body)) return [];", "teams: null"),
    ("return sameLogin(team.organization && team.organization.login, organisation);", "return true;", "teams of other organisations"),
    (' || !TEAM_SLUG.test(team.slug)', "", "slugs that are none"),
    ("if (!team || ", "if (", "null and broken entries"),
    ('typeof team.slug !== "string" || ', "", "null and broken entries"),
    (".length > MAX_GROUPS_LENGTH", ".length < 0", "more teams than a token carries"),
    ("new Set()", "Object.assign([], { add(slug) { this.push(slug); } })", "a team named twice"),
    ("encodeURIComponent(event.user.user_id)", "event.user.user_id", "user id that needs encoding"),
    ('throw new Refusal("no user")', "0", "user without id"),
    ('redirect: "error", signal', "signal", "membership: redirect to a membership"),
    ('api.access.deny(', '(() => {})(', "not a member"),
    ("callback(refusal(error))", "callback(null, user, context)", "not a member"),
]  # fmt: skip


def broken_code(code: LoginCode, sound: str, broken: str) -> LoginCode:
    return code.with_steps([step.replace(sound, broken) for step in code.steps])


@pytest.fixture(scope="session")
def noticed(codes: dict[Engine, LoginCode]) -> dict[int, list[bool]]:
    """For each break, by its position: whether its scenario notices it, in every engine whose code it changes."""
    found: dict[int, list[bool]] = {number: [] for number in range(len(BREAKS))}
    for engine, code in codes.items():
        mutants = {
            number: (broken_code(code, sound, broken), [BY_NAME[noticed_by]])
            for number, (sound, broken, noticed_by) in enumerate(BREAKS)
            if engine in BY_NAME[noticed_by].engines and broken_code(code, sound, broken) != code
        }
        for (number, (_, (scenario,))), (steps,) in zip(mutants.items(), run(list(mutants.values())), strict=True):
            found[number].append(bool(verdict_problems(scenario, steps, CLAIM)))
    return found


@pytest.mark.parametrize("number", range(len(BREAKS)), ids=[f"{sound}->{broken}" for sound, broken, _ in BREAKS])
def test_a_broken_precaution_is_noticed(noticed: dict[int, list[bool]], number: int) -> None:
    """Sound code passes the same scenarios, as the tests of the verdicts show."""
    assert noticed[number]
    assert all(noticed[number])

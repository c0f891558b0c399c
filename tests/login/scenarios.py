"""What GitHub and Auth0 may answer at a login, honest and otherwise, and what must come of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

ORGANISATION = "ministryofjustice"
TENANT = "justice-cloud-platform.eu.auth0.com"
CLAIM = "https://k8s.integration.dsd.io/groups"

Answer = dict[str, Any]
Identity = dict[str, Any]

GITHUB_IDENTITY: Identity = {
    "connection": "github",
    "provider": "github",
    "user_id": 583231,
    "isSocial": True,
    "access_token": True,
}
EVENT: dict[str, Any] = {
    "client": {"client_id": "a-client", "name": "live:kubernetes"},
    "connection": {"id": "con_1", "name": "github", "strategy": "github"},
    "transaction": {"protocol": "oidc-basic-profile"},
    "user": {"user_id": "github|583231", "email": "someone@example.org", "email_verified": True},
}
SCOPES = {"x-oauth-scopes": "read:org, read:user, user:email"}


def membership(*, state: str = "active", login: Any = ORGANISATION, **more: Any) -> Answer:
    return {
        "json": {"state": state, "role": "member", "organization": {"login": login, "id": 1}} | more,
        "headers": SCOPES,
    }


def team(slug: Any, organisation: Any = ORGANISATION) -> dict[str, Any]:
    return {"id": 7, "name": "A team", "slug": slug, "organization": {"login": organisation}}


def pages(*listed: list[Any], link: str = "SELF/github/user/teams?page=2") -> list[Answer]:
    """One answer per page; all but the last name a next page."""
    return [
        {"json": each, "headers": SCOPES | ({"link": f'<{link}>; rel="next"'} if number < len(listed) else {})}
        for number, each in enumerate(listed, start=1)
    ]


@dataclass(frozen=True)
class Scenario:
    """One login. `teams` is the claim that an admitted user gets; None: the login is refused.

    `refused_by` says which of the two steps must refuse: both, or the one that reads teams.
    """

    name: str
    teams: tuple[str, ...] | None
    answers: dict[str, Any] = field(default_factory=dict)
    identities: tuple[Identity | None, ...] | None = (GITHUB_IDENTITY,)
    event: dict[str, Any] = field(default_factory=lambda: EVENT)
    refused_by: Literal["both", "teams"] = "both"
    engines: tuple[str, ...] = ("actions", "rules")

    def to_json(self) -> dict[str, Any]:
        honest = {"github:membership": membership(), "github:teams": pages([team("webops")])}
        return asdict(self) | {"answers": honest | self.answers}


def admitted(name: str, teams: tuple[str, ...] = ("webops",), **more: Any) -> Scenario:
    return Scenario(name, teams, **more)


def refused(name: str, **more: Any) -> Scenario:
    return Scenario(name, None, **more)


def no_teams(name: str, answer: Answer | list[Answer]) -> Scenario:
    answers = answer if isinstance(answer, list) else [answer]
    return refused(name, answers={"github:teams": answers}, refused_by="teams")


def not_member(name: str, answer: Answer) -> Scenario:
    return refused(name, answers={"github:membership": answer})


def auth0_fails(name: str, route: str, answer: Answer) -> Scenario:
    return refused(name, answers={f"auth0:{route}": answer}, engines=("actions",))


def event(**changes: Any) -> dict[str, Any]:
    return EVENT | changes


def many(count: int, prefix: str = "team") -> list[Any]:
    return [team(f"{prefix}-{number:04}") for number in range(count)]


def slugs(count: int, prefix: str = "team") -> tuple[str, ...]:
    return tuple(f"{prefix}-{number:04}" for number in range(count))


FAILURES: dict[str, Answer] = {
    "server error": {"status": 500, "json": {"message": "oops"}},
    "unavailable": {"status": 503, "text": "<html>Unicorn</html>", "headers": {"content-type": "text/html"}},
    "rate limit by 429": {"status": 429, "json": {"message": "slow down"}, "headers": {"retry-after": "60"}},
    "rate limit by 403": {"status": 403, "json": {"message": "rate limit"}, "headers": {"x-ratelimit-remaining": "0"}},
    "unauthorised": {"status": 401, "json": {"message": "Bad credentials"}},
    "no content": {"status": 204, "text": ""},
    "HTML instead of JSON": {"text": "<html>Sign in</html>", "headers": SCOPES | {"content-type": "text/html"}},
    "empty body": {"text": "", "headers": SCOPES},
    "null": {"json": None, "headers": SCOPES},
    "a string": {"json": "active", "headers": SCOPES},
    "an error with status 200": {"json": {"message": "Not Found", "status": "404"}, "headers": SCOPES},
    "redirect to another host": {"status": 302, "text": "", "headers": {"location": "https://evil.example.org/user"}},
    "redirect to itself": {"status": 301, "text": "", "headers": {"location": "SELF/github/user/teams?page=1"}},
    "no answer": {"hang": "before", "text": ""},
    "an answer that never ends": {"hang": "within", "text": "", "headers": SCOPES},
    "an answer cut short": {"hang": "cut", "text": "", "headers": SCOPES},
}

MEMBERSHIPS = [
    not_member("not a member", {"status": 404, "json": {"message": "Not Found"}, "headers": SCOPES}),
    not_member("OAuth app not approved by the organisation", {"status": 403, "json": {"message": "blocked"}}),
    not_member("invited, not yet a member", membership(state="pending")),
    not_member("state of another case", membership(state="Active")),
    not_member("no state", {"json": {"organization": {"login": ORGANISATION}}, "headers": SCOPES}),
    not_member("organisation of a similar name", membership(login=f"{ORGANISATION}-uk")),
    not_member("organisation whose name is a part", membership(login=ORGANISATION[:-1])),
    not_member("organisation whose name looks alike", membership(login=ORGANISATION.replace("o", "0"))),
    not_member("organisation whose name is padded", membership(login=f" {ORGANISATION}")),
    not_member("organisation as a list", membership(login=[ORGANISATION])),
    not_member("no organisation", {"json": {"state": "active"}, "headers": SCOPES}),
    not_member("null organisation", {"json": {"state": "active", "organization": None}, "headers": SCOPES}),
    not_member("a list of memberships", {"json": [membership()["json"]], "headers": SCOPES}),
    not_member("missing scope", membership() | {"headers": {"x-oauth-scopes": "read:user, user:email"}}),
    not_member(
        "scope that only contains the name", membership() | {"headers": {"x-oauth-scopes": "read:organisation"}}
    ),
    not_member("no scope at all", membership() | {"headers": {"x-oauth-scopes": ""}}),
    admitted("organisation in another case", answers={"github:membership": membership(login=ORGANISATION.upper())}),
    admitted(
        "an owner with a wider scope",
        answers={"github:membership": membership(role="admin") | {"headers": {"x-oauth-scopes": "admin:org"}}},
    ),
    admitted("a token without scopes header", answers={"github:membership": membership() | {"headers": {}}}),
    not_member("membership: server error with a membership", membership() | {"status": 500}),
    not_member(
        "membership: redirect to a membership",
        {"status": 302, "text": "", "headers": {"location": "SELF/github/anywhere/membership"}},
    ),
    *(not_member(f"membership: {name}", answer) for name, answer in FAILURES.items()),
]

TEAMS = [
    admitted("member of one team"),
    admitted("member of no team", (), answers={"github:teams": pages([])}),
    admitted(
        "teams of other organisations",
        answers={"github:teams": pages([team("webops"), team("admins", "other"), team("spies", f"{ORGANISATION}-uk")])},
    ),
    admitted("only teams of other organisations", (), answers={"github:teams": pages([team("webops", "other")])}),
    admitted(
        "teams of the organisation in another case",
        answers={"github:teams": pages([team("webops", ORGANISATION.title())])},
    ),
    admitted(
        "null and broken entries",
        answers={
            "github:teams": pages(
                [
                    None,
                    team("webops"),
                    {},
                    [],
                    "webops",
                    3,
                    {"slug": "a"},
                    team(None),
                    team(5),
                    team(["b"]),
                    team("c", None),
                    {"slug": "d", "organization": None},
                ]
            )
        },
    ),
    admitted(
        "slugs that are none",
        answers={
            "github:teams": pages(
                [
                    team("webops"),
                    team("system:masters"),
                    team("github:webops"),
                    team(""),
                    team("a b"),
                    team("WebOps"),
                    team("a\nb"),
                ]
            )
        },
    ),
    admitted("a team named twice", answers={"github:teams": pages([team("webops"), team("webops")])}),
    admitted("teams sorted", ("a", "b"), answers={"github:teams": pages([team("b"), team("a")])}),
    admitted(
        "250 teams on three pages",
        slugs(250),
        answers={"github:teams": pages(many(250)[:100], many(250)[100:200], many(250)[200:])},
    ),
    admitted("small pages", slugs(12), answers={"github:teams": pages(*([each] for each in many(12)))}),
    admitted("an empty page in between", ("a", "b"), answers={"github:teams": pages([team("a")], [], [team("b")])}),
    admitted(
        "full pages without a link",
        slugs(150),
        answers={"github:teams": [answer | {"headers": SCOPES} for answer in pages(many(150)[:100], many(150)[100:])]},
    ),
    admitted(
        "a link to another host",
        ("a", "b"),
        answers={"github:teams": pages([team("a")], [team("b")], link="https://evil.example.org/user/teams?page=2")},
    ),
    admitted(
        "a link beside the next one",
        answers={
            "github:teams": [
                {
                    "json": [team("webops")],
                    "headers": SCOPES | {"link": '<https://api.github.com/user/teams?page=1>; rel="prev"'},
                },
                {"json": [team("ghost")]},
            ]
        },
    ),
    no_teams(
        "pages without end",
        [{"json": [team("a")], "headers": SCOPES | {"link": '<https://api.github.com/user/teams?page=2>; rel="next"'}}],
    ),
    no_teams("more teams than a token carries", pages(*[many(100, f"{'x' * 90}-{page}") for page in range(8)])),
    no_teams("teams: missing scope", {"json": [], "headers": {"x-oauth-scopes": "read:user"}}),
    no_teams("teams: an object with a list", {"json": {"teams": [team("webops")], "length": 1}, "headers": SCOPES}),
    no_teams("second page fails", [pages([team("a")], [])[0], FAILURES["server error"]]),
    no_teams("second page is rate limited", [pages([team("a")], [])[0], FAILURES["rate limit by 403"]]),
    no_teams(
        "second page without the scope", [pages([team("a")], [])[0], {"json": [], "headers": {"x-oauth-scopes": ""}}]
    ),
    *(no_teams(f"teams: {name}", answer) for name, answer in FAILURES.items()),
]

LINKED: Identity = GITHUB_IDENTITY | {"user_id": 99}
CONNECTIONS = [
    *(
        refused(f"connection of strategy {strategy}", event=event(connection={"name": "github", "strategy": strategy}))
        for strategy in ("auth0", "google-oauth2", "oauth2", "GitHub", "github-enterprise", "")
    ),
    refused("connection without strategy", event=event(connection={"name": "github"})),
    refused("no connection", event={key: value for key, value in EVENT.items() if key != "connection"}),
    refused(
        "another connection of the same strategy", event=event(connection={"name": "github-2", "strategy": "github"})
    ),
    admitted(
        "connection of another name",
        event=event(connection={"name": "gh", "strategy": "github"}),
        identities=(GITHUB_IDENTITY | {"connection": "gh"},),
    ),
    refused("no identities", identities=()),
    refused("identities missing", identities=None),
    refused("null identity", identities=(None,)),
    refused("identity of another provider", identities=(GITHUB_IDENTITY | {"provider": "google-oauth2"},)),
    refused("identity of another connection", identities=(GITHUB_IDENTITY | {"connection": "other"},)),
    refused("two GitHub accounts, one of them not of this login", identities=(GITHUB_IDENTITY, LINKED)),
    admitted(
        "an account of another provider linked",
        identities=(GITHUB_IDENTITY | {"connection": "google-oauth2", "provider": "google-oauth2"}, GITHUB_IDENTITY),
    ),
    *(
        refused(f"GitHub token {token!r}", identities=(GITHUB_IDENTITY | {"access_token": token},))
        for token in ("", None, 7, {"token": "x"})
    ),
    refused(
        "identity without token",
        identities=({key: value for key, value in GITHUB_IDENTITY.items() if key != "access_token"},),
    ),
    admitted("user id that needs encoding", event=event(user=EVENT["user"] | {"user_id": "github|a/b?c=d&e#f"})),
    *(
        refused(
            f"a leaver, protocol {protocol}",
            event=event(transaction={"protocol": protocol}),
            answers={"github:membership": {"status": 404, "json": {}}},
        )
        for protocol in ("oauth2-refresh-token", "oauth2-device-code", "oauth2-token-exchange", "samlp")
    ),
    refused(
        "a leaver known as admitted before",
        event=event(user=EVENT["user"] | {"app_metadata": {"admitted": True}, "user_metadata": {"groups": ["webops"]}}),
        answers={"github:membership": {"status": 404, "json": {}}},
    ),
    admitted("a refresh by a member", event=event(transaction={"protocol": "oauth2-refresh-token"})),
]

AUTH0 = [
    *(auth0_fails(f"token endpoint: {name}", "token", answer) for name, answer in FAILURES.items()),
    *(auth0_fails(f"user endpoint: {name}", "user", answer) for name, answer in FAILURES.items()),
    auth0_fails("token endpoint: empty token", "token", {"json": {"access_token": ""}}),
    auth0_fails("token endpoint: token is an object", "token", {"json": {"access_token": {}}}),
    auth0_fails(
        "user endpoint: identities an object", "user", {"json": {"identities": {"0": GITHUB_IDENTITY, "length": 1}}}
    ),
    replace(refused("user without id", event=event(user={})), engines=("actions",)),
    replace(
        refused("no user", event={key: value for key, value in EVENT.items() if key != "user"}), engines=("actions",)
    ),
]

SCENARIOS = [*MEMBERSHIPS, *TEAMS, *CONNECTIONS, *AUTH0]

"""People who log in: what GitHub says of them goes through the emitted login code and becomes an ID token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.live.client import Client
from tests.live.servers import CLIENT_ID, Servers
from tests.login.engine import LoginCode, Outcome, run
from tests.login.scenarios import EVENT, Scenario, admitted, not_member, pages, team

Json = Any


@dataclass(frozen=True)
class Person:
    """Somebody with an account at GitHub. `teams` is None for who is not in the organisation."""

    name: str
    teams: tuple[str, ...] | None

    @property
    def email(self) -> str:
        """The address that GitHub gives of them."""
        return f"{self.name}@example.org"

    def scenario(self) -> Scenario:
        """What GitHub and Auth0 answer while they log in."""
        event = EVENT | {"user": EVENT["user"] | {"email": self.email}}
        if self.teams is None:
            found = not_member(self.name, {"status": 404, "json": {"message": "Not Found"}})
        else:
            listed = pages([team(slug) for slug in self.teams])
            found = admitted(self.name, self.teams, answers={"github:teams": listed})
        return Scenario(**{**found.__dict__, "event": event})


@dataclass(frozen=True)
class Login:
    """How a login ended: with the claims of an ID token, or refused."""

    person: Person
    steps: tuple[Outcome, ...]

    @property
    def refused(self) -> bool:
        """Whether the login code denied access: Auth0 then gives no token."""
        return any(step["denials"] or "escaped" in step for step in self.steps)

    @property
    def claims(self) -> dict[str, Json]:
        """The claims that the login code set, beside those of every user."""
        assert not self.refused, f"{self.person.name} gets no token"
        found: dict[str, Json] = {"email": self.person.email, "email_verified": True}
        for step in self.steps:
            found |= step["claims"]
        return found


def log_in(code: LoginCode, people: Sequence[Person]) -> Mapping[str, Login]:
    """Run the login code for everybody, in one Node process."""
    (outcomes,) = run([(code, [each.scenario() for each in people])])
    return {each.name: Login(each, tuple(steps)) for each, steps in zip(people, outcomes, strict=True)}


def bearer(servers: Servers, claims: Mapping[str, Json], *, audience: str = CLIENT_ID, forged: bool = False) -> Client:
    """The API server as the bearer of a token with these claims sees it."""
    token = servers.auth0.id_token(audience=audience, claims=dict(claims), forged=forged)
    return servers.admin.as_token(token)


def may(client: Client, verb: str, resource: str, *, namespace: str = "", name: str = "") -> bool:
    """What the API server says to `verb` on `resource`, written `<plural>[.<group>][/<subresource>]`."""
    whole, _, subresource = resource.partition("/")
    plural, _, group = whole.partition(".")
    wanted = {"verb": verb, "resource": plural, "group": group, "namespace": namespace, "name": name}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": {"resourceAttributes": {**wanted, "subresource": subresource}},
    }
    return bool(client.create(review).or_raise()["status"]["allowed"])


def rules(client: Client, namespace: str) -> Json:
    """All that its bearer may do in a namespace, as the API server lists it."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "metadata": {},
        "spec": {"namespace": namespace},
    }
    status = client.create(review).or_raise()["status"]
    assert not status["incomplete"], status
    return sorted(map(str, status["resourceRules"])), sorted(map(str, status["nonResourceRules"]))


def who(client: Client) -> Json:
    """Whom the API server takes its bearer for."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {}}
    return client.create(review).or_raise()["status"]["userInfo"]

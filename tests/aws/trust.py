"""Evaluates whom the trust policy of a role lets in."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

Json = dict[str, Any]
AUDIENCE: Final = "sts.amazonaws.com"
BY_TOKEN: Final = "sts:AssumeRoleWithWebIdentity"
TESTS: Final = {"StringEquals": lambda value, wanted: value == wanted, "StringLike": fnmatch.fnmatchcase}
KNOWN: Final = {"Sid", "Effect", "Action", "Principal", "Condition"}


@dataclass(frozen=True)
class Token:
    """A service account token as STS sees it: its issuer, the account whose IAM knows that issuer, its claims."""

    issuer: str
    account: str
    subject: str | None
    audience: str | None

    @property
    def provider(self) -> str:
        return f"arn:aws:iam::{self.account}:oidc-provider/{self.issuer}"

    def context(self) -> dict[str, str]:
        """Condition keys of the request; a claim that is missing has none."""
        claims = {"sub": self.subject, "aud": self.audience}
        return {f"{self.issuer}:{name}": value for name, value in claims.items() if value is not None}


def listed(value: str | list[str]) -> list[str]:
    """IAM writes a list of one as that one."""
    return [value] if isinstance(value, str) else value


def statements(policy: Json) -> Iterator[Json]:
    """Yield the statements, each of which allows something and says nothing that this evaluation passes over."""
    found = policy["Statement"]
    for statement in [found] if isinstance(found, dict) else found:
        assert statement["Effect"] == "Allow"
        assert statement.keys() <= KNOWN
        yield statement


def principals(statement: Json) -> list[tuple[str, str]]:
    """Return kind and name of each principal of a statement; everybody is of every kind."""
    named = statement["Principal"]
    if isinstance(named, str):
        return [("*", named)]
    return [(kind, name) for kind, names in named.items() for name in listed(names)]


def covers(statement: Json, action: str) -> bool:
    """Whether a statement speaks of an action; IAM does not tell upper case from lower."""
    return any(fnmatch.fnmatchcase(action.lower(), each.lower()) for each in listed(statement["Action"]))


def held(statement: Json, context: dict[str, str]) -> bool:
    """Whether all conditions hold; raise KeyError at an operator that is not known."""
    return all(
        key in context and any(TESTS[operator](context[key], wanted) for wanted in listed(values))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def admits(policy: Json, token: Token) -> bool:
    """Whether a trust policy lets the bearer of a token take the role."""
    # Every statement is read, also after one that admits.
    admitting = [
        statement
        for statement in statements(policy)
        if held(statement, token.context())
        and covers(statement, BY_TOKEN)
        and any(kind in ("*", "Federated") and name in ("*", token.provider) for kind, name in principals(statement))
    ]
    return bool(admitting)


def strangers(policy: Json, token: Token) -> list[str]:
    """Return who else may knock, and by what else than a token, whatever the conditions."""
    return [
        f"{action} by {kind} {name}"
        for statement in statements(policy)
        for action in listed(statement["Action"])
        for kind, name in principals(statement)
        if (action, kind, name) != (BY_TOKEN, "Federated", token.provider)
    ]


def wrong_tokens(right: Token) -> dict[str, Token]:
    """Tokens that differ from the right one in what somebody might try."""
    assert right.subject is not None
    _, _, namespace, account = right.subject.split(":")
    start = "system:serviceaccount"
    return {
        "another namespace": replace(right, subject=f"{start}:default:{account}"),
        "a namespace that begins alike": replace(right, subject=f"{start}:{namespace}-dev:{account}"),
        "another service account": replace(right, subject=f"{start}:{namespace}:default"),
        "a service account that begins alike": replace(right, subject=f"{start}:{namespace}:{account}-2"),
        "wildcards": replace(right, subject=f"{start}:*:*"),
        "a question mark": replace(right, subject=f"{start}:{namespace}:{account[:-1]}?"),
        "upper case": replace(right, subject=right.subject.upper()),
        "more in front": replace(right, subject=f"{start}:{right.subject}"),
        "more behind": replace(right, subject=f"{right.subject}:{account}"),
        "the group of the namespace": replace(right, subject=f"{start}s:{namespace}"),
        "no subject": replace(right, subject=None),
        "another audience": replace(right, audience="https://kubernetes.default.svc"),
        "an audience that begins alike": replace(right, audience=f"{AUDIENCE}.example"),
        "no audience": replace(right, audience=None),
        "another cluster": replace(right, issuer=f"{right.issuer[:-1]}X"),
        "an issuer that begins alike": replace(right, issuer=f"{right.issuer}X"),
        "another account": replace(right, account="999988887777"),
    }

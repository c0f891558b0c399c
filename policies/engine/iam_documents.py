"""IAM policies as documents: JSON, `jsonencode(...)` and the provider's own, merged as it merges them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from policies.engine.attribute import Attribute
from policies.engine.memory import remembered
from policies.engine.resource import Resource, Source
from policies.engine.values import ABSENT, Template, Unknown, show


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; `key` and `values` may hold templates as their text."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(eq=False)
class Statement:
    """One statement; lists are always lists, templates stand as their text."""

    effect: str
    actions: list[str]
    not_actions: list[str]
    resources: list[str]
    not_resources: list[str]
    principals: dict[str, list[str]]
    not_principals: dict[str, list[str]]
    conditions: list[Condition]
    nodes: dict[str, Any] = field(default_factory=dict)
    sid: str = ""

    @property
    def allows(self) -> bool:
        """Whether the statement grants something."""
        return self.effect == "Allow"

    @property
    def denies(self) -> bool:
        """Whether the statement takes something away."""
        return self.effect == "Deny"

    def covers(self, action: str) -> bool:
        """Whether the statement is about `action`, whatever it does with it, wildcards of both sides seen."""
        if self.not_actions:
            return not any(_matches(each, action) for each in self.not_actions)
        return any(_matches(each, action) or _matches(action, each) for each in self.actions)

    def grants(self, action: str) -> bool:
        """Whether the statement allows `action`, wildcards of both sides seen."""
        return self.allows and self.covers(action)


@dataclass(eq=False)
class Policy(Source):
    """One policy document, and where it stands."""

    resource: Resource
    attribute: Attribute
    statements: list[Statement] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Terraform address."""
        return self.resource.address


@lru_cache(maxsize=1 << 16)
def _matches(pattern: str, action: str) -> bool:
    return fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]"))


def _listed(node: Any) -> list[str]:
    while isinstance(node, Template) and node.value is not ABSENT:
        node = node.value
    if node is None or node is ABSENT:
        return []
    if isinstance(node, list):
        return [text for each in node for text in _listed(each)]
    return [str(show(node))]


def _principals(node: Any) -> dict[str, list[str]]:
    if isinstance(node, str):
        return {node: ["*"]}
    return {str(key): _listed(value) for key, value in node.items()} if isinstance(node, dict) else {}


def read_policy(attribute: Attribute) -> Policy:
    """Return the policy in `attribute`: JSON text, `jsonencode(...)`, or a policy document it refers to; raise Unknown for none of these."""
    policy = Policy(attribute.owner.resource, attribute)
    try:
        body = attribute.json()
    except Unknown:
        documents = attribute.follow("data.aws_iam_policy_document")
        if not documents:
            raise
        for document in documents:
            policy.statements += _from_document(document)
        return policy
    policy.statements += _in_document(body)
    return policy


_FORMER = ("source_json", "override_json")
_PARTS = frozenset({"Version", "Id", "Statement"})
_PARTS_OF_A_STATEMENT = frozenset(
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"]
)


def _in_document(body: Attribute) -> list[Statement]:
    """Return the statements of a policy in JSON; raise Unknown for what IAM may read and this does not."""
    if not isinstance(body.node, dict) or not body.node.keys() <= _PARTS:
        raise Unknown(body.name, "is no policy document")
    return [_from_json(block) for block in body["Statement"].blocks()]


def _from_json(block: Attribute) -> Statement:
    strange = {key for key, _ in block.items()} - _PARTS_OF_A_STATEMENT
    if strange or show(block["Effect"].node) not in ("Allow", "Deny"):
        raise Unknown(block.name, f"is no statement: {sorted(strange) or show(block['Effect'].node)}")
    conditions = [
        Condition(operator, key, tuple(_listed(values.node)))
        for operator, keys in block["Condition"].items()
        for key, values in keys.items()
    ]
    return Statement(
        str(show(block["Effect"].node)),
        _listed(block["Action"].node),
        _listed(block["NotAction"].node),
        _listed(block["Resource"].node),
        _listed(block["NotResource"].node),
        _principals(block["Principal"].node),
        _principals(block["NotPrincipal"].node),
        conditions,
        block.node if isinstance(block.node, dict) else {},
        "" if block["Sid"].absent else str(show(block["Sid"].node)),
    )


def _from_document(document: Resource, seen: frozenset[str] = frozenset()) -> list[Statement]:
    """Return what a document says, its sources below and what overrides it on top, as the provider merges them."""
    if document.address in seen:
        return []
    seen |= {document.address}
    below, above = (list(document[f"{name}_policy_documents"].blocks()) for name in ("source", "override"))
    found = _laid_over(_given(below, seen), own_statements(document))
    # Some providers merge these and some do not: they take nothing away.
    former = _given([document[name] for name in _FORMER if not document[name].absent], seen)
    return [*_laid_over(found, _given(above, seen)), *(each for each in former if each.effect == "Allow")]


def _given(documents: Iterable[Attribute], seen: frozenset[str]) -> list[Statement]:
    found: list[Statement] = []
    for each in documents:
        others = each.follow("data.aws_iam_policy_document")
        for other in others:
            found = _laid_over(found, _from_document(other, seen))
        if not others and not (each.known and not each.text()):
            found = _laid_over(found, _in_document(each.json()))
    return found


def _laid_over(below: list[Statement], above: list[Statement]) -> list[Statement]:
    """Return both lists; what has a Sid takes the place of what had it before."""
    taken = {each.sid for each in above if each.sid}
    return [*(each for each in below if each.sid not in taken), *above]


@remembered("_statements")
def own_statements(document: Resource) -> list[Statement]:
    """Return what a policy document says itself, the same objects each time, whichever policies are made of it."""
    found: list[Statement] = []
    for block in document["statement"].blocks():
        sides: list[dict[str, list[str]]] = []
        for name in ("principals", "not_principals"):
            named: dict[str, list[str]] = {}
            for each in block[name].blocks():
                named.setdefault(str(show(each["type"].node)), []).extend(_listed(each["identifiers"].node))
            sides.append(named)
        conditions = [
            Condition(
                str(show(each["test"].node)), str(show(each["variable"].node)), tuple(_listed(each["values"].node))
            )
            for each in block["condition"].blocks()
        ]
        if not block["effect"].absent and show(block["effect"].node) not in ("Allow", "Deny"):
            raise Unknown(block["effect"].name, f"is {show(block['effect'].node)}, neither Allow nor Deny")
        found.append(
            Statement(
                "Allow" if block["effect"].absent else str(show(block["effect"].node)),
                _listed(block["actions"].node),
                _listed(block["not_actions"].node),
                _listed(block["resources"].node),
                _listed(block["not_resources"].node),
                sides[0],
                sides[1],
                conditions,
                sid="" if block["sid"].absent else str(show(block["sid"].node)),
            )
        )
    return found

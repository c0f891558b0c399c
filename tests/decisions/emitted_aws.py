"""Reads what a stack emits for AWS: what comes before what, and what a policy document says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = Any
REFERENCE = re.compile(r"(?<![\w.-])((?:data\.)?aws_\w+\.[A-Za-z_][\w-]*|local\.[A-Za-z_][\w-]*)")
DOCUMENT = re.compile(r"^\$\{data\.aws_iam_policy_document\.([\w-]+)\.json\}$")


def resources(stack: Json, type_: str) -> dict[str, Json]:
    """The resources of one type by their Terraform name."""
    return dict(stack.get("resource", {}).get(type_, {}))


def all_resources(stack: Json) -> Iterator[tuple[str, Json]]:
    """Every resource with its address."""
    for type_, named in stack["resource"].items():
        for name, body in named.items():
            yield f"{type_}.{name}", body


def texts(value: Json) -> Iterator[str]:
    """Every string in `value`, keys left out, comments of the generator left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key != "//":
                yield from texts(each)


def _body(stack: Json, address: str) -> Json:
    parts = address.split(".")
    if parts[0] == "local":
        return stack["locals"][parts[1]]
    if parts[0] == "data":
        return stack["data"][parts[1]][parts[2]]
    return stack["resource"][parts[0]][parts[1]]


def before(stack: Json, address: str) -> set[str]:
    """All that Terraform has done before `address`, by reference or by `depends_on`."""
    seen: set[str] = set()
    waiting = [address]
    while waiting:
        for text in texts(_body(stack, waiting.pop())):
            bare = text if REFERENCE.fullmatch(text) else " ".join(re.findall(r"\$\{(.*?)\}", text, re.DOTALL))
            for found in REFERENCE.findall(bare):
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)
    return seen


def statements(stack: Json, policy: str) -> list[Json]:
    """The statements of the policy document that `policy` refers to."""
    match = DOCUMENT.match(policy)
    assert match, f"no policy document: {policy}"
    return list(stack["data"]["aws_iam_policy_document"][match.group(1)]["statement"])


def role_statements(stack: Json, role: str) -> list[Json]:
    """What the inline policies of the role of that Terraform name say."""
    return [
        statement
        for body in resources(stack, "aws_iam_role_policy").values()
        if body["role"] == f"${{aws_iam_role.{role}.name}}"
        for statement in statements(stack, body["policy"])
    ]


def attached(stack: Json, role: str) -> set[str]:
    """ARNs of the managed policies attached to the role of that Terraform name."""
    return {
        body["policy_arn"]
        for body in resources(stack, "aws_iam_role_policy_attachment").values()
        if body["role"] == f"${{aws_iam_role.{role}.name}}"
    }


def differences(one: Json, other: Json, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Paths of the leaves in which two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            found for key in sorted({*one, *other}) for found in differences(one.get(key), other.get(key), (*path, key))
        ]
    return [] if one == other else [path]

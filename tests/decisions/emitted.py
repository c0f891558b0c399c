"""Reads what a stack emits for Kubernetes: resources by type, releases with their values, objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = Any
VALUES = re.compile(r"^\$\{jsonencode\(local\.([A-Za-z0-9_-]+)\)\}$")


def resources(stack: Json, type_: str) -> dict[str, Json]:
    """The resources of one type by their Terraform name."""
    return dict(stack.get("resource", {}).get(type_, {}))


def terraform_text(value: Json) -> Json:
    """`value` as Terraform yields it where it holds no expression."""
    if isinstance(value, str):
        return value.replace("$${", "${").replace("%%{", "%{")
    if isinstance(value, list):
        return [terraform_text(each) for each in value]
    if isinstance(value, dict):
        return {terraform_text(key): terraform_text(each) for key, each in value.items()}
    return value


def values_of(stack: Json, release: Json) -> Json:
    """The values of a release, which are one structured local."""
    (text,) = release["values"]
    match = VALUES.match(text)
    assert match, f"values are no structured local: {text}"
    return terraform_text(stack["locals"][match.group(1)])


def objects(stack: Json, kind: str | None = None) -> list[Json]:
    """All objects that the local chart writes out in `stack`, or those of one kind."""
    found = [
        each
        for release in resources(stack, "helm_release").values()
        if release["chart"].startswith("./assets/objects-chart/")
        for each in values_of(stack, release)["objects"]
    ]
    return [each for each in found if kind in (None, each["kind"])]


def the(found: list[Json], name: str) -> Json:
    """The one object of that name."""
    (one,) = [each for each in found if each["metadata"]["name"] == name]
    return one


def before(stack: Json, address: str) -> set[str]:
    """Everything that Terraform makes before `address`, by `depends_on`."""
    seen: set[str] = set()
    waiting = [address]
    while waiting:
        type_, _, name = waiting.pop().partition(".")
        for each in stack["resource"][type_][name].get("depends_on", []):
            if each not in seen and not each.startswith("data."):
                seen.add(each)
                waiting.append(each)
    return seen


def addresses(stack: Json, *types: str) -> Iterator[str]:
    """The addresses of all resources of these types."""
    for type_ in types:
        yield from (f"{type_}.{name}" for name in resources(stack, type_))

"""Loads Terraform JSON: a stack folder that CDKTF wrote, or any root module written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policies.engine.expressions import evaluate_tree
from policies.engine.refusal import Refusal
from policies.engine.resource import Mode, Resource, Stack
from policies.engine.values import ABSENT, Template

_BLOCKS: tuple[tuple[str, Mode], ...] = (("resource", "managed"), ("data", "data"), ("ephemeral", "ephemeral"))
_UNDERSTOOD = frozenset(
    {"//", "resource", "data", "ephemeral", "locals", "provider", "terraform", "output", "variable", "check", "import"}
)


class _Duplicates:
    """Finds keys that stand twice in one JSON object, of which a parser would silently keep the last."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.keys.append(key)
                seen.add(key)
        return found


def read_json(path: Path, stack: str, refusals: list[Refusal]) -> dict[str, Any] | None:
    """Return the JSON object in `path`, or note why it cannot be judged."""
    duplicates = _Duplicates()
    try:
        document = json.loads(path.read_bytes(), object_pairs_hook=duplicates)
    except OSError as error:
        refusals.append(Refusal("X00-readable", stack, f"{path}: {error.strerror or error}"))
        return None
    except ValueError as error:
        refusals.append(Refusal("X00-readable", stack, f"{path}: not JSON, perhaps truncated: {error}"))
        return None
    if not isinstance(document, dict):
        refusals.append(
            Refusal("X00-readable", stack, f"{path}: a JSON object is expected, not {type(document).__name__}")
        )
        return None
    for key in duplicates.keys:
        refusals.append(
            Refusal("X10-same-addresses", stack, f"{path}: {key!r} stands twice in one object", address=key)
        )
    return document


def build_stack(
    name: str, folder: Path, files: list[Path], documents: list[dict[str, Any]], refusals: list[Refusal]
) -> Stack:
    """Return the stack whose Terraform JSON is `documents`, read from `files`."""
    stack = Stack(name, "synth", folder=str(folder), file=str(files[0]))
    for document in documents:  # first, for a count or for_each may be a local
        for group in _objects(document.get("locals")):
            stack.locals.update(group)
    seen: set[str] = set()
    for path, document in zip(files, documents, strict=True):
        for unknown in sorted(document.keys() - _UNDERSTOOD):
            what = "forgets resources" if unknown == "removed" else "is not judged"
            control = {"removed": "X07-forget", "moved": "X07-forget", "module": "X09-foreign-code"}.get(
                unknown, "X00-readable"
            )
            refusals.append(Refusal(control, name, f"{path}: block {unknown!r} {what}"))
        _read(document, stack, seen, refusals)
    stack.index_anew()
    return stack


def _read(document: dict[str, Any], stack: Stack, seen: set[str], refusals: list[Refusal]) -> None:
    declared = [(mode, each) for block, mode in _BLOCKS for each in _labelled(document.get(block))]
    for mode, (type_, name, body) in (*declared, *_read_by_checks(document.get("check"))):
        for resource in _instances(stack, mode, type_, name, body, refusals):
            if resource.address in seen:
                refusals.append(
                    Refusal("X10-same-addresses", stack.name, f"{resource.address} is declared twice", resource.address)
                )
            seen.add(resource.address)
            stack.resources.append(resource)
        stack.declared.add(f"{type_}.{name}" if mode == "managed" else f"{mode}.{type_}.{name}")
    for group in _objects(document.get("provider")):
        for type_, bodies in group.items():
            for body in _objects(bodies):
                stack.settings.append(Resource(stack, "provider", type_, str(body.get("alias", "default")), body))
    for group in _objects(document.get("terraform")):
        stack.terraform.update(group)
        for backend in _objects(group.get("backend")):
            for type_, bodies in backend.items():
                for body in _objects(bodies):
                    stack.settings.append(Resource(stack, "backend", type_, "backend", body))
    for group in _objects(document.get("output")):
        for output, bodies in group.items():
            for body in _objects(bodies):
                stack.settings.append(Resource(stack, "output", "value", output, body))
    metadata = document.get("//", {})
    overrides = metadata.get("metadata", {}).get("overrides", {}) if isinstance(metadata, dict) else {}
    if isinstance(overrides, dict):
        for type_, names in overrides.items():
            stack.overrides.setdefault(type_, []).extend(map(str, names if isinstance(names, list) else [names]))


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    """Yield each object of a block, which Terraform JSON writes as an object or a list of them."""
    for each in node if isinstance(node, list) else [node]:
        if isinstance(each, dict):
            yield each


def _labelled(node: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for types in _objects(node):
        for type_, names in types.items():
            for group in _objects(names):
                for name, bodies in group.items():
                    for body in _objects(bodies):
                        yield type_, name, body


def _read_by_checks(node: Any) -> Iterator[tuple[Mode, tuple[str, str, dict[str, Any]]]]:
    """Yield the data sources that stand in `check` blocks: Terraform reads them like any other."""
    for checks in _objects(node):
        for bodies in checks.values():
            for body in _objects(bodies):
                for each in _labelled(body.get("data")):
                    yield "data", each


def _instances(
    stack: Stack, mode: Mode, type_: str, name: str, body: dict[str, Any], refusals: list[Refusal]
) -> Iterator[Resource]:
    lifecycle = next(_objects(body.get("lifecycle")), {})
    metadata = body.get("//")
    path = metadata.get("metadata", {}).get("path", "") if isinstance(metadata, dict) else ""
    depends_on = tuple(str(each) for each in body.get("depends_on") or ())

    def resource(index: str | int | None, multiplicity: Any = "one") -> Resource:
        return Resource(
            stack,
            mode,
            type_,
            name,
            body,
            index=index,
            path=path,
            provider=str(body.get("provider", "") or ""),
            lifecycle=lifecycle,
            depends_on=depends_on,
            multiplicity=multiplicity,
            provisioners=tuple(kind for each in _objects(body.get("provisioner")) for kind in each),
        )

    count, for_each = body.get("count"), body.get("for_each")
    if count is None and for_each is None:
        yield resource(None)
        return
    keys = _keys(stack, count, for_each)
    if keys is None:
        yield resource(None, "unknown")
        return
    if not keys and mode == "managed":
        refusals.append(
            Refusal(
                "X01-count-zero",
                stack.name,
                f"{type_}.{name} is declared but has no instance: its count or for_each is empty",
                f"{type_}.{name}",
            )
        )
    for key in keys:
        yield resource(key, "each")


def _keys(stack: Stack, count: Any, for_each: Any) -> list[str] | list[int] | None:
    """Return the keys of the instances, or None where they are no literal."""
    value = evaluate_tree(for_each if count is None else count, stack.resolve)
    while isinstance(value, Template) and value.value is not ABSENT:
        value = value.value
    if isinstance(value, Template):
        return None
    if count is not None:
        text = str(value)
        return list(range(int(text))) if text.isdigit() else None
    keys: Any = value
    if isinstance(value, dict):  # a local's keys are evaluated with it
        keys = [evaluate_tree(each, stack.resolve) for each in for_each] if isinstance(for_each, dict) else list(value)
    if isinstance(keys, list) and all(isinstance(each, str) for each in keys):
        return list(dict.fromkeys(keys))
    return None

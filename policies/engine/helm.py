"""Helm releases, their values merged as Helm merges them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from policies.engine import expressions
from policies.engine.attribute import Attribute
from policies.engine.finding import Finding
from policies.engine.memory import remembered
from policies.engine.resource import Resource, Source, Stack
from policies.engine.values import ABSENT, Template, Unknown, literal

_SPLITS = re.compile(r"(?<!\\)[,={}]")
_INTEGER = re.compile(r"-?(0|[1-9]\d*)\Z")


@dataclass(eq=False)
class Release(Source):
    """One `helm_release`."""

    resource: Resource

    @property
    def address(self) -> str:
        """Terraform address."""
        return self.resource.address

    @cached_property
    def chart(self) -> str:
        """Name of the chart: the last part of its name, path or OCI reference."""
        text = self.resource["chart"].text() or ""
        return text.rstrip("/").rsplit("/", 1)[-1] if not self.is_local else self.local_name

    @cached_property
    def is_local(self) -> bool:
        """Whether the chart is a folder beside the configuration."""
        return (self.resource["chart"].text() or "").startswith((".", "/", "assets/"))

    @cached_property
    def local_name(self) -> str:
        """Name of a local chart: the last part of its path that is no content hash."""
        parts = [
            each for each in (self.resource["chart"].text() or "").split("/") if each not in ("", ".", "..", "assets")
        ]
        named = [each for each in parts if not re.fullmatch(r"[0-9A-Fa-f]{32,}", each)]
        return named[-1] if named else (parts[-1] if parts else "")

    @property
    def name(self) -> str:
        """Name of the release."""
        return self.resource["name"].text() or ""

    @property
    def namespace(self) -> str:
        """Namespace of the release; Helm's own default is `default`."""
        return self.resource["namespace"].text() or "default"

    def __getitem__(self, key: str) -> Attribute:
        return self.resource[key]

    @cached_property
    def values(self) -> Attribute:
        """The merged values; those of the chart itself are not in them. `release.values["a.b"]` steps down."""
        return Attribute(self, "values", *merged_values(self.resource))

    def must_be_pinned(self, repository: str, version: str) -> Iterator[Finding]:
        """Yield a finding unless the chart comes from `repository` at exactly `version`, verified by nothing less."""
        yield from self["repository"].must_be(repository)
        yield from self["version"].must_be(version)
        yield from self["devel"].must_be_one_of((None, False))


@remembered("_releases")
def releases(stack: Stack) -> list[Release]:
    """Return the releases of a stack, the same objects each time."""
    return [release_of(each) for each in stack.of_kind("helm_release")]


@remembered("_release")
def release_of(resource: Resource) -> Release:
    """Return the release of a resource, the same object each time: a resource may be seen in another stack, too."""
    return Release(resource)


def merged_values(resource: Resource) -> tuple[Any, Any]:
    """Return the values of a release: `values` in order, then `set`, `set_list`, `set_sensitive`, `set_wo`.

    Beside them stands what the configuration says where a plan knows the values: the same tree, with its references.
    """
    merged: Any = {}
    configured: Any = {}
    values = resource["values"]
    for each in values.blocks():
        document = each.json()
        decoded = document.node
        if decoded is None or decoded is ABSENT:
            continue
        if not isinstance(decoded, dict):
            raise Unknown(each.name, f"holds {type(decoded).__name__}, not a map of values")
        merged = overlay(merged, decoded)
        configured = overlay(configured, document.configured)
    for argument in ("set", "set_list", "set_sensitive", "set_wo"):
        for each in resource[argument].blocks():
            for path, value in _assignments(each, argument):
                assign(merged, path, value)
                if isinstance(configured, dict):
                    with contextlib.suppress(Unknown):
                        assign(configured, path, each["value"].configured)
    return merged, configured


def removed(release: Release) -> Iterator[Attribute]:
    """Yield each value that a release sets to null: Helm takes away what the chart's own values say there.

    Raises:
        Unknown: A document of values cannot be seen.

    """
    for each in release["values"].blocks():
        yield from _nulls(each.json(), each)
    for argument in ("set", "set_sensitive", "set_wo"):
        for each in release[argument].blocks():
            if any(value is None for _, value in _assignments(each, argument)):
                yield each["value"]


def _nulls(values: Attribute, document: Attribute) -> Iterator[Attribute]:
    queue: list[tuple[tuple[str, ...], Any]] = [((), values.node)]
    while queue:
        path, node = queue.pop()
        while isinstance(node, Template) and (node.value is not ABSENT or node.decoded is not ABSENT):
            node = node.decoded if node.value is ABSENT else node.value
        if isinstance(node, dict):
            queue += [((*path, str(key)), value) for key, value in node.items()]
        elif node is None and path:
            yield Attribute(document.owner, "/".join(path), None)


def overlay(base: Any, over: Any) -> Any:
    """Return `base` with `over` laid on it: maps are merged, all else replaces; a null stays, for it removes the chart's default too."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged = dict(base)
    for key, value in over.items():
        merged[key] = overlay(merged.get(key), value)
    return merged


def _assignments(entry: Attribute, argument: str) -> Iterator[tuple[list[str | int], Any]]:
    """Yield path and value of each assignment that Helm makes of one `set`: a comma begins the next one."""
    name, kind = entry["name"].text(), entry["type"].text()
    if name is None:
        raise Unknown(entry.name, "has no name")
    node = entry["value"].node
    if isinstance(node, Template) and node.value is not ABSENT:
        node = node.value
    if argument == "set_list" and isinstance(node, list) and any(_SPLITS.search(str(each)) for each in node):
        node, kind, argument = f"{{{','.join(map(str, node))}}}", "auto", "set"  # an element may end the list
    splits = argument != "set_list" and kind in (None, "", "auto", "string")
    if not splits or not isinstance(node, str):
        if _SPLITS.search(name):
            raise Unknown(entry["name"].name, f"is {name!r}, which Helm takes apart")
        as_json = argument != "set_list" and kind == "json" and isinstance(node, str)
        yield _path(name), expressions.parse_document(node) if as_json else node
        return
    for assignment in _split(f"{name}={node}", ","):
        key, *values = _split(assignment, "=", once=True)
        if not values:
            raise Unknown(entry["name"].name, f"assigns {assignment!r}, which Helm refuses")
        yield _path(key), values[0].replace("\\,", ",") if kind == "string" else parse_set(values[0])


def _split(text: str, mark: str, *, once: bool = False) -> list[str]:
    """Split at each `mark` without a backslash, outside the braces of a list."""
    found: list[str] = []
    start, index, inside = 0, 0, False
    while index < len(text):
        character = text[index]
        if character == "\\":
            index += 2
            continue
        if character == "{" and text[index - 1 : index] == "=":
            inside = True
        elif character == "}":
            inside = False
        elif character == mark and not inside and not (once and found):
            found.append(text[start:index])
            start = index + 1
        index += 1
    return [*found, text[start:]]


def parse_set(text: str) -> Any:
    """Return what `--set key=text` makes of `text`."""
    if text.startswith("{") and text.endswith("}"):
        return [parse_set(each) for each in _split(text[1:-1], ",")] if len(text) > 2 else []
    text = re.sub(r"\\(.)", r"\1", text)
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text.lower() == "null":
        return None
    return int(text) if _INTEGER.match(text) else text


def _path(name: str) -> list[str | int]:
    """Split a path as `--set` writes it: `a.b[0]` into a, b, 0; a backslash keeps a dot in a key."""
    segments: list[str | int] = []
    for part in re.split(r"(?<!\\)\.", name):
        key = part.replace("\\.", ".")
        match = re.fullmatch(r"(.*?)((?:\[\d+\])*)", key, re.DOTALL)
        if match is None:
            continue
        if match.group(1):
            segments.append(match.group(1))
        segments += [int(index) for index in re.findall(r"\[(\d+)\]", match.group(2))]
    return segments


def assign(tree: Any, path: list[str | int], value: Any) -> None:
    """Set `value` at `path` in `tree`, which grows as needed."""
    name = ".".join(map(str, path))
    for position, segment in enumerate(path):
        last = position == len(path) - 1
        fresh: Any = [] if not last and isinstance(path[position + 1], int) else {}
        if isinstance(segment, int):
            while len(tree) <= segment:
                tree.append(None)
            if last:
                tree[segment] = value
            else:
                held = tree[segment]
                tree[segment] = held.copy() if isinstance(held, dict | list) else fresh
            tree = tree[segment]
            continue
        if last:
            tree[segment] = value
            return
        following = tree.get(segment)
        while isinstance(following, Template):
            following = literal(following, lambda: name)
        tree[segment] = (
            following.copy() if isinstance(following, dict | list) and type(following) is type(fresh) else fresh
        )
        tree = tree[segment]

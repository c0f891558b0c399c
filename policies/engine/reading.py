"""What an attribute holds: its value, what it refers to, and the attributes below it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, Self

from policies.engine import expressions
from policies.engine.pointers import Mixed, literals, names, outermost, pointers
from policies.engine.templates import is_template
from policies.engine.values import ABSENT, COMPUTED, Template, Unknown, as_text, literal, show

if TYPE_CHECKING:
    from policies.engine.resource import Resource, Source

Kind = Literal["value", "template", "computed", "absent"]


class Reading:
    """The part of an attribute that reads; `a["b.c"]` steps down, through blocks of one too, and never raises KeyError."""

    __slots__ = ("_below", "configured", "node", "owner", "path")

    def __init__(self, owner: Source, path: str, node: Any, configured: Any = ABSENT) -> None:
        self.owner = owner
        self.path = path
        self.node = node
        self.configured = configured
        self._below: dict[str | int, Self] | None = None

    def __repr__(self) -> str:
        return f"<{self.owner.address}.{self.path} = {show(self.node)!r}>"

    # -- stepping -------------------------------------------------------------------------------------------------

    def __getitem__(self, key: str | int) -> Self:
        if self._below is None:
            self._below = {}
        found = self._below.get(key)
        if found is None:
            found = self.at(key) if isinstance(key, int) or "." not in key else self.at(*key.split("."))
            self._below[key] = found
        return found

    def at(self, *segments: str | int) -> Self:
        """Step down by keys that may hold dots themselves, such as labels."""
        node, configured, path = self.node, self.configured, self.path
        for segment in segments:
            path = f"{path}.{segment}" if path else str(segment)
            value = node.get(str(segment)) if type(node) is dict and "dynamic" not in node else None
            node = value if value is not None else self._step(node, segment, path)  # the former is the commonest
            if configured is not ABSENT:
                configured = self._step_configured(configured, segment)
        return type(self)(self.owner, path, node, configured)

    def _step(self, node: Any, segment: str | int, path: str) -> Any:
        while isinstance(node, Template):
            if node.value is not ABSENT and not isinstance(node.value, str):
                node = node.value
            elif node.decoded is not ABSENT:
                node = node.decoded
            else:
                return Template(node.text, node.references)
        if isinstance(node, list):
            if isinstance(segment, int) or segment.isdigit():
                index = int(segment)
                return node[index] if index < len(node) else ABSENT
            if len(node) > 1:
                raise Unknown(f"{self.owner.address}.{path}", f"stands in {len(node)} blocks where one is expected")
            return self._step(node[0], segment, path) if node else ABSENT
        if isinstance(node, dict):
            value = node.get(str(segment), ABSENT)
            if value is ABSENT and (hidden := next(filter(_is_hidden, node), None)) is not None:
                return Template(str(hidden))
            if "dynamic" in node and self.owner is self.owner.resource:
                value = unfolded(node).get(str(segment), ABSENT)
            return ABSENT if value is None else value
        return node if node is COMPUTED else ABSENT

    @staticmethod
    def _step_configured(node: Any, segment: str | int) -> Any:
        if isinstance(node, list) and not (isinstance(segment, int) or segment.isdigit()):
            node = node[0] if len(node) == 1 else ABSENT
        if isinstance(node, list):
            return node[int(segment)] if int(segment) < len(node) else ABSENT
        if isinstance(node, dict):
            return node.get(str(segment), ABSENT)
        return node if isinstance(node, Template) else ABSENT

    def blocks(self) -> list[Self]:
        """Return each block, or list element, of this attribute; none where it is absent."""
        node = self.node
        while isinstance(node, Template) and node.value is not ABSENT:
            node = node.value
        if isinstance(node, Template) and isinstance(node.decoded, list):
            node = node.decoded
        if isinstance(node, list):
            return [self[index] for index in range(len(node))]
        if isinstance(node, Template):
            raise Unknown(self.name, f"is {node.text}, not a literal")
        return [] if self.absent else [self]

    def items(self) -> Iterator[tuple[str, Self]]:
        """Yield key and attribute of each entry of a map or of a single block."""
        node = self.node
        while isinstance(node, Template) and node.value is not ABSENT:
            node = node.value
        if isinstance(node, Template) and node.decoded is not ABSENT:
            node = node.decoded
        if isinstance(node, Template):
            raise Unknown(self.name, f"is {node.text}, not a literal")
        if isinstance(node, list) and len(node) == 1:
            node = node[0]
        if isinstance(node, dict):
            for key in node:
                plain = isinstance(key, str) and "." not in key
                yield str(key), self[key] if plain else self.at(key)

    # -- what it is -------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Address and path, as a message names it."""
        return f"{self.owner.address}.{self.path}"

    @property
    def kind(self) -> Kind:
        """Return what this attribute holds."""
        if self.node is ABSENT or self.node is None:
            return "absent"
        if self.node is COMPUTED:
            return "computed"
        return "template" if isinstance(self.node, Template) and self.node.value is ABSENT else "value"

    @property
    def absent(self) -> bool:
        """Whether the configuration does not set it: absent, null, an empty block list, or left to the provider."""
        node = self.node
        return node is ABSENT or node is None or node is COMPUTED or node == []

    @property
    def known(self) -> bool:
        """Whether it is a literal all the way down, or absent."""
        try:
            self.data()
        except Unknown:
            return False
        return True

    def __bool__(self) -> bool:
        raise TypeError(f"{self.name}: ask .absent, .flag() or .data(), an attribute has no truth of its own")

    # -- literals: each raises Unknown for a template without a value ------------------------------------------------

    def data(self) -> Any:
        """Return the literal, as plain data; None where it is absent or left to the provider."""
        node = self.node
        return node if type(node) is str else literal(node, lambda: self.name)

    def text(self) -> str | None:
        """Return the literal as a string, `1` as "1", `true` as "true"; None where absent."""
        value = self.data()
        if type(value) is str:
            return value
        if isinstance(value, dict | list):
            raise Unknown(self.name, f"is {value!r}, not a string")
        return None if value is None else as_text(value)

    def number(self) -> float | None:
        """Return the literal as a number; None where absent."""
        value = self.text()
        if value is None:
            return None
        try:
            return float(value)
        except ValueError:
            raise Unknown(self.name, f"is {value!r}, not a number") from None

    def flag(self) -> bool | None:
        """Return the literal as a boolean; None where absent."""
        value = self.text()
        if value is None or value in ("true", "false"):
            return None if value is None else value == "true"
        raise Unknown(self.name, f"is {value!r}, not a boolean")

    def strings(self) -> list[str]:
        """Return a list of scalars as strings; empty where absent; a scalar is a list of one."""
        value = self.data()
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        if any(isinstance(item, dict | list) or item is None for item in items):
            raise Unknown(self.name, f"is {value!r}, not a list of strings")
        return [as_text(item) for item in items]

    def mapping(self) -> dict[str, str]:
        """Return a map of scalars as strings; empty where absent."""
        return {key: value.text() or "" for key, value in self.items()}

    def json(self) -> Self:
        """Return the structure inside a JSON or YAML string, `jsonencode(...)` or template; raise Unknown where it cannot be seen."""
        try:
            node = expressions.decode(self.node, self.owner.resolve)
            configured = self._decode_configured()
        except ValueError as error:
            raise Unknown(self.name, str(error)) from None
        if node is ABSENT and isinstance(self.node, Template):
            node = configured
        if node is ABSENT and isinstance(self.node, Template):
            raise Unknown(self.name, f"is {self.node.text}, whose content cannot be seen")
        if isinstance(node, Template) and node.value is ABSENT and node.decoded is ABSENT:
            hidden = ", ".join(self.owner.resource.stack.hidden_locals(node.references))
            raise Unknown(self.name, f"refers to {hidden or node.text}, which is not shown here")
        return type(self)(self.owner, self.path, node, self.configured if configured is ABSENT else configured)

    def _decode_configured(self) -> Any:
        if isinstance(self.configured, Template):
            return expressions.decode(self.configured, self.owner.resolve)
        return ABSENT

    # -- references ---------------------------------------------------------------------------------------------------

    @property
    def references(self) -> tuple[str, ...]:
        """Each reference in the attribute, at any depth, `local.x` followed."""
        found: dict[str, None] = {}
        _gather(self.node, found)
        _gather(self.configured, found)
        return self.owner.resource.stack.through_locals(tuple(found))

    def stands_for(self) -> tuple[str, ...]:
        """Return each reference that this attribute is, or its elements are, `local.x` followed; an expression that computes is none.

        Raises:
            Unknown: It computes something of what it mentions, or tells of that no more than a description.

        """
        try:
            return tuple(self._pointed())
        except Mixed as error:
            raise Unknown(self.name, f"is {error}, which only Terraform can evaluate") from None

    def _pointed(self) -> Iterator[str]:
        stack = self.owner.resource.stack
        found = dict.fromkeys(pointers(self.node, stack))
        if self.configured is not ABSENT:
            held = set(literals(self.node))
            with contextlib.suppress(Mixed):
                for each in pointers(self.configured, stack):
                    if each.startswith("local.") or held.intersection(stack.held(each)):
                        found[each] = None
        return (each for each in outermost(list(found)) if names(each))

    def follow(self, *types: str) -> list[Resource]:
        """Return the resources (data sources: type `data.x`) that this attribute is a reference to or whose id, ARN or name it spells.

        Raises:
            Unknown: An expression computes it from such a resource, or it refers to a local that this layer does not
                show, as a plan without its synthesized form.

        """
        resource = self.owner.resource
        found = self._referenced(types)
        resource.stack.estate.look(found)
        return found

    def _referenced(self, types: tuple[str, ...]) -> list[Resource]:
        resource = self.owner.resource
        try:
            pointed = tuple(self._pointed())
        except Mixed as error:
            mentioned = resource.stack.referenced(self.references, resource)
            if not types or any(each.kind in types for each in mentioned):
                raise Unknown(self.name, f"is {error}, which only Terraform can evaluate") from None
            pointed = ()
        found = resource.stack.referenced(pointed, resource)
        if types:
            found = [each for each in found if each.kind in types]
        if found or not types:
            return found
        named = [
            each for kind in types for value in self._spelled() for each in resource.stack.estate.named(kind, value)
        ]
        own = [each for each in named if each.stack is resource.stack]
        if not named and (hidden := resource.stack.hidden_locals(self.references)):
            raise Unknown(self.name, f"refers to {', '.join(hidden)}, which is not shown here")
        return own or [each for each in named if each.mode != "data"]

    def _spelled(self) -> list[str]:
        node = self.node.value if isinstance(self.node, Template) else self.node
        items = node if isinstance(node, list) else [node]
        return list(dict.fromkeys(item for item in items if isinstance(item, str) and item))


def _is_hidden(key: object) -> bool:
    """Whether a key may turn out to be any: only Terraform can tell."""
    return isinstance(key, str) and is_template(key)


def unfolded(node: dict[str, Any]) -> dict[str, Any]:
    """Return a block with each `dynamic` block of it as what it is: something that only Terraform can tell."""
    dynamic = node.get("dynamic")
    names = [
        name
        for each in (dynamic if isinstance(dynamic, list) else [dynamic])
        if isinstance(each, dict)
        for name in each
    ]
    if not names:
        return node
    return {key: value for key, value in node.items() if key != "dynamic"} | {
        name: Template(f"dynamic {name!r}") for name in names
    }


def _gather(node: Any, found: dict[str, None]) -> None:
    if isinstance(node, str):
        return
    if isinstance(node, Template):
        for reference in node.references:
            found[reference] = None
        _gather(node.value, found)
        _gather(node.decoded, found)
    elif isinstance(node, dict):
        for value in node.values():
            _gather(value, found)
    elif isinstance(node, list):
        for value in node:
            _gather(value, found)

"""Resources and stacks, whatever they were loaded from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from policies import parameters
from policies.engine.attribute import Attribute
from policies.engine.expressions import evaluate_tree
from policies.engine.finding import Finding
from policies.engine.pointers import literals
from policies.engine.references import gather_references, segments_of, split_reference, walk
from policies.engine.templates import is_template
from policies.engine.values import ABSENT, Template, show

Layer = Literal["synth", "plan", "state"]
Mode = Literal["managed", "data", "ephemeral", "provider", "backend", "output"]
_META = frozenset(
    {"//", "lifecycle", "depends_on", "provider", "count", "for_each", "provisioner", "connection", "dynamic"}
)


def _dynamic(body: dict[str, Any]) -> list[dict[str, Any]]:
    dynamic = body["dynamic"]
    return [each for each in (dynamic if isinstance(dynamic, list) else [dynamic]) if isinstance(each, dict)]


_CERTAIN: dict[str, dict[str, str]] = {
    "aws_caller_identity": {"account_id": parameters.ACCOUNT},
    "aws_partition": {"partition": "aws", "dns_suffix": "amazonaws.com"},
    "aws_region": {"name": parameters.REGION, "region": parameters.REGION, "id": parameters.REGION},
}
"""What data sources say that stands fixed: each provider works in the fleet's account and region (B06, X08)."""


class Source:
    """What attributes belong to: a resource, or something read out of one."""

    resource: Resource

    @property
    def address(self) -> str:
        """Terraform address."""
        raise NotImplementedError

    @property
    def stack_name(self) -> str:
        """Stack that holds it."""
        return self.resource.stack.name

    @property
    def construct_path(self) -> str:
        """Path of the construct that made it; empty where unknown."""
        return self.resource.path

    def resolve(self, reference: str) -> Any:
        """Return what `reference` certainly stands for in this stack, or ABSENT."""
        return self.resource.stack.resolve(reference)

    def finding(self, message: str, *, found: Any = None, expected: Any = None, unknown: bool = False) -> Finding:
        """Return a finding about this object."""
        return Finding.about(self, message, found=show(found), expected=show(expected), unknown=unknown)


@dataclass(eq=False, repr=False)
class Resource(Source):
    """One instance of a resource, data source or ephemeral resource."""

    stack: Stack
    mode: Mode
    type: str
    name: str
    body: dict[str, Any]
    index: str | int | None = None
    module: str = ""
    path: str = ""
    provider: str = ""
    lifecycle: dict[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    before: dict[str, Any] = field(default_factory=dict)
    """What a plan finds in place; empty for what it creates, and on other layers."""
    multiplicity: Literal["one", "each", "unknown"] = "one"
    """`unknown`: count or for_each is no literal."""
    provisioners: tuple[str, ...] = ()
    """Types of the provisioners that run when it is made or destroyed."""

    def __post_init__(self) -> None:
        self.resource = self
        self._attributes: dict[str, Attribute] = {}

    def __repr__(self) -> str:
        return f"<{self.stack.name}: {self.address}>"

    @property
    def kind(self) -> str:
        """The type as a reference spells it: `aws_iam_role`, `data.aws_vpc`, `ephemeral.aws_ssm_parameter`."""
        return self.type if self.mode == "managed" else f"{self.mode}.{self.type}"

    @property
    def base(self) -> str:
        """Address without the instance's index."""
        return f"{self.module}{self.kind}.{self.name}"

    @cached_property
    def address(self) -> str:
        """Terraform address."""
        if self.index is None:
            return self.base
        if isinstance(self.index, str):
            return f"{self.base}[{_quoted(self.index)}]"
        return f"{self.base}[{self.index}]"

    def __getitem__(self, key: str) -> Attribute:
        known = self._attributes
        attribute = known.get(key)
        if attribute is None:
            first, _, rest = key.partition(".")
            attribute = self[first][rest] if rest else Attribute(self, first, *self._load(first))
            known[key] = attribute
        return attribute

    def at(self, first: str, *segments: str | int) -> Attribute:
        """Step down by keys that may hold dots themselves: `node_group.at("labels", "a.b/c")`."""
        return self[first].at(*segments)

    def _load(self, name: str) -> tuple[Any, Any]:
        """Return the attribute's node and, where it differs, its configured form."""
        body = self.body
        if "dynamic" in body and any(name in each for each in _dynamic(body)):
            return Template(f"dynamic {name!r}", ()), ABSENT
        node = body.get(name, ABSENT)
        if node is None or name in _META:
            return ABSENT, ABSENT
        return evaluate_tree(node, self.stack.resolve), ABSENT

    def attributes(self) -> Iterator[Attribute]:
        """Yield each attribute that is set."""
        for name in self.names():
            attribute = self[name]
            if not attribute.absent:
                yield attribute

    def names(self) -> Iterator[str]:
        """Yield the name of each attribute that may be set."""
        return (name for name in self._names() if name not in _META)

    def plain_text(self, name: str) -> str | None:
        """Return all that the attribute says where that is data and nothing else, for which nothing is evaluated; None where it may be more."""
        body = self.body
        if "dynamic" in body:
            return None
        text = repr(body.get(name))
        return None if is_template(text) else text

    def _names(self) -> Iterable[str]:
        body = self.body
        return (
            dict.fromkeys([*body, *(name for each in _dynamic(body) for name in each)]) if "dynamic" in body else body
        )

    @cached_property
    def plain(self) -> dict[str, str | None]:
        """What `plain_text` returns of each attribute that may be set; more than one control walks over all of them."""
        return {name: self.plain_text(name) for name in self.names()}

    def says(self, name: str) -> bool:
        """Whether the configuration says something of an argument, if only that it is an empty list."""
        return self.body.get(name) is not None

    @cached_property
    def identities(self) -> frozenset[str]:
        """What others may spell to name this resource: its literal id, ARN, name, and what a parameter holds."""
        found = set()
        for key in ("id", "arn", "name", "url", "bucket", "key_id", "insecure_value"):
            node = self[key].node
            value = node.value if isinstance(node, Template) else node
            if isinstance(value, str) and value:
                found.add(value)
        return frozenset(found)


def _quoted(key: str) -> str:
    """Return a key as Terraform spells it in an address."""
    return json.dumps(key, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


class Surroundings(Protocol):
    """All stacks that are judged together, as one of them sees them."""

    stacks: list[Stack]
    memory: dict[str, Any]
    """What was read out of all stacks once."""

    def named(self, kind: str, value: str) -> list[Resource]:
        """Return the resources of a type that `value` names: their id, ARN or name."""

    def look(self, objects: Iterable[object]) -> None:
        """Remember that a control looked at these very objects."""

    def resources(self, *kinds: str) -> list[Resource]:
        """Return the resources of these types; they count as checked."""


@dataclass(eq=False, repr=False)
class Stack:
    """One Terraform root module in one layer."""

    name: str
    layer: Layer
    folder: str = ""
    resources: list[Resource] = field(default_factory=list)
    deleted: list[Resource] = field(default_factory=list)
    """What a plan destroys for good, as it stands before; it is no part of what will be."""
    locals: dict[str, Any] = field(default_factory=dict)
    settings: list[Resource] = field(default_factory=list)
    """Provider, backend and output blocks, as resources of kind `provider.aws`, `backend.s3`, `output.value`."""
    terraform: dict[str, Any] = field(default_factory=dict)
    overrides: dict[str, list[str]] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    """Values that a plan was made with."""
    file: str = ""
    declared: set[str] = field(default_factory=set)
    """Addresses without index of all that is declared, instances or none."""
    estate: Surroundings = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._resolving: set[str] = set()
        self._evaluated: dict[str, Any] = {}
        self.index_anew()

    def index_anew(self) -> None:
        """Forget where resources were found and what was read of them; to be called when some were added."""
        self._evaluated.clear()
        for each in self.resources:
            each._attributes.clear()
        self._by_base: dict[str, list[Resource]] | None = None
        self._by_kind: dict[str, list[Resource]] | None = None

    def __repr__(self) -> str:
        return f"<{self.layer} {self.name}>"

    def of_kind(self, kind: str) -> list[Resource]:
        """Return the resources of a type, `data.x` for data sources."""
        if self._by_kind is None:
            self._by_kind = defaultdict(list)
            for resource in (*self.resources, *self.settings):
                self._by_kind[resource.kind].append(resource)
        return self._by_kind.get(kind, [])

    def instances(self, base: str) -> list[Resource]:
        """Return the instances of the resource `base`, an address without index."""
        if self._by_base is None:
            self._by_base = defaultdict(list)
            for resource in self.resources:
                self._by_base[resource.base].append(resource)
        return self._by_base.get(base, [])

    def resolve(self, reference: str) -> Any:
        """Return what `reference` certainly stands for: a local, or an argument that the configuration sets."""
        if reference in self._resolving:
            return ABSENT
        self._resolving.add(reference)
        try:
            return self._resolve(reference)
        finally:
            self._resolving.discard(reference)

    def _resolve(self, reference: str) -> Any:
        segments = segments_of(reference)
        if segments[0] == "local" and len(segments) > 1:
            if segments[1] not in self.locals:
                return ABSENT
            return walk(self._local(segments[1]), segments[2:])
        if (
            segments[0] == "data"
            and len(segments) > 3
            and segments[1] in _CERTAIN
            and self.instances(".".join(segments[:3]))
        ):
            return _CERTAIN[segments[1]].get(segments[-1], ABSENT)
        if segments[0] == "var" and len(segments) > 1 and segments[1] in self.variables:
            return walk(self.variables[segments[1]], segments[2:])
        base, rest, index = split_reference(segments)
        found = self.instances(base) if base and rest else []
        if index is not None:
            found = [each for each in found if str(each.index) == index]
        if len(found) != 1:
            return ABSENT
        return walk(found[0][rest[0]].node, rest[1:])

    def _local(self, name: str) -> Any:
        """Return the local `name`, evaluated once unless that is done inside another, where a circle would cut it short."""
        if name in self._evaluated:
            return self._evaluated[name]
        node = evaluate_tree(self.locals[name], self.resolve)
        if len(self._resolving) == 1:
            self._evaluated[name] = node
        return node

    def held(self, reference: str) -> set[str]:
        """Return each text that the attribute `reference` of a resource holds, whichever instance is meant."""
        base, rest, _ = split_reference(segments_of(reference))
        found = self.instances(base) if base and rest else []
        return {text for each in found for text in literals(walk(each[rest[0]].node, rest[1:]))}

    def through_locals(self, references: tuple[str, ...]) -> tuple[str, ...]:
        """Return `references` with those that locals stand for added."""
        found = dict.fromkeys(references)
        queue = [reference for reference in references if reference.startswith("local.")]
        seen: set[str] = set()
        while queue:
            name = segments_of(queue.pop())[1]
            if name in seen or name not in self.locals:
                continue
            seen.add(name)
            nested: dict[str, None] = {}
            gather_references(self.locals[name], nested)
            for reference in nested:
                found[reference] = None
                if reference.startswith("local."):
                    queue.append(reference)
        return tuple(found)

    def hidden_locals(self, references: tuple[str, ...]) -> list[str]:
        """Return the locals among `references` whose content this stack does not hold."""
        return [each for each in references if each.startswith("local.") and segments_of(each)[1] not in self.locals]

    def referenced(self, references: tuple[str, ...], origin: Resource) -> list[Resource]:
        """Return the resources that `references` name, in the module of `origin`."""
        found: dict[int, Resource] = {}
        for reference in references:
            base, _, index = split_reference(segments_of(reference))
            if not base:
                continue
            instances = self.instances(f"{origin.module}{base}")
            if index is not None:
                instances = [each for each in instances if str(each.index) == index]
            for each in instances:
                found[id(each)] = each
        return list(found.values())

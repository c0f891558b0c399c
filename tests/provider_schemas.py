"""Holds the blocks of a stack's `cdk.tf.json` against what the providers say of themselves.

The documents are those of `terraform providers schema -json`: what the providers at hand say (`tests.sandbox.provider_schemas`),
and of the others all `*.json` of the folder that the environment variable `PROVIDER_SCHEMAS` names, else of
`../shared/facts/schemas` beside the checkout where that exists.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sandbox.provider_schemas import SECTIONS
from tests.sandbox.terraform import REGISTRY

ROOT = Path(__file__).resolve().parents[1]
META_ARGUMENTS = {"//", "connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"}

Json = Any
Schema = Mapping[str, Json]


def schema_folder() -> Path | None:
    """The folder of schema documents, if there is one."""
    named = os.environ.get("PROVIDER_SCHEMAS")
    if named:
        return Path(named)
    beside = ROOT.parent / "shared" / "facts" / "schemas"
    return beside if beside.is_dir() else None


def load_schemas(folder: Path) -> ProviderSchemas:
    """Read all schema documents of `folder`; raise ValueError when it holds none."""
    providers: dict[str, Schema] = {}
    for path in sorted(folder.glob("*.json")):
        providers |= json.loads(path.read_text(encoding="utf-8"))["provider_schemas"]
    if not providers:
        raise ValueError(f"{folder}: no provider schema document")
    return ProviderSchemas(providers)


@dataclass
class Outcome:
    """What a check found: blocks checked by type, problems, and the types that no document describes."""

    checked: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    unchecked: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class ProviderSchemas:
    """The schema documents by provider address, such as `registry.terraform.io/auth0/auth0`."""

    providers: Mapping[str, Schema]

    def check(self, stack: Mapping[str, Json]) -> Outcome:
        """Hold every provider, resource, data and ephemeral block of `stack` against its schema."""
        outcome = Outcome()
        required = stack["terraform"]["required_providers"]
        for name, blocks in stack.get("provider", {}).items():
            schema = self._provider(required, name)
            for block in blocks if isinstance(blocks, list) else [blocks]:
                body = {key: value for key, value in block.items() if key != "alias"}
                self._hold(outcome, f"provider.{name}", schema and schema["provider"], body)
        for section, documents in SECTIONS.items():
            for type_, blocks in stack.get(section, {}).items():
                provider = self._provider(required, type_.partition("_")[0])
                schema = provider and provider.get(documents, {}).get(type_)
                if provider and not schema:
                    outcome.problems.append(f"{section}.{type_}: the provider knows no such type")
                    continue
                for name, body in blocks.items():
                    address = f"{type_}.{name}" if section == "resource" else f"{section}.{type_}.{name}"
                    self._hold(outcome, address, schema, body)
        return outcome

    def _provider(self, required: Mapping[str, Json], name: str) -> Schema | None:
        source = required[name]["source"] if name in required else name
        return self.providers.get(f"{REGISTRY}/{source}")

    def _hold(self, outcome: Outcome, address: str, schema: Schema | None, body: Mapping[str, Json]) -> None:
        type_ = address.rpartition(".")[0] if not address.startswith("provider.") else address
        if not schema:
            outcome.unchecked.add(type_)
            return
        outcome.checked[type_] += 1
        given = {key: value for key, value in body.items() if key not in META_ARGUMENTS}
        outcome.problems += _block_problems(address, schema["block"], given)


def _block_problems(path: str, block: Schema, body: Mapping[str, Json]) -> Iterator[str]:
    attributes, nested = block.get("attributes", {}), block.get("block_types", {})
    dynamic = body.get("dynamic", {})
    for key, value in body.items():
        if key == "dynamic":
            continue
        if key in attributes:
            yield from _attribute_problems(f"{path}.{key}", attributes[key], value)
        elif key in nested:
            yield from _nested_problems(f"{path}.{key}", nested[key], value)
        else:
            yield f"{path}.{key}: the provider knows no such argument"
    for key, attribute in attributes.items():
        if attribute.get("required") and body.get(key) is None:
            yield f"{path}.{key}: required, but missing"
    for key, block_type in nested.items():
        if block_type.get("min_items") and body.get(key) is None and key not in dynamic:
            yield f"{path}.{key}: required block, but missing"


def _nested_problems(path: str, block_type: Schema, value: Json) -> Iterator[str]:
    mode, block = block_type["nesting_mode"], block_type["block"]
    if value is None:
        return
    bodies: list[Json] = value if isinstance(value, list) else [value]
    if mode == "map" and isinstance(value, dict):
        bodies = list(value.values())
    if mode in {"single", "group"} and len(bodies) != 1:
        yield f"{path}: one block is wanted, {len(bodies)} are given"
    if len(bodies) < (block_type.get("min_items") or 0):
        yield f"{path}: at least {block_type['min_items']} blocks are wanted, {len(bodies)} are given"
    if block_type.get("max_items") and len(bodies) > block_type["max_items"]:
        yield f"{path}: at most {block_type['max_items']} blocks are allowed, {len(bodies)} are given"
    for index, body in enumerate(bodies):
        if isinstance(body, dict):
            yield from _block_problems(f"{path}[{index}]", block, body)
        else:
            yield f"{path}[{index}]: a block is wanted, {body!r} is given"


def _attribute_problems(path: str, attribute: Schema, value: Json) -> Iterator[str]:
    if value is None:
        return
    if not attribute.get("required") and not attribute.get("optional"):
        yield f"{path}: the provider computes it, it cannot be set"
    if not attribute.get("write_only") and _carries_ephemeral(value):
        yield f"{path}: takes no ephemeral value, for it is kept in state"
    if "nested_type" in attribute:
        yield from _nested_attribute_problems(path, attribute["nested_type"], value)
    else:
        yield from _type_problems(path, attribute["type"], value)


def _nested_attribute_problems(path: str, nested: Schema, value: Json) -> Iterator[str]:
    mode = nested["nesting_mode"]
    if _is_reference(value):
        return
    if mode in {"list", "set"}:
        if not isinstance(value, list):
            yield f"{path}: a list of objects is wanted"
            return
        bodies: list[Json] = value
    elif not isinstance(value, dict):
        yield f"{path}: an object is wanted"
        return
    else:
        bodies = [value] if mode == "single" else list(value.values())
    for index, body in enumerate(bodies):
        yield from _block_problems(f"{path}[{index}]" if mode != "single" else path, nested, body)


def _type_problems(path: str, type_: Json, value: Json) -> Iterator[str]:
    if _is_reference(value) or type_ == "dynamic" or value is None:
        return
    if isinstance(type_, str):
        if not _is_primitive(type_, value):
            yield f"{path}: a {type_} is wanted, {value!r} is given"
        return
    kind, inner = type_[0], type_[1]
    if kind in {"list", "set", "tuple"}:
        if not isinstance(value, list):
            # A list of objects may stand as one block of that name.
            if isinstance(value, dict) and isinstance(inner, list) and inner[0] == "object":
                yield from _type_problems(path, inner, value)
                return
            yield f"{path}: a list is wanted, {value!r} is given"
            return
        kinds: Sequence[Json] = inner if kind == "tuple" else [inner] * len(value)
        for index, (each, item) in enumerate(zip(kinds, value, strict=False)):
            yield from _type_problems(f"{path}[{index}]", each, item)
    elif not isinstance(value, dict):
        yield f"{path}: a {kind} is wanted, {value!r} is given"
    elif kind == "map":
        for key, item in value.items():
            yield from _type_problems(f"{path}.{key}", inner, item)
    else:
        for key in sorted(value.keys() - inner.keys()):
            yield f"{path}.{key}: the provider knows no such argument"
        for key in value.keys() & inner.keys():
            yield from _type_problems(f"{path}.{key}", inner[key], value[key])


def _is_reference(value: Json) -> bool:
    """Whether the value is one expression, whose type only Terraform knows."""
    return isinstance(value, str) and re.fullmatch(r"\$\{.*\}", value, re.DOTALL) is not None


def _is_primitive(type_: str, value: Json) -> bool:
    """Whether Terraform turns `value` into `type_`: it converts between strings and the rest both ways."""
    if type_ == "string":
        return isinstance(value, str | int | float)
    if type_ == "bool":
        return isinstance(value, bool) or value in ("true", "false")
    if isinstance(value, str):
        return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _carries_ephemeral(value: Json) -> bool:
    if isinstance(value, dict):
        return any(_carries_ephemeral(each) for each in value.values())
    if isinstance(value, list):
        return any(_carries_ephemeral(each) for each in value)
    return isinstance(value, str) and re.search(r"(?<!\$)\$\{[^}]*\bephemeral\.", value) is not None

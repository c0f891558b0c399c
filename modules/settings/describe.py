"""Says in words what a setting means and what it may be, from the JSON Schema of the settings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from modules.settings.account import Account
from modules.settings.cluster import Cluster
from modules.settings.fields import Settings
from modules.settings.organisation import Organisation
from modules.settings.rules import Part
from modules.settings.tenant import Tenant

KINDS: dict[str, type[Settings]] = {
    "cluster": Cluster,
    "organisation": Organisation,
    "tenant": Tenant,
    "account": Account,
}
"""What each kind of file holds."""

Schema = Mapping[str, Any]
LONGEST_LIST = 20
"""Values that a message lists."""


@cache
def schema_of(kind: str) -> Schema:
    """Return the JSON Schema of one kind of file."""
    return KINDS[kind].model_json_schema()


def _resolved(schema: Schema, root: Schema) -> dict[str, Any]:
    """Follow a reference and choose the one alternative that is not null; what stands beside it stays."""
    found = dict(schema)
    if "anyOf" in found:
        options = [each for each in found.pop("anyOf") if each.get("type") != "null"]
        found = {**_resolved(options[0], root), **found, "optional": True}
    if "$ref" in found:
        target = root["$defs"][found.pop("$ref").rpartition("/")[2]]
        found = {"about": target.get("description", ""), **_resolved(target, root), **found}
    return found


def at(kind: str, path: Sequence[Part]) -> dict[str, Any] | None:
    """Return the schema of the setting at a key path, or None when there is none."""
    root = schema_of(kind)
    schema = _resolved(root, root)
    for part in path:
        if isinstance(part, int) and "items" in schema:
            inner = schema["items"]
        elif isinstance(part, str) and part in schema.get("properties", {}):
            inner = schema["properties"][part]
        elif isinstance(part, str) and (maps := _map_value(schema)) is not None:
            inner = maps
        else:
            return None
        schema = _resolved(inner, root)
    return schema


def _map_value(schema: Schema) -> Schema | None:
    """Return the schema of a free mapping's values, or None when the keys are fixed."""
    for value in schema.get("patternProperties", {}).values():
        found: Schema = value
        return found
    values = schema.get("additionalProperties")
    return values if isinstance(values, Mapping) else None


def keys(kind: str, path: Sequence[Part]) -> list[str]:
    """Return the keys that the mapping at a key path may have; none where they are free."""
    schema = at(kind, path)
    return sorted(schema.get("properties", {})) if schema else []


def nearest(word: str, candidates: Sequence[str]) -> str | None:
    """Return the candidate that is nearest to a misspelt word, or None when none is near."""
    close = difflib.get_close_matches(word[:100], candidates, n=1, cutoff=0.6)
    return close[0] if close else None


def allowed(schema: Schema, root: Schema) -> str:
    """Say what a setting may be."""
    schema = _resolved(schema, root)
    unit = f" {schema['unit']}" if "unit" in schema else ""
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        names = [f'"{each}"' if isinstance(each, str) else str(each) for each in values]
        more = f" and {len(names) - LONGEST_LIST} others" if len(names) > LONGEST_LIST else ""
        return f"{'one of ' if len(names) > 1 else ''}{', '.join(names[:LONGEST_LIST])}{more}{unit}"
    kind = schema.get("type")
    if kind == "boolean":
        return "true or false"
    if kind in ("integer", "number"):
        return f"a whole number{_range(schema)}{unit}"
    if kind == "array":
        return f"a list of {_few(schema)}{_plural(allowed(schema.get('items', {}), root))}"
    if kind == "object":
        if "properties" in schema:
            return f"a mapping with the keys {', '.join(schema['properties'])}"
        inner = _map_value(schema)
        return f"a mapping of keys to {allowed(inner, root)}" if inner else "a mapping"
    return _text(schema)


def _range(schema: Schema) -> str:
    """Say between which numbers a value lies."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" of at least {low}" if low is not None else f" of at most {high}" if high is not None else ""


def _few(schema: Schema) -> str:
    """Say how many items a list has."""
    low, high = schema.get("minItems"), schema.get("maxItems")
    if low and high:
        return f"{low} to {high} items, each "
    return f"at least {low}, each " if low else f"at most {high}, each " if high else "items, each "


def _plural(text: str) -> str:
    """Return the description of one item, shortened where it lists many values."""
    return text if len(text) <= 400 else f"{text[:400]}…"


def _text(schema: Schema) -> str:
    """Say what text a value may be."""
    if "patternErrorMessage" in schema:
        words = str(schema["patternErrorMessage"])
    elif "pattern" in schema:
        words = f"text that matches {schema['pattern']}"
    else:
        words = "text"
    low, high = schema.get("minLength"), schema.get("maxLength")
    if low and high:
        words += f", {low} to {high} characters"
    elif low or high:
        words += f", at least {low} characters" if low else f", at most {high} characters"
    examples = [each for each in schema.get("examples", []) if isinstance(each, str)]
    return f'{words}, such as "{examples[0]}"' if examples else words


def explain(path: str) -> str:
    """Explain one setting, such as `cluster.main.size.desired`: meaning, unit, what is allowed, default, ADR heading.

    A list's items are reached by the same path, with or without `[]`. Raises ValueError for a path that is no
    setting, with the nearest that is.
    """
    kind, *parts = path.replace("[]", "").split(".")
    if kind not in KINDS:
        near = nearest(kind, list(KINDS))
        hint = f'; did you mean "{near}"?' if near else ""
        raise ValueError(f'no setting "{path[:100]}": allowed: a path that begins with {", ".join(KINDS)}{hint}')
    steps: list[Part] = []
    headings = _headings(schema_of(kind))
    schema = at(kind, ()) or {}
    for part in parts:
        if schema.get("type") == "array":
            steps.append(0)
            schema = at(kind, steps) or {}
        headings = _headings(schema) or headings
        found = at(kind, [*steps, part])
        if found is None:
            options = keys(kind, steps)
            near = nearest(part, options)
            hint = f'; did you mean "{near}"?' if near else ""
            choice = f"one of {', '.join(options)}" if options else "nothing, for it has no settings below it"
            raise ValueError(f'no setting "{path[:100]}": "{part[:100]}" is unknown; allowed: {choice}{hint}')
        steps.append(part)
        schema = found
    return _explained(path, schema, schema_of(kind), _headings(schema) or headings)


def _headings(schema: Schema) -> str:
    """Return the ADR headings that a setting's own description names, else that of the settings it holds."""
    own = re.findall(r"\(ADR: ([^)]+)\)", schema.get("description", ""))
    return ", ".join(own or re.findall(r"\(ADR: ([^)]+)\)", schema.get("about", "")))


def _explained(path: str, schema: Schema, root: Schema, headings: str) -> str:
    """Lay out what `explain` says."""
    meaning = re.sub(r"\s*\(ADR: [^)]+\)", "", schema.get("description", "")).strip()
    lines = [path, f"  {meaning}", f"  Allowed: {allowed(schema, root)}"]
    if "unit" in schema:
        lines.append(f"  Unit: {schema['unit']}")
    if "default" in schema:
        default = schema["default"]
        words = "absent" if default is None else str(list(default) if isinstance(default, tuple) else default)
        lines.append(f"  Default: {'true' if default is True else 'false' if default is False else words}")
    if schema.get("examples"):
        lines.append(f"  Example: {schema['examples'][0]}")
    if headings:
        lines.append(f"  ADR: {headings}")
    lines += [f"  - {name}: {each.get('description', '')}" for name, each in schema.get("properties", {}).items()]
    return "\n".join(lines)

"""A plan of a new stack, made from its synthesized JSON as Terraform would: references unknown, locals and literals known."""

from __future__ import annotations

from typing import Any

from policies.engine import synth
from policies.engine.expressions import evaluate_tree
from policies.engine.resource import Resource, Stack
from policies.engine.templates import is_template, references
from policies.engine.values import ABSENT, COMPUTED, Template

_META = {"//", "lifecycle", "depends_on", "provider", "count", "for_each", "provisioner", "connection", "dynamic"}


def plan_of(name: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return plan JSON as `terraform show -json` writes it for a stack that does not exist yet."""
    from pathlib import Path

    stack = synth.build_stack(name, Path(), [Path("cdk.tf.json")], [document], [])
    estate_of(stack)
    planned: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for resource in stack.resources:
        if resource.mode == "ephemeral":
            continue
        after, unknown = _values(resource)
        entry: dict[str, Any] = {
            "address": resource.address,
            "mode": resource.mode,
            "type": resource.type,
            "name": resource.name,
        }
        if resource.index is not None:
            entry["index"] = resource.index
        if resource.mode == "managed":
            planned.append({**entry, "values": after})
        actions = ["create"] if resource.mode == "managed" else ["read"]
        changes.append(
            {**entry, "change": {"actions": actions, "before": None, "after": after, "after_unknown": unknown}}
        )
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "complete": True,
        "applyable": True,
        "errored": False,
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "configuration": {
            "provider_config": _providers(document),
            "root_module": {
                "resources": list(_declared(document)),
                "outputs": _outputs(document),
                "module_calls": {
                    name: {"source": body["source"], "module": {}} for name, body in document.get("module", {}).items()
                },
            },
        },
    }


def estate_of(stack: Stack) -> None:
    """Give a lone stack an estate, so that its attributes can be followed."""
    from policies.engine.estate import Estate

    Estate("synth", [stack])


def _values(resource: Resource) -> tuple[dict[str, Any], dict[str, Any]]:
    after: dict[str, Any] = {}
    unknown: dict[str, Any] = {"id": True}
    for attribute in resource.attributes():
        if attribute.path.endswith("_wo"):
            after[attribute.path] = None
            continue
        value, hidden = _split(attribute.node)
        after[attribute.path] = value
        if hidden:
            unknown[attribute.path] = hidden
            if hidden is True:
                del after[attribute.path]
    for name, block in resource.body.get("dynamic", {}).items():
        each = evaluate_tree(block["for_each"], resource.stack.resolve)
        after[name] = [block["content"]] * len(each.value if isinstance(each, Template) else each)
        unknown.pop(name, None)
    return after, unknown


def _split(node: Any) -> tuple[Any, Any]:
    """Return what a plan shows of `node` and what it calls unknown."""
    if isinstance(node, Template):
        return (None, True) if node.value is ABSENT else _split(node.value)
    if node is ABSENT or node is COMPUTED or node is None:
        return None, False
    if isinstance(node, dict):
        pairs = {key: _split(value) for key, value in node.items()}
        return (
            {key: value for key, (value, hidden) in pairs.items() if hidden is not True},
            {key: hidden for key, (_, hidden) in pairs.items() if hidden} or False,
        )
    if isinstance(node, list):
        items = [_split(value) for value in node]
        return [value for value, _ in items], [hidden or False for _, hidden in items] if any(
            h for _, h in items
        ) else False
    return node, False


def _declared(document: dict[str, Any]) -> Any:
    for block, mode in (("resource", "managed"), ("data", "data")):  # Terraform 1.11 shows nothing ephemeral
        for type_, names in document.get(block, {}).items():
            for name, body in names.items():
                prefix = "" if mode == "managed" else f"{mode}."
                entry = {
                    "address": f"{prefix}{type_}.{name}",
                    "mode": mode,
                    "type": type_,
                    "name": name,
                    "provider_config_key": body.get("provider", type_.split("_")[0]),
                    "expressions": {key: _expression(value) for key, value in body.items() if key not in _META},
                }
                if body.get("depends_on"):
                    entry["depends_on"] = body["depends_on"]
                if body.get("provisioner"):
                    entry["provisioners"] = list(_provisioners(body["provisioner"]))
                for argument in ("count", "for_each"):
                    if argument in body:
                        entry[f"{argument}_expression"] = _expression(body[argument])
                yield entry


def _outputs(document: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"expression": _expression(body["value"])} | ({"sensitive": True} if body.get("sensitive") else {})
        for name, body in document.get("output", {}).items()
    }


def _provisioners(node: Any) -> Any:
    for group in node if isinstance(node, list) else [node]:
        for type_, bodies in group.items():
            for body in bodies if isinstance(bodies, list) else [bodies]:
                yield {"type": type_, "expressions": {key: _expression(value) for key, value in body.items()}}


def _expression(value: Any) -> Any:
    if isinstance(value, dict) and _holds_template(value):
        return {key: _expression(each) for key, each in value.items()}
    found: dict[str, Any] = {"constant_value": value}
    named = _all_references(value)
    if named:
        found["references"] = named
    return found


def _holds_template(value: Any) -> bool:
    return bool(_all_references(value))


def _all_references(value: Any) -> list[str]:
    if isinstance(value, str):
        return list(references(value)) if is_template(value) else []
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for child in children for each in _all_references(child)]


def _providers(document: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for type_, bodies in document.get("provider", {}).items():
        for body in bodies if isinstance(bodies, list) else [bodies]:
            alias = body.get("alias")
            entry = {
                "name": type_,
                "expressions": {key: _expression(value) for key, value in body.items() if key != "alias"},
            }
            found[f"{type_}.{alias}" if alias else type_] = entry | ({"alias": alias} if alias else {})
    return found

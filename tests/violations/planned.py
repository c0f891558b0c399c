"""A plan of a new stack, made from its synthesized JSON as Terraform would: references unknown, locals and literals known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from policies.engine import synth
from policies.engine.expressions import evaluate_tree
from policies.engine.resource import Resource, Stack
from policies.engine.templates import is_template, references
from policies.engine.values import ABSENT, COMPUTED, Template

Documents = dict[str, dict[str, Any]]
"""Documents by the stack's name."""
Values = tuple[dict[str, Any], dict[str, Any]]
"""What a plan knows of a resource, and what it calls unknown."""
Place = tuple[str, str, str]
"""Mode, type and name."""
Known = Callable[[Stack], dict[str, Values]]
_META = {"//", "lifecycle", "depends_on", "provider", "count", "for_each", "provisioner", "connection", "dynamic"}
_ARGUMENTS = frozenset(
    {
        "annotations", "data", "data_wo", "default", "default_request", "hard", "labels", "manifest", "match_labels",
        "parameters", "postrender", "required_claims", "set", "set_list", "set_sensitive", "set_wo", "tags",
    }
)  # fmt: skip
"""What holds objects and is an argument, a map most often; all else that does is a block, of which plans show a list."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "helm_release": {
        **dict.fromkeys(("atomic", "create_namespace", "dependency_update", "disable_crd_hooks"), False),
        **dict.fromkeys(("disable_openapi_validation", "disable_webhooks", "force_update", "lint"), False),
        **dict.fromkeys(("pass_credentials", "recreate_pods", "replace", "reset_values", "reuse_values"), False),
        **dict.fromkeys(("skip_crds", "take_ownership", "verify", "wait_for_jobs"), False),
        "max_history": 0,
        "render_subchart_notes": True,
        "status": "deployed",
        "timeout": 300,
        "wait": True,
    }
}
"""What a provider puts where nothing is written, by type."""


def is_block(name: str, value: Any) -> bool:
    """Return whether what stands under `name` is one block or a list of blocks."""
    listed = value if isinstance(value, list) else [value]
    return name not in _ARGUMENTS and bool(listed) and all(isinstance(each, dict) for each in listed)


def plan_of(
    name: str,
    document: dict[str, Any],
    known: Known = lambda _: {},
    shown: Callable[[Place, Any], Any] = lambda *_: None,
) -> dict[str, Any]:
    """Return plan JSON as `terraform show -json` writes it for a stack that does not exist yet.

    `known` returns by address the values of what was planned before, and is in a stack as it was then; `shown`, what
    the configuration showed of the very body in the same place, if anything did.
    """
    from pathlib import Path

    stack = synth.build_stack(name, Path(), [Path("cdk.tf.json")], [document], [])
    estate_of(stack)
    values = known(stack)
    planned: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for resource in stack.resources:
        if resource.mode == "ephemeral":
            continue
        after, unknown = values.get(resource.address) or _values(resource)
        entry: dict[str, Any] = {
            "address": resource.address,
            "mode": resource.mode,
            "type": resource.type,
            "name": resource.name,
            "provider_name": _provider_name(document, resource),
        }
        if resource.index is not None:
            entry["index"] = resource.index
        if resource.mode == "managed":
            planned.append({**entry, "values": after})
        actions = ["create"] if resource.mode == "managed" else ["read"]
        sensitive: dict[str, Any] = {"before_sensitive": False, "after_sensitive": {}}
        change = {"actions": actions, "before": None, "after": after, "after_unknown": unknown, **sensitive}
        changes.append({**entry, "change": change})
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
                "resources": [shown(place, body) or _declared(*place, body) for place, body in bodies(document)],
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


def _provider_name(document: dict[str, Any], resource: Resource) -> str:
    local = resource.provider.split(".")[0] or resource.type.split("_")[0]
    required = document.get("terraform", {}).get("required_providers", {}).get(local, {})
    return f"registry.terraform.io/{required.get('source', f'hashicorp/{local}')}"


def _values(resource: Resource) -> Values:
    after: dict[str, Any] = dict(DEFAULTS.get(resource.type, {}))
    unknown: dict[str, Any] = {"id": True}
    for attribute in resource.attributes():
        if attribute.path.endswith("_wo"):
            blocks = attribute.node if is_block(attribute.path, attribute.node) else ()
            after[attribute.path] = [{**each, "value": None} for each in blocks] or None
            continue
        value, hidden = _split(attribute.node, attribute.path)
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


_Split = tuple[Any, Any]


def _split(node: Any, name: str | None = None) -> _Split:
    """Return what a plan shows of `node` and what it calls unknown; `name` is what it stands under, but in an argument."""
    if isinstance(node, Template):
        return (None, True) if node.value is ABSENT else _split(node.value, name)
    if node is ABSENT or node is COMPUTED or node is None:
        return None, False
    if name is not None and is_block(name, node):
        blocks = node if isinstance(node, list) else [node]
        return _listed([_keyed({key: _split(value, key) for key, value in each.items()}) for each in blocks])
    if isinstance(node, dict):
        return _keyed({key: _split(value) for key, value in node.items()})
    if isinstance(node, list):
        return _listed([_split(value) for value in node])
    return node, False


def _keyed(pairs: dict[str, _Split]) -> _Split:
    return (
        {key: value for key, (value, hidden) in pairs.items() if hidden is not True},
        {key: hidden for key, (_, hidden) in pairs.items() if hidden} or False,
    )


def _listed(items: list[_Split]) -> _Split:
    hidden = [each or False for _, each in items]
    return [value for value, _ in items], hidden if any(hidden) else False


def bodies(document: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield place and body of what the configuration of a plan shows, in its order."""
    for block, mode in (("resource", "managed"), ("data", "data")):  # Terraform 1.11 shows nothing ephemeral
        for type_, names in document.get(block, {}).items():
            for name, body in names.items():
                yield (mode, type_, name), body


def _declared(mode: str, type_: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
    prefix = "" if mode == "managed" else f"{mode}."
    entry = {
        "address": f"{prefix}{type_}.{name}",
        "mode": mode,
        "type": type_,
        "name": name,
        "provider_config_key": body.get("provider", type_.split("_")[0]),
        "expressions": {key: _expression(value, key) for key, value in body.items() if key not in _META},
    }
    if body.get("depends_on"):
        entry["depends_on"] = body["depends_on"]
    if body.get("provisioner"):
        entry["provisioners"] = list(_provisioners(body["provisioner"]))
    for argument in ("count", "for_each"):
        if argument in body:
            entry[f"{argument}_expression"] = _expression(body[argument])
    return entry


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


def _expression(value: Any, name: str = "") -> Any:
    """Return what the configuration of a plan shows of an argument or, under a block's name, of its blocks."""
    if name and is_block(name, value):
        blocks = value if isinstance(value, list) else [value]
        return [{key: _expression(each, key) for key, each in block.items() if key != "dynamic"} for block in blocks]
    found: dict[str, Any] = {"constant_value": value}
    named = [step for each in _all_references(value) for step in _steps(each)]
    if named:
        found["references"] = list(dict.fromkeys(named))
    return found


def _steps(reference: str) -> list[str]:
    """Return a reference, then what it steps through, back to the resource: `a.b.c[0].d`, `a.b.c[0]`, `a.b.c`, `a.b`."""
    subject = 3 if reference.startswith(("data.", "ephemeral.")) else 2
    marks = [match.start() for match in re.finditer(r"[.\[]", reference)]
    ends = [len(reference), *reversed(marks[subject - 1 :])]
    return [reference[:end] for end in ends]


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
                "expressions": {
                    key: _expression(value, "" if key == "kubernetes" else key)
                    for key, value in body.items()
                    if key != "alias"
                },
            }
            found[f"{type_}.{alias}" if alias else type_] = entry | ({"alias": alias} if alias else {})
    return found

"""Loads plan JSON and state JSON (`terraform show -json`), and recovers what a plan calls unknown from its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from policies.engine.expressions import evaluate_tree
from policies.engine.pointers import outermost
from policies.engine.references import gather_references
from policies.engine.refusal import Refusal
from policies.engine.resource import Mode, Resource, Stack
from policies.engine.templates import is_template
from policies.engine.values import ABSENT, COMPUTED, Template

_INDEX = re.compile(r"\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\]")
_LEAF = frozenset({"constant_value", "references"})
_TELLS_EMPTY_FROM_UNSET = frozenset({"helm_release"})
"""Types whose provider is built on the plugin framework and keeps null for what nobody set; of those that matter here."""


@dataclass(eq=False, repr=False)
class PlannedResource(Resource):
    """An instance in a plan: what Terraform knows, completed by what the configuration says."""

    unknown: dict[str, Any] = field(default_factory=dict)
    expressions: dict[str, Any] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)
    """The body as it is synthesized, where that is at hand: a plan says what an expression mentions, not what it computes."""

    def _load(self, name: str) -> tuple[Any, Any]:
        configured = _configured(self.expressions.get(name, ABSENT), self.stack, self.written.get(name))
        empty_is_unset = self.type not in _TELLS_EMPTY_FROM_UNSET
        merged = _merge(
            name, self.body.get(name), self.unknown.get(name, False), configured, empty_is_unset=empty_is_unset
        )
        return merged, configured

    def plain_text(self, name: str) -> str | None:
        """Return all that the attribute says where Terraform knows it and the configuration refers to nothing."""
        if self.unknown.get(name) or name.endswith("_wo"):
            return None
        text = repr((self.body.get(name), self.expressions.get(name)))
        return None if is_template(text) or "references" in text or "_wo" in text else text

    def _names(self) -> list[str]:
        return list(dict.fromkeys([*self.body, *self.unknown, *self.expressions]))

    def says(self, name: str) -> bool:
        """Whether the configuration says something of an argument; a plan shows what is in place, too."""
        return name in self.expressions


def _configured(expression: Any, stack: Stack, written: Any = None) -> Any:
    """Return the node that an entry of `configuration…expressions` stands for; `written` is its text, where it is known."""
    if isinstance(expression, list):
        texts = written if isinstance(written, list) and len(written) == len(expression) else [written]
        return [_configured(each, stack, texts[at % len(texts)]) for at, each in enumerate(expression)]
    if not isinstance(expression, dict):
        return ABSENT
    if expression.keys() <= _LEAF:
        if "constant_value" in expression:
            return evaluate_tree(expression["constant_value"], stack.resolve)
        mentioned = tuple(expression.get("references", ()))
        if not mentioned:
            return ABSENT
        if written is not None and _mentioned(written).keys() == set(outermost(list(mentioned))):
            return evaluate_tree(written, stack.resolve)
        return Template("${" + mentioned[0] + "}", mentioned)
    written = written[0] if isinstance(written, list) and len(written) == 1 else written
    block: dict[str, Any] = written if isinstance(written, dict) else {}
    return {key: _configured(value, stack, block.get(key)) for key, value in expression.items()}


def _mentioned(written: Any) -> dict[str, None]:
    found: dict[str, None] = {}
    gather_references(written, found)
    return dict.fromkeys(outermost(list(found)))


def _child(configured: Any, key: str | int, size: int = 0) -> Any:
    """Return the part of `configured` that belongs to `key` of a map or to one of `size` list elements."""
    while isinstance(configured, Template) and isinstance(configured.value, dict | list):
        configured = configured.value
    if isinstance(configured, Template):
        return Template(configured.text, configured.references)
    if isinstance(key, int):
        if isinstance(configured, list):
            return configured[key] if len(configured) == size else ABSENT
        return configured if isinstance(configured, dict) and size == 1 else ABSENT
    if isinstance(configured, list) and len(configured) == 1:
        configured = configured[0]
    return configured.get(key, ABSENT) if isinstance(configured, dict) else ABSENT


def _merge(name: str, after: Any, unknown: Any, configured: Any, *, empty_is_unset: bool) -> Any:
    """Complete what Terraform knows; `empty_is_unset` where the provider writes "" and 0 for what nobody set."""
    if unknown is True:
        return COMPUTED if configured is ABSENT else configured
    if after is None and not unknown:
        return configured if name.endswith("_wo") else ABSENT
    if isinstance(after, dict) or isinstance(unknown, dict):
        return _merge_map(name, after, unknown, configured, empty_is_unset=False)
    if isinstance(after, list) or isinstance(unknown, list):
        after = after if isinstance(after, list) else []
        unknown = unknown if isinstance(unknown, list) else []
        size = max(len(after), len(unknown))
        return [
            _merge_element(
                name if name.endswith("_wo") else "",
                after[index] if index < len(after) else None,
                unknown[index] if index < len(unknown) else False,
                _child(configured, index, size),
                empty_is_unset=empty_is_unset,
            )
            for index in range(size)
        ]
    if empty_is_unset and configured is ABSENT and after is not False and after in ("", 0):
        return ABSENT
    return after


def _merge_element(name: str, after: Any, unknown: Any, configured: Any, *, empty_is_unset: bool) -> Any:
    """A list's element: a block's attributes may be unset, a value that stands in a list is not."""
    if unknown is not True and (isinstance(after, dict) or isinstance(unknown, dict)):
        return _merge_map(name, after, unknown, configured, empty_is_unset=empty_is_unset)
    return _merge(name, after, unknown, configured, empty_is_unset=False)


def _merge_map(name: str, after: Any, unknown: Any, configured: Any, *, empty_is_unset: bool) -> dict[str, Any]:
    """A map or a block; of one that is write-only, Terraform shows no value either."""
    after = after if isinstance(after, dict) else {}
    unknown = unknown if isinstance(unknown, dict) else {}
    return {
        key: _merge(
            name if name.endswith("_wo") else key,
            after.get(key),
            unknown.get(key, False),
            _child(configured, key),
            empty_is_unset=empty_is_unset,
        )
        for key in dict.fromkeys([*after, *unknown])
    }


def is_plan(document: dict[str, Any]) -> bool:
    """Return whether `document` is plan JSON."""
    return "planned_values" in document or "resource_changes" in document


def is_state(document: dict[str, Any]) -> bool:
    """Return whether `document` is state JSON as `terraform show -json` writes it."""
    return "format_version" in document and not is_plan(document) and ("values" in document or len(document) <= 2)


def load_state(name: str, file: str, document: dict[str, Any], refusals: list[Refusal]) -> Stack:
    """Return the stack that a state shows."""
    stack = Stack(name, "state", file=file)
    if not document.get("values"):
        refusals.append(Refusal("X00-readable", name, f"{file}: the state is empty"))
        return stack
    for module, entry in _modules(document["values"].get("root_module", {})):
        stack.resources.append(_resource(stack, module, entry, {}))
    for key, each in document.get("values", {}).get("outputs", {}).items():
        body = {name: each[name] for name in ("value", "sensitive") if name in each}
        stack.settings.append(PlannedResource(stack, "output", "value", key, body))
    return stack


def load_plan(name: str, file: str, document: dict[str, Any], refusals: list[Refusal]) -> Stack:
    """Return the stack that a plan shows, and note what keeps it from being trusted."""
    stack = Stack(name, "plan", file=file)
    _distrust(name, file, document, refusals)
    stack.terraform = {key: document.get(key) for key in ("timestamp", "terraform_version")}
    stack.variables = {key: each.get("value") for key, each in document.get("variables", {}).items()}
    configuration = document.get("configuration", {})
    configured = {
        f"{module}{entry.get('address')}": entry for module, entry in _declared(configuration.get("root_module", {}))
    }
    changes = {each.get("address"): each for each in document.get("resource_changes", ()) if "deposed" not in each}
    seen: set[str] = set()
    entries = [*_modules(document.get("planned_values", {}).get("root_module", {}))]
    prior = document.get("prior_state", {}).get("values", {}).get("root_module", {})
    entries += [each for each in _modules(prior) if each[1].get("mode") == "data"]
    entries += [
        (str(each.get("module_address", "")), {**each, "values": {}})
        for each in changes.values()
        if each.get("mode") == "data" and each["change"]["actions"] != ["delete"]
    ]
    for module, entry in entries:
        address = entry.get("address", "")
        if address in seen:
            if entry.get("mode") != "data":
                refusals.append(Refusal("X10-same-addresses", name, f"{file}: {address} stands twice", address))
            continue
        seen.add(address)
        declared = configured.get(without_index(address), {})
        stack.resources.append(_resource(stack, module, entry, declared, changes.get(address, {})))
    stack.deleted = list(_deleted(stack, document))
    if not any(each.control == "X06-trustworthy-plan" and each.stack == name for each in refusals):
        _count_instances(stack, configured, refusals)
    for module, entry in _declared(configuration.get("root_module", {})):
        if entry.get("mode") == "ephemeral":
            stack.resources.append(_resource(stack, module.removesuffix("."), {**entry, "values": {}}, entry))
    for key, each in configuration.get("provider_config", {}).items():
        block = PlannedResource(stack, "provider", each.get("name", key), each.get("alias", "default"), {})
        block.expressions = each.get("expressions", {})
        block.unknown = dict.fromkeys(block.expressions, True)
        stack.settings.append(block)
    for key, each in configuration.get("root_module", {}).get("outputs", {}).items():
        known = document.get("planned_values", {}).get("outputs", {}).get(key, {})
        body = {name: found[name] for name, found in (("value", known), ("sensitive", each)) if name in found}
        output = PlannedResource(stack, "output", "value", key, body, expressions={"value": each.get("expression", {})})
        output.unknown = {} if "value" in body else {"value": True}
        stack.settings.append(output)
    return stack


def _deleted(stack: Stack, document: dict[str, Any]) -> Iterator[Resource]:
    """Yield what the plan destroys and does not make again, and what a former replacement left to be destroyed."""
    for each in document.get("resource_changes", ()):
        change = each.get("change", {})
        if each.get("mode") == "managed" and tuple(change.get("actions", ())) == ("delete",):
            deposed = f" (deposed {each['deposed']})" if each.get("deposed") else ""
            before = {**each, "values": change.get("before") or {}}
            resource = _resource(stack, str(each.get("module_address", "")), before, {}, each)
            resource.address = f"{each.get('address', resource.address)}{deposed}"
            yield resource


def _count_instances(stack: Stack, configured: dict[str, Any], refusals: list[Refusal]) -> None:
    """Refuse a resource that is declared and of which the plan makes no instance."""
    shown = {without_index(each.base) for each in stack.resources}
    for address, entry in configured.items():
        if entry.get("mode") == "managed" and address not in shown:
            text = f"{stack.file}: {address} is declared but has no instance: its count or for_each is empty"
            refusals.append(Refusal("X01-count-zero", stack.name, text, address))


def _resource(
    stack: Stack, module: str, entry: dict[str, Any], declared: dict[str, Any], change: dict[str, Any] | None = None
) -> Resource:
    after = (change or {}).get("change", {})
    body = after.get("after") if isinstance(after.get("after"), dict) else entry.get("values")
    mode: Mode = entry.get("mode", "managed")
    resource = PlannedResource(
        stack,
        mode,
        entry.get("type", ""),
        entry.get("name", ""),
        body or {},
        index=entry.get("index"),
        module=f"{module}." if module else "",
        provider=str(declared.get("provider_config_key", "")),
        depends_on=tuple(declared.get("depends_on", entry.get("depends_on", ()))),
        provisioners=tuple(str(each.get("type", "")) for each in declared.get("provisioners", ())),
        actions=tuple(after.get("actions", ())),
        before=after.get("before") or {},
        multiplicity="one" if entry.get("index") is None else "each",
    )
    unknown = after.get("after_unknown")
    resource.unknown = unknown if isinstance(unknown, dict) else {}
    resource.expressions = declared.get("expressions", {})
    if mode == "ephemeral":
        resource.unknown = dict.fromkeys(resource.expressions, True)
    return resource


def _modules(module: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in module.get("resources", ()):
        yield str(module.get("address", "")), entry
    for child in module.get("child_modules", ()):
        yield from _modules(child)


def _declared(module: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in module.get("resources", ()):
        yield prefix, entry
    for name, call in module.get("module_calls", {}).items():
        yield from _declared(call.get("module", {}), f"{prefix}module.{name}.")


def without_index(address: str) -> str:
    """Return an address without the index of its instance and of its modules'."""
    return _INDEX.sub("", address)


def declared_addresses(document: dict[str, Any]) -> set[str]:
    """Return the address of each resource in a plan's configuration, without index."""
    root = document.get("configuration", {}).get("root_module", {})
    return {f"{module}{entry.get('address')}" for module, entry in _declared(root)}


def _distrust(name: str, file: str, document: dict[str, Any], refusals: list[Refusal]) -> None:
    def refuse(control: str, message: str, address: str = "") -> None:
        refusals.append(Refusal(control, name, f"{file}: {message}", address))

    if document.get("errored"):
        refuse("X06-trustworthy-plan", "the plan errored, so it does not show everything")
    if document.get("complete") is not True:
        refuse("X06-trustworthy-plan", "the plan is not complete: made with -target, or with deferred changes")
    for key in ("planned_values", "configuration", "resource_changes"):
        if key not in document:
            refuse("X06-trustworthy-plan", f"the plan lacks {key!r}")
    if not document.get("configuration", {}).get("root_module", {}).get("resources"):
        refuse("X06-trustworthy-plan", "the plan's configuration holds no resource")
    changing = any(
        {"create", "update", "delete"} & set(each.get("change", {}).get("actions", ()))
        for each in document.get("resource_changes", ())
    )
    if document.get("applyable") is False and changing:
        refuse("X06-trustworthy-plan", "Terraform says that the plan cannot be applied")
    if document.get("deferred_changes"):
        refuse("X06-trustworthy-plan", "the plan defers changes")
    planned = {entry.get("address") for _, entry in _modules(document.get("planned_values", {}).get("root_module", {}))}
    for change in document.get("resource_changes", ()):
        actions, address = change.get("change", {}).get("actions", []), change.get("address", "")
        if "forget" in actions:
            refuse("X07-forget", f"{address} is forgotten: it would live on, unseen", address)
        if change.get("mode") == "managed" and not {"delete", "forget"} & set(actions) and address not in planned:
            refuse(
                "X06-trustworthy-plan", f"{address} is planned to exist but is not among the planned values", address
            )
    for key in ("action_invocations", "deferred_action_invocations"):
        for each in document.get(key) or ():
            refuse("X09-foreign-code", f"the plan invokes {each.get('address', 'an action')}", each.get("address", ""))
    if document.get("configuration", {}).get("root_module", {}).get("module_calls"):
        calls = ", ".join(sorted(document["configuration"]["root_module"]["module_calls"]))
        refuse("X09-foreign-code", f"modules are called: {calls}")

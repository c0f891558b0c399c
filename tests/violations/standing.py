"""A state of what is synthesized, as if it stood: whatever AWS, Auth0 and Kubernetes would answer is made up, each thing once."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from policies.engine import synth
from policies.engine.estate import Estate
from policies.engine.references import segments_of, split_reference, walk
from policies.engine.resource import Resource, Stack
from policies.engine.templates import is_template, pieces
from policies.engine.values import ABSENT, COMPUTED, Template
from tests.violations.opened import copied
from tests.violations.planned import DEFAULTS, Documents, is_block

_REPLACED = re.compile(r'replace\((?P<reference>[\w.\[\]-]+), "(?P<old>[^"]*)", "(?P<new>[^"]*)"\)')
_FOLLOWING = re.compile(r"parseint\(substr\(sha256\((?P<reference>[^()]+)\), 0, 7\), 16\) \+ (?P<revision>\d+)")
_EARLIER = re.compile(r"(?P<reference>[\w.\[\]-]+) - (?P<number>\d+)")
_DECODED = re.compile(r"base64decode\((?P<reference>[\w.\[\]-]+)\)")

_ANSWERS: dict[str, Any] = {
    "aws_launch_template.latest_version": 2,
    "aws_route53_zone.name_servers": ["ns-1.example.net", "ns-2.example.net"],
    "data.aws_eks_addon_version.version": "v1.50.0-eksbuild.1",
}
"""What is no identity."""


Answer = tuple[str, str, tuple[str, ...], Any]
"""What is told of a resource, for it was asked: the stack, the address, the argument and what that is."""
Made = tuple[dict[str, Any], list[Answer]]
"""What stands of a resource, and all that was asked to tell it."""
Known = Callable[[list[Stack]], dict[tuple[str, str], Made]]


def states_of(documents: Documents, known: Known = lambda _: {}) -> Documents:
    """Return state JSON as `terraform show -json` writes it, for each stack once all are applied.

    `known` returns by stack and address what stands in stacks as it stood before.
    """
    return states(built(documents), known)


def built(documents: Documents) -> list[Stack]:
    """Return the stacks of `documents`, in which nobody gave a variable another value than its own."""
    stacks = [
        synth.build_stack(name, Path(), [Path("cdk.tf.json")], [each], []) for name, each in sorted(documents.items())
    ]
    for stack in stacks:
        declared = documents[stack.name].get("variable", {})
        stack.variables = {name: each["default"] for name, each in declared.items() if "default" in each}
    return stacks


def states(stacks: list[Stack], known: Known = lambda _: {}) -> Documents:
    """Return the state of each stack once all are applied."""
    Estate("synth", stacks)
    world = World(stacks)
    before = known(stacks)
    made = {
        (stack.name, each.address): before.get((stack.name, each.address)) or world.make(each)
        for stack in stacks
        for each in stack.resources
        if each.mode != "ephemeral"
    }
    values = {key: dict(each) for key, (each, _) in made.items()}
    for _, answers in made.values():
        for stack_name, address, segments, value in answers:
            if (stack_name, address) in values:  # of what is ephemeral nothing stays
                _put(values[stack_name, address], segments, value)
    return {
        stack.name: {
            "format_version": "1.0",
            "terraform_version": "1.11.4",
            "values": {
                "outputs": world.outputs(stack),
                "root_module": {
                    "resources": [
                        _entry(each, values[stack.name, each.address])
                        for each in stack.resources
                        if each.mode != "ephemeral"
                    ]
                },
            },
        }
        for stack in stacks
    }


def _entry(resource: Resource, values: dict[str, Any]) -> dict[str, Any]:
    index = {} if resource.index is None else {"index": resource.index}
    return {
        "address": resource.address,
        "mode": resource.mode,
        "type": resource.type,
        "name": resource.name,
        **index,
        "provider_name": f"registry.terraform.io/hashicorp/{resource.type.partition('_')[0]}",
        "schema_version": 0,
        "values": values,
        "sensitive_values": {},
        "depends_on": list(resource.depends_on),
    }


class World:
    """What answers: it gives each thing an id and remembers it."""

    def __init__(self, stacks: list[Stack]) -> None:
        self.stacks = stacks
        self.computed: list[Answer] = []

    def make(self, resource: Resource) -> Made:
        """Return all that stands of a resource, and what was asked to tell it."""
        self.computed = []
        return self.values(resource), self.computed

    def _tell(self, resource: Resource, segments: tuple[str, ...], value: Any) -> None:
        self.computed.append((resource.stack.name, resource.address, segments, value))

    def values(self, resource: Resource) -> dict[str, Any]:
        """Return all that stands of a resource."""
        found: dict[str, Any] = dict(DEFAULTS.get(resource.type, {}))
        for attribute in resource.attributes():
            name, node = attribute.path, attribute.node
            if name.endswith("_wo"):
                found[name] = [{**each, "value": None} for each in node] if is_block(name, node) else None
            else:
                found[name] = self._known(node, resource.stack, name)
        found.setdefault("id", self._identity(resource, ("id",)))
        if resource.kind == "data.aws_iam_policy_document":
            found["json"] = json.dumps(_document(found))
        return found

    def outputs(self, stack: Stack) -> dict[str, Any]:
        """Return what a stack tells others."""
        outputs = (each for each in stack.settings if each.mode == "output")
        return {
            each.name: {"sensitive": each["sensitive"].node is True, "value": self._known(each["value"].node, stack)}
            for each in outputs
        }

    def _known(self, node: Any, stack: Stack, name: str = "") -> Any:
        if isinstance(node, Template):
            if node.value is not ABSENT:
                return self._known(node.value, stack, name)
            if node.decoded is not ABSENT:
                return json.dumps(self._known(node.decoded, stack))
            return self._text(node.text, stack)
        if name and is_block(name, node):
            blocks = node if isinstance(node, list) else [node]
            return [{key: self._known(value, stack, key) for key, value in each.items()} for each in blocks]
        if isinstance(node, dict):
            return {key: self._known(value, stack) for key, value in node.items()}
        if isinstance(node, list):
            return [self._known(each, stack) for each in node]
        return None if node is ABSENT or node is COMPUTED else node

    def _text(self, text: str, stack: Stack) -> Any:
        if not is_template(text):
            return text
        parts = [self._expression(part, stack) if is_expression else part for is_expression, part in pieces(text)]
        return parts[0] if len(parts) == 1 else "".join(map(str, parts))

    def _expression(self, expression: str, stack: Stack) -> Any:
        if match := _REPLACED.fullmatch(expression):
            return str(self._answer(match["reference"], stack)).replace(match["old"], match["new"])
        if match := _FOLLOWING.fullmatch(expression):
            told = hashlib.sha256(str(self._answer(match["reference"], stack)).encode()).hexdigest()
            return int(told[:7], 16) + int(match["revision"])
        if match := _EARLIER.fullmatch(expression):
            return int(self._answer(match["reference"], stack)) - int(match["number"])
        if match := _DECODED.fullmatch(expression):
            return base64.b64decode(self._answer(match["reference"], stack)).decode()
        return self._answer(expression, stack)

    def _answer(self, reference: str, stack: Stack) -> Any:
        """Return what stands under a reference: what is written there, what another stack has written, or an id."""
        base, rest, index = split_reference(segments_of(reference))
        found = [each for each in stack.instances(base) if index is None or str(each.index) == index] if base else []
        if not found or not rest:
            written = stack.resolve(reference)  # a variable's default
            return reference if written is ABSENT else self._known(written, stack)
        resource = self._read(found[0])
        if rest == ("json",) and resource.kind == "data.aws_iam_policy_document":
            return self.values(resource)["json"]
        answer = self._held(resource, rest)
        if resource is not found[0]:
            self._tell(found[0], rest, answer)
        return answer

    def _held(self, resource: Resource, rest: tuple[str, ...]) -> Any:
        if rest == ("target_key_arn",):
            return self._held(resource["target_key_id"].follow("aws_kms_key")[0], ("arn",))
        node = resource[rest[0]].node
        written = walk(node, rest[1:])
        if written is not ABSENT:
            return self._known(written, resource.stack, rest[-1])
        return self._text(node.text, resource.stack) if isinstance(node, Template) else self._identity(resource, rest)

    def _read(self, resource: Resource) -> Resource:
        """Return what a data source reads, where a stack holds it."""
        if resource.mode != "data":
            return resource
        names = {"name", "url", "key_id"} & set(resource.body)
        for stack in self.stacks:
            for each in stack.of_kind(resource.type):
                if names and all(each.body.get(key) == resource.body[key] for key in names):
                    return each
        return resource

    def _identity(self, resource: Resource, rest: tuple[str, ...]) -> Any:
        text: Any = _ANSWERS.get(f"{resource.kind}.{rest[0]}")
        if text is None:
            key = "id" if rest == ("client_id",) else "-".join(each.strip("[") for each in rest)
            scheme = "https://" if rest[-1] in ("issuer", "url", "endpoint") else ""
            text = f"{scheme}{key}-of-{resource.stack.name}-{resource.base}"
            text = base64.b64encode(text.encode()).decode() if rest[-1] == "data" else text
        self._tell(resource, rest, text)
        return text


def _put(values: dict[str, Any], segments: tuple[str, ...], value: Any) -> None:
    """Let `value` stand under `segments`, in blocks that the provider computes."""
    first = segments[0]
    if isinstance(values.get(first), dict | list):  # which may stand elsewhere, too
        values[first] = copied(values[first])
    node: Any = values
    for segment, following in zip(segments, (*segments[1:], ""), strict=True):
        last, key = not following, segment.removeprefix("[")
        if isinstance(node, list):
            if not node:
                node.append({})
            node = node[0]
            continue
        if last:
            node.setdefault(key, value)
        else:
            node = node.setdefault(key, [{}] if following.startswith("[") else {})


def _document(values: dict[str, Any]) -> dict[str, Any]:
    """Return the policy that the data source writes: what it is built on, its own, and what is laid over by a name."""
    named = {
        key: [json.loads(each)["Statement"] for each in values.get(f"{key}_policy_documents") or ()]
        for key in ("source", "override")
    }
    below = [each for listed in named["source"] for each in listed]
    laid_over = [each for listed in named["override"] for each in listed]
    names = {each["Sid"] for each in laid_over if each.get("Sid")}
    kept = [each for each in (*below, *_statements(values)) if each.get("Sid") not in names]
    return {"Version": "2012-10-17", "Statement": [*kept, *laid_over]}


def _statements(values: dict[str, Any]) -> list[dict[str, Any]]:
    statements = []
    for each in values.get("statement", []):
        found: dict[str, Any] = {"Effect": each.get("effect", "Allow")}
        names = {"sid": "Sid", "actions": "Action", "not_actions": "NotAction", "resources": "Resource"}
        found |= {new: each[old] for old, new in names.items() if each.get(old)}
        for key, title in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
            if each.get(key):
                found[title] = {one["type"]: one["identifiers"] for one in each[key]}
        for one in each.get("condition", []):
            found.setdefault("Condition", {}).setdefault(one["test"], {})[one["variable"]] = one["values"]
        statements.append(found)
    return statements

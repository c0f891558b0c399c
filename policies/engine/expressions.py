"""Terraform's template language, as far as its result is certain without Terraform."""

from __future__ import annotations

import base64
import json
import operator
import re
from collections.abc import Callable
from typing import Any

from policies.engine.templates import (
    CHAIN,
    collect,
    element_end,
    interpolation_end,
    is_template,
    mask,
    pieces,
    references,
    string_end,
    unmask,
)
from policies.engine.values import ABSENT, Template, as_text

Resolve = Callable[[str], Any]
"""Returns what a reference such as `local.x.y` stands for, or ABSENT."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_REFERENCE = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+")
"""The commonest expression by far."""
_KEYWORDS = {"true": True, "false": False, "null": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_SPACE = " \t\r\n"


class _Unsupported(Exception):
    """The expression is beyond this evaluator."""


def evaluate(text: str, resolve: Resolve) -> Any:
    """Return the plain string that `text` stands for, or a Template."""
    if not is_template(text):
        return text
    parts = pieces(text)
    if not any(is_expression for is_expression, _ in parts):
        return "".join(part for _, part in parts)
    named = references(text)
    if len(parts) == 1:
        value = _expression(parts[0][1], resolve)
        if isinstance(value, Template):
            return Template(text, named, value.value, value.decoded)
        return Template(text, named, value)
    out: list[str] = []
    for is_expression, part in parts:
        value = _plain(_expression(part, resolve)) if is_expression else part
        if value is ABSENT or value is None or isinstance(value, dict | list):
            return Template(text, named)
        out.append(as_text(value))
    return Template(text, named, "".join(out))


def evaluate_tree(node: Any, resolve: Resolve) -> Any:
    """Evaluate every string in `node`; what holds no template is `node` itself, which nobody may change."""
    if isinstance(node, str):
        return evaluate(node, resolve) if is_template(node) else node
    if isinstance(node, dict):
        map_: dict[str, Any] | None = None
        for key, value in node.items():
            evaluated = evaluate_tree(value, resolve)
            if is_template(key):
                # A key that is put together: the order of all keys stays as it was written.
                return {
                    _evaluated_key(each, resolve) if is_template(each) else each: evaluate_tree(content, resolve)
                    for each, content in node.items()
                }
            if evaluated is not value:
                map_ = map_ if map_ is not None else node.copy()
                map_[key] = evaluated
        return node if map_ is None else map_
    if isinstance(node, list):
        items = [evaluate_tree(value, resolve) for value in node]
        return node if all(map(operator.is_, items, node)) else items
    return node


def _evaluated_key(key: str, resolve: Resolve) -> str:
    """Return a key as Terraform evaluates it; one that only Terraform can tell stays as it is written."""
    value = _plain(evaluate(key, resolve))
    return as_text(value) if isinstance(value, str | int | float) else key


def _expression(text: str, resolve: Resolve) -> Any:
    if _REFERENCE.fullmatch(text):
        return Template("${" + text + "}", (text,), resolve(text))
    parser = _Parser(text, resolve)
    try:
        value = parser.expression()
        parser.skip()
        if parser.at != len(text):
            raise _Unsupported
    except (_Unsupported, IndexError):
        found: dict[str, None] = {}
        collect(text, found)
        return Template("${" + text + "}", tuple(found))
    return value


def _plain(node: Any) -> Any:
    """Return the certain value of `node` all the way down, or ABSENT."""
    if isinstance(node, Template):
        return ABSENT if node.value is ABSENT else _plain(node.value)
    if isinstance(node, dict):
        plain = {key: _plain(value) for key, value in node.items()}
        return ABSENT if any(value is ABSENT for value in plain.values()) else plain
    if isinstance(node, list):
        items = [_plain(value) for value in node]
        return ABSENT if any(value is ABSENT for value in items) else items
    return node


class _Parser:
    """One expression: literals, lists, objects, references and calls of functions that change no meaning."""

    def __init__(self, text: str, resolve: Resolve) -> None:
        self.text = text
        self.resolve = resolve
        self.at = 0

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1

    def expression(self) -> Any:
        self.skip()
        text, start = self.text, self.at
        character = text[start]
        if character == '"':
            self.at = string_end(text, start)
            return evaluate(_unescape(text[start + 1 : self.at - 1]), self.resolve)
        if character == "[":
            return self._list("]")
        if character == "{":
            return self._object()
        if character == "(":
            self.at += 1
            value = self.expression()
            self._expect(")")
            return value
        number = _NUMBER.match(text, start)
        if number:
            self.at = number.end()
            digits = number.group()
            return float(digits) if any(mark in digits for mark in ".eE") else int(digits)
        return self._named()

    def _named(self) -> Any:
        match = CHAIN.match(self.text, self.at)
        if match is None:
            raise _Unsupported
        chain = re.sub(r"\s", "", match.group())
        self.at = match.end()
        if chain in _KEYWORDS:
            return _KEYWORDS[chain]
        if self.text.startswith("(", self.at):
            return _call(chain, self._list(")"))
        if "." not in chain:
            raise _Unsupported
        return Template("${" + chain + "}", (chain,), self.resolve(chain))

    def _element(self, closing: str) -> Any:
        start = self.at
        try:
            value = self.expression()
            mark = self.at
            self.skip()
            if self.at < len(self.text) and self.text[self.at] in f",{closing}":
                return value
            if "\n" in self.text[mark : self.at] and closing == "}":
                return value
        except _Unsupported:
            pass
        self.at = element_end(self.text, start)
        if self.at == start:  # a bracket that closes another list: no step would ever be taken
            raise _Unsupported
        raw = self.text[start : self.at].strip()
        found: dict[str, None] = {}
        collect(raw, found)
        return Template("${" + raw + "}", tuple(found))

    def _list(self, closing: str) -> list[Any]:
        self.at += 1
        items: list[Any] = []
        while True:
            self.skip()
            if self.text[self.at] == closing:
                self.at += 1
                return items
            items.append(self._element(closing))
            self.skip()
            if self.text[self.at] == ",":
                self.at += 1

    def _object(self) -> dict[str, Any]:
        self.at += 1
        found: dict[str, Any] = {}
        while True:
            self.skip()
            if self.text[self.at] == "}":
                self.at += 1
                return found
            key = self._key()
            self.skip()
            if self.text[self.at] not in "=:":
                raise _Unsupported
            self.at += 1
            found[key] = self._element("}")
            self.skip()
            if self.text[self.at] == ",":
                self.at += 1

    def _key(self) -> str:
        if self.text[self.at] in '"(':
            key = self.expression()
            plain = _plain(key)
            return key.text if isinstance(key, Template) and plain is ABSENT else as_text(plain)
        match = re.compile(r"[\w-]+").match(self.text, self.at)
        if match is None:
            raise _Unsupported
        self.at = match.end()
        return match.group()

    def _expect(self, character: str) -> None:
        self.skip()
        if self.text[self.at] != character:
            raise _Unsupported
        self.at += 1


def _unescape(text: str) -> str:
    """Undo the escapes of a quoted string, but not inside its interpolations."""
    out: list[str] = []
    index = 0
    while index < len(text):
        if text.startswith(("$${", "%%{"), index):
            out.append(text[index : index + 3])
            index += 3
        elif text.startswith(("${", "%{"), index):
            end = interpolation_end(text, index)
            out.append(text[index:end])
            index = end
        elif text[index] == "\\" and index + 1 < len(text):
            following = text[index + 1]
            if following == "u":
                out.append(chr(int(text[index + 2 : index + 6], 16)))
                index += 6
            else:
                out.append(_ESCAPES.get(following, following))
                index += 2
        else:
            out.append(text[index])
            index += 1
    return "".join(out)


def _call(name: str, arguments: list[Any]) -> Any:
    if name in ("jsonencode", "yamlencode") and len(arguments) == 1:
        plain = _plain(arguments[0])
        text = ABSENT if plain is ABSENT else json.dumps(plain, separators=(",", ":"))
        return Template(f"${{{name}(…)}}", (), text, arguments[0])
    if name in ("tolist", "toset", "tomap", "sensitive", "nonsensitive") and len(arguments) == 1:
        return arguments[0]
    plains = [_plain(argument) for argument in arguments]
    if any(plain is ABSENT for plain in plains):
        raise _Unsupported
    if name == "tostring" and len(plains) == 1 and plains[0] is not None:
        return as_text(plains[0])
    if name == "concat" and all(isinstance(plain, list) for plain in plains):
        return [item for plain in plains for item in plain]
    if name == "merge" and all(isinstance(plain, dict) for plain in plains):
        return {key: value for plain in plains for key, value in plain.items()}
    if name == "join" and len(plains) == 2 and isinstance(plains[1], list):
        return as_text(plains[0]).join(as_text(item) for item in plains[1])
    if name == "base64encode" and len(plains) == 1 and isinstance(plains[0], str):
        return base64.b64encode(plains[0].encode()).decode()
    if name == "jsondecode" and len(plains) == 1 and isinstance(plains[0], str):
        return json.loads(plains[0])
    raise _Unsupported


def parse_document(text: str) -> Any:
    """Return the JSON or YAML in `text`; raise ValueError where it is neither."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    import yaml  # costs 30 ms, and generated values are JSON

    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(f"neither JSON nor YAML: {error}") from error


def decode(node: Any, resolve: Resolve) -> Any:
    """Return the structure in a JSON or YAML string, templates inside it as Template; ABSENT where there is none to see."""
    if isinstance(node, Template):
        if node.decoded is not ABSENT:
            inner = node.decoded
            while isinstance(inner, Template) and inner.value is not ABSENT:
                inner = inner.value
            return inner
        if isinstance(node.value, str):
            return parse_document(node.value)
        parts = pieces(node.text)
        if len(parts) == 1:
            return ABSENT
        text, masked = mask(node.text)
        return evaluate_tree(unmask(parse_document(text), masked), resolve)
    if isinstance(node, str):
        return parse_document(node)
    return node

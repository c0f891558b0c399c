"""Evaluates expressions of the Common Expression Language, as far as admission policies of the estate use it.

What is outside that part raises Unsupported, so that a policy that cannot be understood is never taken as one that holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache

from policies.engine.cel_evaluators import (
    COMPREHENSIONS,
    Constant,
    EvaluationError,
    Evaluator,
    Name,
    TextTest,
    Unsupported,
    begins_with_any,
    boolean,
    comprehension,
    has,
    index,
    operation,
    select,
    size,
)

__all__ = ["EvaluationError", "Evaluator", "Unsupported", "compiled", "literals", "names", "tokens", "unquoted"]


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>\|\||&&|==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])
    )""",
    re.VERBOSE,
)


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[tuple[str, str], ...]:
    """Return kind and text of each token; raise Unsupported where there is none."""
    found: list[tuple[str, str]] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise Unsupported(f"cannot read {text[position:].strip()[:40]!r}")
        kind = match.lastgroup or ""
        found.append((kind, match.group(kind)))
        position = match.end()
    return tuple(found)


def unquoted(token: str) -> str:
    """Return the text of a string token."""
    if token[0] == '"':
        try:
            return str(json.loads(token))
        except ValueError:
            raise Unsupported(f"cannot read the string {token}") from None
    if "\\" in token:
        raise Unsupported(f"cannot read the string {token}")
    return token[1:-1]


@lru_cache(maxsize=4096)
def compiled(text: str) -> Evaluator:
    """Return a function from an environment to the value of the expression; raise Unsupported."""
    parser = _Parser(tokens(text))
    evaluator = parser.expression()
    if parser.rest:
        raise Unsupported(f"{parser.rest[0][1]!r} is too much")
    return evaluator


@lru_cache(maxsize=4096)
def literals(text: str) -> frozenset[str]:
    """Return every string that the expression spells."""
    return frozenset(unquoted(token) for kind, token in tokens(text) if kind == "string")


def names(text: str) -> set[str]:
    """Return every identifier of the expression: variables, fields, functions."""
    return {token for kind, token in tokens(text) if kind == "name"}


class _Parser:
    def __init__(self, listed: Iterable[tuple[str, str]]) -> None:
        self.rest = list(listed)

    def _next(self, *signs: str) -> str | None:
        if self.rest and self.rest[0][0] != "string" and self.rest[0][1] in signs:
            return self.rest.pop(0)[1]
        return None

    def _must(self, sign: str) -> None:
        if self._next(sign) is None:
            raise Unsupported(f"{sign!r} is missing")

    def _name(self) -> str:
        if not self.rest or self.rest[0][0] != "name":
            raise Unsupported("a name is missing")
        return self.rest.pop(0)[1]

    def expression(self) -> Evaluator:
        condition = self._binary(0)
        if self._next("?") is None:
            return condition
        first = self.expression()
        self._must(":")
        second = self.expression()
        return lambda env: first(env) if boolean(condition(env)) else second(env)

    _LEVELS = (("||",), ("&&",), ("<", "<=", ">", ">=", "==", "!=", "in"), ("+", "-"), ("*", "/", "%"))

    def _binary(self, level: int) -> Evaluator:
        if level == len(self._LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while (sign := self._next(*self._LEVELS[level])) is not None:
            left = operation(sign, left, self._binary(level + 1))
        return left

    def _unary(self) -> Evaluator:
        if self._next("!") is not None:
            inner = self._unary()
            return lambda env: not boolean(inner(env))
        if self._next("-") is not None:
            number = self._unary()
            return lambda env: -number(env)
        return self._member(self._primary())

    def _member(self, target: Evaluator) -> Evaluator:
        while True:
            if self._next(".") is not None:
                name = self._name()
                target = self._call(target, name) if self._next("(") is not None else select(target, name)
            elif self._next("[") is not None:
                key = self.expression()
                self._must("]")
                target = index(target, key)
            else:
                return target

    def _arguments(self) -> list[Evaluator]:
        found: list[Evaluator] = []
        if self._next(")") is not None:
            return found
        while True:
            found.append(self.expression())
            if self._next(")") is not None:
                return found
            self._must(",")

    def _call(self, target: Evaluator, name: str) -> Evaluator:
        if name in COMPREHENSIONS:
            variable = self._name()
            self._must(",")
            ahead = list(self.rest)
            body = self.expression()
            spelled = ahead[: len(ahead) - len(self.rest)]
            self._must(")")
            each = comprehension(name, target, variable, body)
            if name == "exists" and spelled.count(("name", variable)) == 1:
                return begins_with_any(target, variable, body, each)
            return each
        arguments = self._arguments()
        if name == "size" and not arguments:
            return lambda env: size(target(env))
        if name in ("startsWith", "endsWith", "contains") and len(arguments) == 1:
            return TextTest(name, target, arguments[0])
        raise Unsupported(f"the function {name!r} is not known")

    def _primary(self) -> Evaluator:
        if self._next("(") is not None:
            inner = self.expression()
            self._must(")")
            return inner
        if self._next("[") is not None:
            items = self._items("]")
            if all(isinstance(each, Constant) for each in items):
                return Constant([each({}) for each in items])
            return lambda env: [each(env) for each in items]
        if self._next("{") is not None:
            pairs = self._pairs()
            return lambda env: {key(env): value(env) for key, value in pairs}
        if not self.rest:
            raise Unsupported("the expression ends too early")
        kind, token = self.rest.pop(0)
        if kind == "string":
            return Constant(unquoted(token))
        if kind == "number":
            return Constant(float(token) if "." in token else int(token))
        if kind == "name":
            return self._named(token)
        raise Unsupported(f"{token!r} is not expected")

    def _items(self, end: str) -> list[Evaluator]:
        found: list[Evaluator] = []
        while self._next(end) is None:
            found.append(self.expression())
            if self._next(",") is None:
                self._must(end)
                break
        return found

    def _pairs(self) -> list[tuple[Evaluator, Evaluator]]:
        found: list[tuple[Evaluator, Evaluator]] = []
        while self._next("}") is None:
            key = self.expression()
            self._must(":")
            found.append((key, self.expression()))
            if self._next(",") is None:
                self._must("}")
                break
        return found

    def _named(self, name: str) -> Evaluator:
        if name in ("true", "false", "null"):
            return Constant({"true": True, "false": False, "null": None}[name])
        if self._next("(") is None:
            return Name(name)
        arguments = self._arguments()
        if name == "has" and len(arguments) == 1:
            return has(arguments[0])
        if name == "dyn" and len(arguments) == 1:
            return arguments[0]
        if name == "size" and len(arguments) == 1:
            only = arguments[0]
            return lambda env: size(only(env))
        raise Unsupported(f"the function {name!r} is not known")

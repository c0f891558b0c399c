"""Evaluates expressions of the Common Expression Language, as far as admission policies of the estate use it.

What is outside that part raises Unsupported, so that a policy that cannot be understood is never taken as one that holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any


class Unsupported(Exception):
    """The expression uses what this evaluator does not know, or is not CEL at all."""


class EvaluationError(Exception):
    """The expression cannot be evaluated on these values, such as a field that is not there."""


Environment = Mapping[str, Any]
Evaluator = Callable[[Environment], Any]

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>\|\||&&|==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])
    )""",
    re.VERBOSE,
)
_COMPREHENSIONS = ("all", "exists", "exists_one", "filter", "map")


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


def literals(text: str) -> set[str]:
    """Return every string that the expression spells."""
    return {unquoted(token) for kind, token in tokens(text) if kind == "string"}


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
        return lambda env: first(env) if _boolean(condition(env)) else second(env)

    _LEVELS = (("||",), ("&&",), ("<", "<=", ">", ">=", "==", "!=", "in"), ("+", "-"), ("*", "/", "%"))

    def _binary(self, level: int) -> Evaluator:
        if level == len(self._LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while (sign := self._next(*self._LEVELS[level])) is not None:
            left = _operation(sign, left, self._binary(level + 1))
        return left

    def _unary(self) -> Evaluator:
        if self._next("!") is not None:
            inner = self._unary()
            return lambda env: not _boolean(inner(env))
        if self._next("-") is not None:
            number = self._unary()
            return lambda env: -number(env)
        return self._member(self._primary())

    def _member(self, target: Evaluator) -> Evaluator:
        while True:
            if self._next(".") is not None:
                name = self._name()
                target = self._call(target, name) if self._next("(") is not None else _select(target, name)
            elif self._next("[") is not None:
                key = self.expression()
                self._must("]")
                target = _index(target, key)
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
        if name in _COMPREHENSIONS:
            variable = self._name()
            self._must(",")
            body = self.expression()
            self._must(")")
            return _comprehension(name, target, variable, body)
        arguments = self._arguments()
        if name == "size" and not arguments:
            return lambda env: _size(target(env))
        if name in ("startsWith", "endsWith", "contains") and len(arguments) == 1:
            return _text_test(name, target, arguments[0])
        raise Unsupported(f"the function {name!r} is not known")

    def _primary(self) -> Evaluator:
        if self._next("(") is not None:
            inner = self.expression()
            self._must(")")
            return inner
        if self._next("[") is not None:
            items = self._items("]")
            if all(isinstance(each, _Constant) for each in items):
                return _Constant([each({}) for each in items])
            return lambda env: [each(env) for each in items]
        if self._next("{") is not None:
            pairs = self._pairs()
            return lambda env: {key(env): value(env) for key, value in pairs}
        if not self.rest:
            raise Unsupported("the expression ends too early")
        kind, token = self.rest.pop(0)
        if kind == "string":
            return _Constant(unquoted(token))
        if kind == "number":
            return _Constant(float(token) if "." in token else int(token))
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
            return _Constant({"true": True, "false": False, "null": None}[name])
        if self._next("(") is None:
            return _named(name)
        arguments = self._arguments()
        if name == "has" and len(arguments) == 1:
            return _has(arguments[0])
        if name == "dyn" and len(arguments) == 1:
            return arguments[0]
        if name == "size" and len(arguments) == 1:
            only = arguments[0]
            return lambda env: _size(only(env))
        raise Unsupported(f"the function {name!r} is not known")


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise EvaluationError(f"{value!r} is no boolean")
    return value


def _size(value: Any) -> int:
    if not isinstance(value, str | list | dict):
        raise EvaluationError(f"{value!r} has no size")
    return len(value)


def _named(name: str) -> Evaluator:
    def looked_up(env: Environment) -> Any:
        try:
            return env[name]
        except KeyError:
            raise Unsupported(f"{name!r} is not known here") from None

    return looked_up


class _Constant:
    """A value that does not depend on the environment."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, _: Environment) -> Any:
        return self.value


class _Selection:
    """A step to a field, which `has` may ask about."""

    def __init__(self, target: Evaluator, name: str) -> None:
        self.target, self.name = target, name

    def __call__(self, env: Environment) -> Any:
        value = self.target(env)
        if isinstance(value, dict):
            try:
                return value[self.name]
            except KeyError:
                pass
        raise EvaluationError(f"no such key: {self.name}")


def _select(target: Evaluator, name: str) -> Evaluator:
    return _Selection(target, name)


def _has(argument: Evaluator) -> Evaluator:
    if not isinstance(argument, _Selection):
        raise Unsupported("has() asks for a field")

    target, name = argument.target, argument.name

    def present(env: Environment) -> bool:
        value = target(env)
        if not isinstance(value, dict):
            raise EvaluationError(f"{value!r} has no fields")
        return value.get(name) is not None

    return present


def _index(target: Evaluator, key: Evaluator) -> Evaluator:
    def indexed(env: Environment) -> Any:
        value, wanted = target(env), key(env)
        try:
            return value[wanted]
        except (KeyError, IndexError, TypeError):
            raise EvaluationError(f"no such key: {wanted!r}") from None

    return indexed


def _text_test(name: str, target: Evaluator, argument: Evaluator) -> Evaluator:
    def tested(env: Environment) -> bool:
        value, part = target(env), argument(env)
        if not (isinstance(value, str) and isinstance(part, str)):
            raise EvaluationError(f"{name} compares strings")
        if name == "startsWith":
            return value.startswith(part)
        return value.endswith(part) if name == "endsWith" else part in value

    return tested


def _comprehension(name: str, target: Evaluator, variable: str, body: Evaluator) -> Evaluator:
    def over(env: Environment) -> Any:
        source = target(env)
        if not isinstance(source, list | dict):
            raise EvaluationError(f"{source!r} is no list")
        if not source:
            return {"map": [], "filter": [], "all": True}.get(name, False)
        scope: dict[str, Any] = dict(env)  # one for all elements: nothing keeps it
        results = _each(body, scope, variable, source)
        if name == "map":
            return list(results)
        if name == "filter":
            return [scope[variable] for result in results if _boolean(result)]
        if name == "exists_one":
            return sum(map(_boolean, results)) == 1
        error: EvaluationError | None = None
        for scope[variable] in source:
            try:
                if _boolean(body(scope)) is stop:
                    return stop
            except EvaluationError as raised:
                error = raised
        if error is not None:
            raise error
        return not stop

    stop = name == "exists"
    return over


def _each(body: Evaluator, scope: dict[str, Any], variable: str, source: Any) -> Iterator[Any]:
    for scope[variable] in source:
        yield body(scope)


def _either(left: Evaluator, right: Evaluator, *, stop: bool) -> Evaluator:
    """Return CEL's `||` (`stop` true) or `&&`: what one side decides stands, whatever error the other raises."""

    def joined(env: Environment) -> bool:
        try:
            if _boolean(left(env)) is stop:
                return stop
        except EvaluationError:
            if _boolean(right(env)) is stop:
                return stop
            raise
        return _boolean(right(env))

    return joined


def _same_kind(left: Any, right: Any) -> bool:
    return isinstance(left, bool) == isinstance(right, bool)


def _contained(item: Any, where: Any) -> bool:
    if isinstance(where, dict):
        return item in where
    if isinstance(where, list):
        if isinstance(item, str):
            return item in where
        return any(_same_kind(item, each) and item == each for each in where)
    raise EvaluationError(f"nothing is in {where!r}")


def _sum(left: Any, right: Any) -> Any:
    if (isinstance(left, str) and isinstance(right, str)) or (isinstance(left, list) and isinstance(right, list)):
        return left + right  # type: ignore[operator]
    return _arithmetic("+", left, right)


def _arithmetic(sign: str, left: Any, right: Any) -> Any:
    for each in (left, right):
        if isinstance(each, bool) or not isinstance(each, int | float):
            raise EvaluationError(f"no such overload: {left!r} {sign} {right!r}")
    if sign in ("/", "%"):
        raise Unsupported(f"the operator {sign!r} is not known")
    return {"+": left + right, "-": left - right, "*": left * right}[sign]


def _compare(sign: str, left: Any, right: Any) -> bool:
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (left, right))
    if not numbers and not (isinstance(left, str) and isinstance(right, str)):
        raise EvaluationError(f"no such overload: {left!r} {sign} {right!r}")
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign])


def _operation(sign: str, left: Evaluator, right: Evaluator) -> Evaluator:
    if sign in ("||", "&&"):
        return _either(left, right, stop=sign == "||")
    if sign == "in":
        return lambda env: _contained(left(env), right(env))
    if sign == "+":
        return lambda env: _sum(left(env), right(env))
    if sign in ("-", "*", "/", "%"):
        return lambda env: _arithmetic(sign, left(env), right(env))
    if sign in ("==", "!="):

        def equal(env: Environment) -> bool:
            first, second = left(env), right(env)
            return (_same_kind(first, second) and first == second) is (sign == "==")

        return equal
    return lambda env: _compare(sign, left(env), right(env))

"""What an expression of the Common Expression Language is made of, each part a function of the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_COLLECTING = ("exists_one", "filter", "map")
COMPREHENSIONS = ("all", "exists", *_COLLECTING)


class Unsupported(Exception):
    """The expression uses what this evaluator does not know, or is not CEL at all."""


class EvaluationError(Exception):
    """The expression cannot be evaluated on these values, such as a field that is not there."""


Environment = Mapping[str, Any]
Evaluator = Callable[[Environment], Any]


def boolean(value: Any) -> bool:
    """Return a boolean as it is; raise EvaluationError for anything else."""
    if value is True or value is False:
        return value is True
    raise EvaluationError(f"{value!r} is no boolean")


def size(value: Any) -> int:
    """Return how many characters, elements or entries there are."""
    if not isinstance(value, str | list | dict):
        raise EvaluationError(f"{value!r} has no size")
    return len(value)


class Name:
    """A variable of the environment."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, env: Environment) -> Any:
        """Return what it holds."""
        try:
            return env[self.name]
        except KeyError:
            raise Unsupported(f"{self.name!r} is not known here") from None


class Constant:
    """A value that does not depend on the environment."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, _: Environment) -> Any:
        """Return the value."""
        return self.value


class _Selection:
    """Steps from a value to a field, and on; `has` may ask about the last one."""

    def __init__(self, target: Evaluator, *fields: str) -> None:
        self.target, self.fields = target, fields

    def __call__(self, env: Environment) -> Any:
        value = self.target(env)
        for field in self.fields:
            if not isinstance(value, dict):
                raise EvaluationError(f"no such key: {field}")
            try:
                value = value[field]
            except KeyError:
                raise EvaluationError(f"no such key: {field}") from None
        return value


def select(target: Evaluator, name: str) -> Evaluator:
    """Return the step to a field of `target`."""
    return (
        _Selection(target.target, *target.fields, name) if isinstance(target, _Selection) else _Selection(target, name)
    )


def has(argument: Evaluator) -> Evaluator:
    """Return whether the field at the end of `argument` is there."""
    if not isinstance(argument, _Selection):
        raise Unsupported("has() asks for a field")
    *before, name = argument.fields
    target = _Selection(argument.target, *before) if before else argument.target

    def present(env: Environment) -> bool:
        value = target(env)
        if not isinstance(value, dict):
            raise EvaluationError(f"{value!r} has no fields")
        return value.get(name) is not None

    return present


def index(target: Evaluator, key: Evaluator) -> Evaluator:
    """Return the step to an element or entry of `target`."""

    def indexed(env: Environment) -> Any:
        value, wanted = target(env), key(env)
        try:
            return value[wanted]
        except (KeyError, IndexError, TypeError):
            raise EvaluationError(f"no such key: {wanted!r}") from None

    return indexed


class TextTest:
    """Whether a string begins with another, ends with it or contains it."""

    _METHODS: Mapping[str, Callable[[str, str], bool]] = {
        "startsWith": str.startswith,
        "endsWith": str.endswith,
        "contains": str.__contains__,
    }

    def __init__(self, name: str, target: Evaluator, argument: Evaluator) -> None:
        self.name, self.target, self.argument = name, target, argument
        self.method = self._METHODS[name]

    def __call__(self, env: Environment) -> bool:
        """Return whether it does; raise EvaluationError for what is no string."""
        value, part = self.target(env), self.argument(env)
        if not (isinstance(value, str) and isinstance(part, str)):
            raise EvaluationError(f"{self.name} compares strings")
        return self.method(value, part)


def comprehension(name: str, target: Evaluator, variable: str, body: Evaluator) -> Evaluator:
    """Return what `name` makes of each element of `target`, which `body` knows as `variable`."""

    def over(env: Environment) -> Any:
        source = target(env)
        if not isinstance(source, (list, dict)):
            raise EvaluationError(f"{source!r} is no list")
        if not source:
            return [] if name in _COLLECTING[1:] else name == "all"
        scope: dict[str, Any] = dict(env)  # one for all elements: nothing keeps it
        if name in _COLLECTING:
            results = _each(body, scope, variable, source)
            if name == "map":
                return list(results)
            if name == "filter":
                return [scope[variable] for result in results if boolean(result)]
            return sum(map(boolean, results)) == 1
        error: EvaluationError | None = None
        for scope[variable] in source:
            try:
                result = body(scope)
                if result is not other and boolean(result) is stop:
                    return stop
            except EvaluationError as raised:
                error = raised
        if error is not None:
            raise error
        return not stop

    stop = name == "exists"
    other = not stop
    return over


def begins_with_any(target: Evaluator, variable: str, body: Evaluator, each: Evaluator) -> Evaluator:
    """Return `each`, such that a text that is held against all prefixes of a list is made once."""
    if not (isinstance(body, TextTest) and body.name == "startsWith"):
        return each
    text, prefix = body.target, body.argument
    if not (isinstance(prefix, Name) and prefix.name == variable):
        return each

    def over(env: Environment) -> Any:
        source = target(env)
        if isinstance(source, list) and set(map(type, source)) == {str}:
            value = text(env)
            if isinstance(value, str):
                return value.startswith(tuple(source))
        return each(env)

    return over


def _each(body: Evaluator, scope: dict[str, Any], variable: str, source: Any) -> Iterator[Any]:
    for scope[variable] in source:
        yield body(scope)


def _either(left: Evaluator, right: Evaluator, *, stop: bool) -> Evaluator:
    """Return CEL's `||` (`stop` true) or `&&`: what one side decides stands, whatever error the other raises."""
    other = not stop

    def joined(env: Environment) -> bool:
        try:
            first = left(env)
            if first is not other and boolean(first) is stop:
                return stop
        except EvaluationError:
            if boolean(right(env)) is stop:
                return stop
            raise
        second = right(env)
        return second is True or boolean(second)

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


def operation(sign: str, left: Evaluator, right: Evaluator) -> Evaluator:
    """Return what an operator makes of both sides."""
    if sign in ("||", "&&"):
        return _either(left, right, stop=sign == "||")
    if sign == "in":
        return lambda env: _contained(left(env), right(env))
    if sign == "+":
        return lambda env: _sum(left(env), right(env))
    if sign in ("-", "*", "/", "%"):
        return lambda env: _arithmetic(sign, left(env), right(env))
    if sign in ("==", "!="):
        wanted = sign == "=="

        def equal(env: Environment) -> bool:
            first, second = left(env), right(env)
            return (_same_kind(first, second) and first == second) is wanted

        return equal
    return lambda env: _compare(sign, left(env), right(env))

"""Rules between settings: a rule is one named method of a settings class that yields what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any, NamedTuple, TypeVar

Part = str | int
"""One step of a key path: a key, or the index of a list item."""
Rule = Callable[[Any], Iterable["Violation"]]
AnyRule = TypeVar("AnyRule", bound=Rule)

_MARK = "_is_settings_rule"


class Violation(NamedTuple):
    """What breaks a rule: where below the settings that hold the rule, what was given, what is allowed."""

    path: tuple[Part, ...]
    given: object
    allowed: str


class BrokenRulesError(ValueError):
    """Raised while settings are built when a rule between them does not hold; carries every violation."""

    def __init__(self, violations: Iterable[tuple[str, Violation]]) -> None:
        """Keep each violation with the name of its rule."""
        self.violations = tuple(violations)
        super().__init__(
            "; ".join(
                f"{'.'.join(map(str, each.path))}: given {each.given}; allowed: {each.allowed} [{name}]"
                for name, each in self.violations
            )
        )


def rule(method: AnyRule) -> AnyRule:
    """Mark a method of a settings class as a rule; its docstring states it in one sentence."""
    setattr(method, _MARK, True)
    return method


def rules_of(settings: type) -> tuple[str, ...]:
    """Names of the rules of a settings class, in the order they are written."""
    names: dict[str, None] = {}
    for each in reversed(settings.__mro__):
        names.update(
            (name, None)
            for name, value in vars(each).items()
            if isinstance(value, FunctionType) and hasattr(value, _MARK)
        )
    return tuple(names)


def violations_of(settings: object, names: Iterable[str]) -> Iterator[tuple[str, Violation]]:
    """Yield each violation of the rules `names` of `settings`, with the rule's name."""
    for name in names:
        for violation in getattr(settings, name)():
            yield name, violation


def repeated(values: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Yield index and value of each value that an earlier one equals."""
    seen = set()
    for index, value in enumerate(values):
        if value in seen:
            yield index, value
        seen.add(value)

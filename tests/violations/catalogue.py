"""The record of a violation, and what its function is given to change."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from tests.violations.opened import Opened

Body = dict[str, Any]
Target = Literal["synth", "settings", "plan", "charts"]
LayerName = Literal["synth", "plan", "state"]


_DOWN_TO_A_BODY = 3
"""Levels of objects that are opened one by one: a stack's blocks, their types, their names."""


class Stacks(Opened):
    """The parsed `cdk.tf.json` of each stack, copied as far as it is opened; remembers what was opened and touched.

    A plan is copied as a `whole`: it says the same in two places, which one object may hold.
    """

    def __init__(self, stacks: dict[str, Body], *, whole: bool = False) -> None:
        super().__init__(stacks, 0 if whole else _DOWN_TO_A_BODY)
        self.touched: list[str] = []

    def concerned(self, before: dict[str, Body]) -> dict[str, Body]:
        """Return the stacks that are shared and those of each cluster that was opened or changed; of all clusters where only shared ones were.

        Judging the clusters that a violation leaves alone would only take time: that they come out clean is a test of its own.
        """
        left = self.left()
        changed = {name for name, body in left.items() if body is not before.get(name)} | self.opened
        clusters = {cluster_of(name) for name in changed} - SHARED_STACKS or {cluster_of(name) for name in left}
        kept = clusters | SHARED_STACKS
        return {name: body for name, body in left.items() if cluster_of(name) in kept}

    def one(self, stack: str, type_: str, name: str | None = None) -> Body:
        """Return the body of a resource (`data.x`, `ephemeral.x` too); without a name, of the only one of its type."""
        bodies = self._block(stack, type_)
        if name is None:
            assert len(bodies) == 1, f"{stack} holds {sorted(bodies)} of {type_}"
            name = next(iter(bodies))
        assert name in bodies, f"{stack} holds no {type_}.{name}, but {sorted(bodies)}"
        self.touched.append(f"{type_}.{name}")
        body: Body = bodies[name]
        return body

    def named(self, stack: str, type_: str) -> dict[str, Body]:
        """Return the bodies of all resources of a type by their names."""
        return self._block(stack, type_)

    def add(self, stack: str, type_: str, name: str, body: Body) -> None:
        """Add a resource."""
        bodies = self._block(stack, type_)
        assert name not in bodies
        bodies[name] = body
        self.touched.append(f"{type_}.{name}")

    def remove(self, stack: str, type_: str, name: str | None = None) -> Body:
        """Remove a resource and return what it was."""
        bodies = self._block(stack, type_)
        if name is None:
            assert len(bodies) == 1, f"{stack} holds {sorted(bodies)} of {type_}"
            name = next(iter(bodies))
        body: Body = bodies.pop(name)
        return body

    def local(self, stack: str, name: str) -> Any:
        """Return a local, such as a release's values."""
        return self[stack]["locals"][name]

    def _block(self, stack: str, type_: str) -> dict[str, Any]:
        mode, _, kind = type_.rpartition(".")
        block: dict[str, Any] = self[stack].setdefault(mode or "resource", {}).setdefault(kind, {})
        return block


SHARED_STACKS = frozenset({"identity", "account"})


def cluster_of(stack: str) -> str:
    """Return the cluster that a stack's name spells, or the name of a stack that all clusters share."""
    return stack.removesuffix("-login").removesuffix("-workloads")


@dataclass(frozen=True)
class Violation:
    """One way to break a decision."""

    function: Callable[[Any], None]
    kills: str
    also: tuple[str, ...]
    layers: tuple[LayerName, ...]
    on: Target
    names: str | None

    @property
    def id(self) -> str:
        """Readable id: the control and the function."""
        return f"{self.kills}:{self.function.__name__}"

    @property
    def decision(self) -> str:
        """The decision that it breaks."""
        return self.kills.split("-", 1)[0]

    @property
    def story(self) -> str:
        """What the violation's docstring tells."""
        return " ".join((self.function.__doc__ or "").split())


_VIOLATIONS: dict[str, Violation] = {}


def violation(
    *,
    kills: str,
    also: tuple[str, ...] = (),
    layers: tuple[LayerName, ...] = ("synth", "plan"),
    on: Target = "synth",
    names: str | None = None,
) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register the decorated function as a violation that the control `kills` must catch."""

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        assert function.__doc__, f"{function.__name__} tells no story"
        record = Violation(function, kills, also, layers if on in ("synth", "settings") else (_only(on),), on, names)
        key = f"{function.__module__}:{record.id}"
        assert key not in _VIOLATIONS, f"{key} is written twice"
        _VIOLATIONS[key] = record
        return function

    return register


def _only(on: Target) -> LayerName:
    return "plan" if on == "plan" else "synth"


def violations() -> list[Violation]:
    """Import every module of violations and return what they hold, in a stable order."""
    import tests.violations as package

    for module in pkgutil.walk_packages(package.__path__, "tests.violations."):
        importlib.import_module(module.name)
    return [_VIOLATIONS[key] for key in sorted(_VIOLATIONS)]

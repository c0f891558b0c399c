"""Judges a changed fleet by the controls that could see the change: all that looked at something that is not as it was.

Each control is run once on the committed fleet while everything that it looks at is noted: which resources there are of
a kind, the content of each resource, locals. A control asks the same of an estate where all that is the same, and so
answers the same; it is not run again. `test_reuse.py` holds this against running every control.
"""

from __future__ import annotations

import fcntl
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from policies.engine.control import Control, load_controls, run
from policies.engine.estate import Estate
from policies.engine.judge import Report, check
from policies.engine.load import Loaded, estates
from policies.engine.plan import PlannedResource
from policies.engine.resource import Layer, Resource, Stack
from tests.policies.judged import TODAY, loaded_of
from tests.violations.planned import plan_of

Key = tuple[str, str, str]
"""What can be looked at: what it is, the stack, and which one."""
Documents = dict[str, Any]

_OF_A_STACK = ("resources", "deleted", "settings", "terraform", "overrides", "variables", "declared", "folder", "file")
_OF_A_RESOURCE = (
    "body", "path", "provider", "lifecycle", "depends_on", "actions", "before", "multiplicity", "unknown", "expressions",
)  # fmt: skip
_NOTING = frozenset(_OF_A_RESOURCE) | {"_attributes"}
_OF_ITS_OWN = frozenset({"_objects", "_releases"})
"""What is remembered with a stack and comes from that stack alone."""
_reads: list[set[Key]] = []
"""Where reads are noted; empty while nobody listens."""


def _note(what: str, stack: str, which: str) -> None:
    if _reads:
        _reads[-1].add((what, stack, which))


@contextmanager
def _unnoticed() -> Iterator[None]:
    kept = _reads[:]
    _reads.clear()
    try:
        yield
    finally:
        _reads.extend(kept)


class _WatchedResource(Resource):
    """A resource that notes when somebody looks at its content."""

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        if name in _NOTING and _reads:
            with _unnoticed():
                key = _name(self)
            _note("content", *key)
        return found


class _WatchedPlanned(_WatchedResource, PlannedResource):
    pass


class _WatchedLocals(dict[str, Any]):
    def __init__(self, stack: str, known: dict[str, Any]) -> None:
        super().__init__(known)
        self.stack = stack

    def __contains__(self, name: object) -> bool:
        _note("local", self.stack, str(name))
        return super().__contains__(name)

    def __getitem__(self, name: str) -> Any:
        _note("local", self.stack, name)
        return super().__getitem__(name)

    def _all(self) -> NoReturn:
        raise AssertionError("a control walks over all locals: that is no read that is noted")

    def __iter__(self) -> NoReturn:
        self._all()

    def keys(self) -> NoReturn:
        self._all()

    def values(self) -> NoReturn:
        self._all()

    def items(self) -> NoReturn:
        self._all()


class _WatchedStack(Stack):
    def __getattribute__(self, name: str) -> Any:
        if name in _OF_A_STACK:
            _note(name, object.__getattribute__(self, "name"), "")
        return object.__getattribute__(self, name)

    def of_kind(self, kind: str) -> list[Resource]:
        _note("kind", self.name, kind)
        with _unnoticed():
            return super().of_kind(kind)

    def instances(self, base: str) -> list[Resource]:
        _note("instances", self.name, base)
        with _unnoticed():
            return super().instances(base)


def _watch(view: Estate) -> None:
    for stack in view.stacks:
        for resource in (*stack.resources, *stack.settings):
            planned = isinstance(resource, PlannedResource)
            resource.__class__ = _WatchedPlanned if planned else _WatchedResource
            resource._attributes = {}  # what was evaluated while the estate was put together is asked again
        stack.locals = _WatchedLocals(stack.name, stack.locals)
        stack._evaluated.clear()
        stack.__class__ = _WatchedStack
    view._roles.clear()
    view._named.clear()


def _name(resource: Resource) -> tuple[str, str]:
    return resource.stack.name, resource.address


def _shape(view: Estate) -> Any:
    """Return how the stacks belong together."""
    clusters = {each.name: [stack.name for stack in each.stacks] for each in view.clusters}
    roles = {stack.name: view.roles_of(stack) for stack in view.stacks}
    layers = {stack.name: stack.layer for stack in view.stacks}
    return clusters, [stack.name for stack in view.shared.stacks], roles, layers


def _parts(stack: Stack) -> dict[Key, Any]:
    """Return all that can be looked at in a stack, under the key by which a read of it is noted."""
    found: dict[Key, Any] = {("local", stack.name, key): value for key, value in stack.locals.items()}
    for name in _OF_A_STACK:
        found[name, stack.name, ""] = getattr(stack, name)
    for name in ("resources", "deleted", "settings"):
        found[name, stack.name, ""] = [(each.mode, each.address) for each in getattr(stack, name)]
    for resource in (*stack.resources, *stack.settings):
        found.setdefault(("kind", stack.name, resource.kind), []).append((resource.mode, resource.address))
        found.setdefault(("instances", stack.name, resource.base), []).append(resource.address)
        content = [getattr(resource, name, None) for name in _OF_A_RESOURCE]
        found.setdefault(("content", *_name(resource)), []).append(content)
    return found


class Reuse:
    """The committed fleet in one layer: what each control looked at, and what there is to look at."""

    def __init__(self, stacks: Documents, plans: Documents, folder: Path, layer: Layer, store: Path) -> None:
        """Watch the controls, or take what another worker of this run has seen and left in `store`."""
        self.layer = layer
        self.controls = load_controls()
        self.clusters: dict[str, str] = {}
        self._load: Callable[[], Loaded] = lambda: loaded_of(stacks, plans, folder)
        base = self._view(self._load())
        self.parts = {stack.name: _parts(stack) for stack in base.stacks}
        self.shape = _shape(base)
        self.kept = {stack.name: stack for stack in base.stacks}
        self._made_of = {name: (document, plans.get(name)) for name, document in stacks.items()}
        self._own = {name: stack.__dict__.keys() | _OF_ITS_OWN for name, stack in self.kept.items()}
        with (store / f"watched-{layer}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = store / f"watched-{layer}.pickle"
            if not kept.exists():
                kept.write_bytes(pickle.dumps(self._all_watched()))
            self.reads: dict[str, set[Key]] = pickle.loads(kept.read_bytes())

    def _view(self, loaded: Loaded) -> Estate:
        view = next(each for each in estates(loaded) if each.layer == self.layer)
        view.today = TODAY
        return view

    def _all_watched(self) -> dict[str, set[Key]]:
        found = {key: self._watched(each) for key, each in self.controls.items() if each.decision != "X"}
        return {key: reads for key, reads in found.items() if reads is not None}

    def _watched(self, record: Control) -> set[Key] | None:
        """Return what `record` looks at in a fresh estate; None where it does not hold, so that nothing can be reused."""
        view = self._view(self._load())
        _watch(view)
        reads: set[Key] = set()
        _reads.append(reads)
        try:
            outcomes = [run(record, scope) for scope in record.scopes(view)]
        finally:
            _reads.clear()
        return None if any(each.findings for each in outcomes) else reads

    def changed(self, view: Estate) -> set[Key] | None:
        """Return what is not as it was in the stacks of `view`; None where they do not belong together as before."""
        names = {stack.name for stack in view.stacks}
        fresh = [stack for stack in view.stacks if stack is not self.kept.get(stack.name)]
        clusters, shared, roles, layers = self.shape
        before = (
            {name: members for name, members in clusters.items() if set(members) & names},
            [name for name in shared if name in names],
            {name: each for name, each in roles.items() if name in names},
            {name: each for name, each in layers.items() if name in names},
        )
        if _shape(view) != before:
            return None
        found: set[Key] = set()
        absent = object()
        for stack in fresh:
            parts, known = _parts(stack), self.parts.get(stack.name, {})
            found |= {key for key in parts.keys() | known.keys() if parts.get(key, absent) != known.get(key, absent)}
        return found

    def concerned(self, view: Estate) -> dict[str, Control]:
        """Return the controls that could answer otherwise than on the committed fleet."""
        changed = self.changed(view)
        if changed is None:
            return self.controls
        return {
            key: each
            for key, each in self.controls.items()
            if key not in self.reads or not changed.isdisjoint(self.reads[key])
        }

    def judge(self, stacks: Documents, plans: Documents, folder: Path) -> Report:
        """Return the report on changed documents, without the controls that would say what they said before."""
        loaded = loaded_of(stacks, plans, folder)
        views = estates(loaded)
        unchanged = {name for name, body in stacks.items() if self._is_made_of(name, body, plans.get(name))}
        views = [self._with_kept(each, unchanged) if each.layer == self.layer else each for each in views]
        concerned = self.concerned(next(each for each in views if each.layer == self.layer))
        return check(loaded, today=TODAY, controls=concerned, layers=(self.layer,), views=views)

    def _is_made_of(self, name: str, body: Any, plan: Any) -> bool:
        known = self._made_of.get(name)
        return known is not None and known[0] is body and known[1] is plan

    def _with_kept(self, view: Estate, unchanged: set[str]) -> Estate:
        """Return `view` with the stacks that are made of the very documents of the committed fleet, evaluated as they are.

        Of what was remembered with a stack, only what comes from nothing but that stack is left.
        """
        stacks = [self.kept[stack.name] if stack.name in unchanged else stack for stack in view.stacks]
        for stack in stacks:
            for key in stack.__dict__.keys() - self._own[stack.name] if stack.name in unchanged else ():
                del stack.__dict__[key]
        anew = Estate(view.layer, stacks, whole=view.whole, synth=view.synth)
        anew.refusals = view.refusals
        return anew


class Committed:
    """The committed fleet with its plans, in both layers; each is prepared when it is first needed."""

    def __init__(self, stacks: Documents, folder: Path, store: Path) -> None:
        self.stacks = stacks
        self.folder = folder
        self.store = store

    @cached_property
    def plans(self) -> Documents:
        """The plan of each stack."""
        return {name: plan_of(name, each) for name, each in self.stacks.items()}

    def plan(self, name: str, document: Any) -> Any:
        """Return the plan of a stack: the same one as long as the very document is."""
        return self.plans[name] if document is self.stacks.get(name) else plan_of(name, document)

    @cached_property
    def synth(self) -> Reuse:
        """What the controls look at in what is synthesized."""
        return Reuse(self.stacks, {}, self.folder, "synth", self.store)

    @cached_property
    def planned(self) -> Reuse:
        """What the controls look at in plans."""
        return Reuse(self.stacks, self.plans, self.folder, "plan", self.store)

    def reuse(self, layer: str) -> Reuse:
        """Return what the controls look at in one layer."""
        return self.synth if layer == "synth" else self.planned

"""Notes what a control looks at in an estate, and tells what of that is another in a changed stack.

What can be looked at has a key: the arguments of a resource, each by its name; its other fields; which resources of a
kind there are; the Kubernetes objects of a kind, and each object; locals; what is said of a stack as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, NoReturn

from policies.engine import kubernetes
from policies.engine.estate import Cluster, Estate, Scope, Shared
from policies.engine.kubernetes import KubernetesObject
from policies.engine.plan import PlannedResource
from policies.engine.resource import Resource, Stack

Key = tuple[str, ...]
"""What can be looked at: what it is, the stack, and which one."""

OF_A_STACK = ("resources", "deleted", "settings", "terraform", "overrides", "variables", "declared", "folder", "file")
ENTRIES = ("body", "unknown", "expressions", "written")
"""What holds the arguments of a resource; of what is synthesized only the first."""
FIELDS = ("path", "provider", "lifecycle", "depends_on", "actions", "before", "multiplicity", "provisioners")
OF_A_RESOURCE = ("argument", "names", "field")
"""How the keys begin of what is in a resource, whose stack and address follow."""
_WRITTEN = frozenset(each.name for each in fields(PlannedResource)) | {"resource", "_attributes"}
"""What there is in a resource before anything is evaluated and remembered with it."""
_REMEMBERED = frozenset({"_objects", "_releases", "_roles", "_rules"})
"""What is remembered with a stack once it was evaluated."""
EVERY = ""
"""Stands for every kind, where a control names none."""
_reads: list[set[Key]] = []
"""Where reads are noted; empty while nobody listens."""


@contextmanager
def noting(reads: set[Key]) -> Iterator[None]:
    """Add the key of all that is looked at to `reads`."""
    _reads.append(reads)
    try:
        yield
    finally:
        _reads.clear()


def _note(*key: str) -> None:
    if _reads:
        _reads[-1].add(key)


@contextmanager
def _unnoticed() -> Iterator[None]:
    kept = _reads[:]
    _reads.clear()
    try:
        yield
    finally:
        _reads.extend(kept)


class _WatchedEntries(dict[str, Any]):
    """The arguments of a resource: notes each by its name, and who walks over them."""

    def __init__(self, resource: Resource, known: dict[str, Any]) -> None:
        super().__init__(known)
        self.name = (resource.stack.name, resource.address)

    def __contains__(self, name: object) -> bool:
        _note("argument", *self.name, str(name))
        return super().__contains__(name)

    def __getitem__(self, name: str) -> Any:
        _note("argument", *self.name, name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        _note("argument", *self.name, name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:
        _note("names", *self.name)
        return super().__iter__()

    def __len__(self) -> int:
        _note("names", *self.name)
        return super().__len__()

    def _all(self, *_: Any) -> NoReturn:
        raise AssertionError("a control takes all arguments at once: that is no read that is noted")

    __eq__ = __or__ = __ror__ = __reversed__ = copy = items = values = keys = _all
    __hash__ = None

    def __repr__(self) -> str:
        self._all()


def _noted_field(name: str) -> property:
    def read(self: Resource) -> Any:
        _note("field", self.stack.name, self.address, name)
        return self.__dict__[name]

    return property(read)


class _WatchedResource(Resource):
    """A resource that notes when somebody looks at its content."""

    def __getitem__(self, key: str) -> Any:
        _note("argument", self.stack.name, self.address, key.partition(".")[0])
        return super().__getitem__(key)


for _name in FIELDS:
    setattr(_WatchedResource, _name, _noted_field(_name))


class _WatchedPlanned(_WatchedResource, PlannedResource):
    pass


def _noted_content(name: str) -> property:
    def read(self: KubernetesObject) -> Any:
        _note("object", self.resource.stack.name, self.__dict__["ident"])
        return self.__dict__[name]

    return property(read)


class _WatchedObject(KubernetesObject):
    """An object that notes when somebody looks at its content; its kind is noted by who asks for kinds."""


for _name in ("root", "body"):
    setattr(_WatchedObject, _name, _noted_content(_name))


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

    def _all(self, *_: Any) -> NoReturn:
        raise AssertionError("a control walks over all locals: that is no read that is noted")

    __iter__ = __len__ = keys = values = items = get = copy = _all


def _noted_part(name: str) -> property:
    def read(self: Stack) -> Any:
        _note(name, self.name)
        return self.__dict__[name]

    return property(read)


class _WatchedStack(Stack):
    def of_kind(self, kind: str) -> list[Resource]:
        _note("kind", self.name, kind)
        with _unnoticed():
            return super().of_kind(kind)

    def instances(self, base: str) -> list[Resource]:
        _note("instances", self.name, base)
        with _unnoticed():
            return super().instances(base)


for _name in OF_A_STACK:
    setattr(_WatchedStack, _name, _noted_part(_name))


class _WatchedScope(Scope):
    """A scope that notes which kinds of objects are asked for."""

    def objects(self, *kinds: str) -> list[KubernetesObject]:
        for stack in self.stacks:
            _note("evaluated", stack.name, EVERY)
            for kind in kinds or (EVERY,):
                _note("objects", stack.name, kind)
        with _unnoticed():
            return super().objects(*kinds)


class _WatchedCluster(_WatchedScope, Cluster):
    pass


class _WatchedShared(_WatchedScope, Shared):
    pass


class _WatchedEstate(_WatchedScope, Estate):
    def _all(self) -> NoReturn:
        raise AssertionError("a control looks at more than the stacks of its layer: that is no read that is noted")

    refusals = synth = property(_all)


class _WatchedObjects(list[KubernetesObject]):
    """The objects of a stack, of which nobody takes the whole list but a scope."""

    def __iter__(self) -> Iterator[KubernetesObject]:
        assert not _reads, "a control walks over the objects of a stack: that is no read that is noted"
        return super().__iter__()


def idents(things: list[KubernetesObject]) -> list[str]:
    """Return a name for each object of a stack: its resource and its place in that."""
    seen: dict[str, int] = {}
    found = []
    for each in things:
        address = each.resource.address
        seen[address] = seen.get(address, -1) + 1
        found.append(f"{address}#{seen[address]}")
    return found


def _forget(resource: Resource) -> None:
    resource._attributes = {}
    for name in resource.__dict__.keys() - _WRITTEN:
        del resource.__dict__[name]


class Watch:
    """An estate whose parts note that they are looked at; nothing that one control evaluated is left for the next."""

    def __init__(self, view: Estate) -> None:
        """Let everything in `view` note."""
        self.view = view
        self._of_objects: list[tuple[KubernetesObject, frozenset[str]]] = []
        self._objects = {stack.name: _WatchedObjects(kubernetes.objects(stack)) for stack in view.stacks}
        for stack in view.stacks:
            things = self._objects[stack.name]
            for thing, ident in zip(things, idents(things), strict=True):
                thing.__dict__["ident"] = ident
                thing.__class__ = _WatchedObject
                self._of_objects.append((thing, frozenset(thing.__dict__)))
            for resource in (*stack.resources, *stack.deleted, *stack.settings):
                for name in ENTRIES:
                    if name in resource.__dict__:
                        resource.__dict__[name] = _WatchedEntries(resource, resource.__dict__[name])
                resource.__class__ = _WatchedPlanned if isinstance(resource, PlannedResource) else _WatchedResource
            stack.locals = _WatchedLocals(stack.name, stack.locals)
            stack.of_kind(EVERY), stack.instances(EVERY)  # both are indexed now
            stack.__class__ = _WatchedStack
        for cluster in view.clusters:
            cluster.__class__ = _WatchedCluster
        view.shared.__class__ = _WatchedShared
        view.__class__ = _WatchedEstate
        self._own = {stack.name: stack.__dict__.keys() - _REMEMBERED for stack in view.stacks}

    def forget(self) -> None:
        """Forget all that was evaluated, so that whoever asks evaluates it again and is noted."""
        for stack in self.view.stacks:
            for key in stack.__dict__.keys() - self._own[stack.name]:
                del stack.__dict__[key]
            stack.__dict__["_objects"] = self._objects[stack.name]
            stack._evaluated.clear()
            for resource in (*stack.resources, *stack.deleted, *stack.settings):
                _forget(resource)
        for thing, own in self._of_objects:
            for name in thing.__dict__.keys() - own:
                del thing.__dict__[name]
        self.view._roles.clear()
        self.view._named.clear()
        self.view.memory.clear()

    def leaning(self, stack: Stack, look: Callable[[Resource], object]) -> dict[str, set[Key]]:
        """Return by address what is looked at when `look` is given a resource of `stack`, of which it reads nothing else."""
        found: dict[str, set[Key]] = {}
        for resource in stack.resources:
            stack._evaluated.clear()
            for each in stack.resources:
                _forget(each)
            with noting(found.setdefault(resource.address, set())):
                look(resource)
        return found

"""What is another in a changed stack, by the keys under which `watched.py` notes that a control looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from policies.engine import kubernetes
from policies.engine.resource import Resource, Stack
from tests.policies.watched import ENTRIES, EVERY, FIELDS, OF_A_STACK, Key, idents

_LISTED = ("resources", "deleted", "settings")
"""Of these a stack itself tells which there are; what is in each of them is noted with the resource."""
_ABSENT = object()
_fields = attrgetter(*FIELDS)


def differences(before: Stack, after: Stack) -> Iterator[Key]:
    """Yield the key of all that is not written in `after` as it is in `before`, a stack of the same name."""
    name = after.name
    for part in OF_A_STACK:
        if _shown(before, part) != _shown(after, part):
            yield part, name
    for key in _unequal(before.locals, after.locals):
        yield "local", name, key
    if any(_shown(before, part) != _shown(after, part) for part in ("resources", "settings")):
        for kind in _unequal(_listed(before, "kind"), _listed(after, "kind")):
            yield "kind", name, kind
        for base in _unequal(_listed(before, "base"), _listed(after, "base")):
            yield "instances", name, base
    old, new = _by_address(before), _by_address(after)
    for address in old.keys() | new.keys():
        for key in _of_a_resource(old.get(address, []), new.get(address, [])):
            yield (key[0], name, address, *key[1:])


def differing_objects(before: Stack, after: Stack) -> Iterator[Key]:
    """Yield the key of each Kubernetes object, and each kind of them, that is not in `after` as it is in `before`."""
    for what, key in _unequal(_of_objects(before), _of_objects(after)):
        yield what, after.name, key


def _unequal(before: dict[Any, Any], after: dict[Any, Any]) -> list[Any]:
    if before == after:
        return []
    return [key for key in before.keys() | after.keys() if before.get(key, _ABSENT) != after.get(key, _ABSENT)]


def _shown(stack: Stack, part: str) -> Any:
    found = getattr(stack, part)
    return [(each.mode, each.address) for each in found] if part in _LISTED else found


def _listed(stack: Stack, by: str) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for resource in (*stack.resources, *stack.settings):
        found.setdefault(getattr(resource, by), []).append((resource.mode, resource.address))
    return found


def _by_address(stack: Stack) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for resource in (*stack.resources, *stack.deleted, *stack.settings):
        found.setdefault(resource.address, []).append(resource)
    return found


def _entries(resource: Resource) -> list[dict[str, Any]]:
    return [resource.__dict__.get(each, {}) for each in ENTRIES]


def _of_a_resource(before: list[Resource], after: list[Resource]) -> Iterator[Key]:
    """Yield what is another of the resources that have one address, of which there are more than one only by mistake."""
    if len(before) == len(after) == 1 and _same(before[0], after[0]):
        return
    unequal = FIELDS if [_fields(each) for each in before] != [_fields(each) for each in after] else ()
    for field in unequal:
        if [getattr(each, field) for each in before] != [getattr(each, field) for each in after]:
            yield "field", field
    old, new = [_entries(each) for each in before], [_entries(each) for each in after]
    if old == new and [list(map(list, each)) for each in old] == [list(map(list, each)) for each in new]:
        return
    yield ("names",)
    for name in {name for each in (*old, *new) for entries in each for name in entries}:
        values = [[[entries.get(name, _ABSENT) for entries in each] for each in side] for side in (old, new)]
        if values[0] != values[1]:
            yield "argument", name


def _same(before: Resource, after: Resource) -> bool:
    """Whether the fields and arguments are equal, and in the same order: what yields nothing, as nearly all does."""
    if type(before) is not type(after) or _fields(before) != _fields(after):
        return False
    old, new = before.__dict__, after.__dict__
    return all(
        old.get(each) is new.get(each) or (old[each] == new[each] and list(old[each]) == list(new[each]))
        for each in ENTRIES
        if each in old or each in new
    )


def _of_objects(stack: Stack) -> dict[tuple[str, str], Any]:
    """Return what there is of Kubernetes objects; next to nothing where one of them cannot be evaluated."""
    try:
        things = kubernetes.objects(stack)
    except Exception:  # whoever asks for an object is told so
        return {}
    found: dict[tuple[str, str], Any] = {("evaluated", EVERY): True}
    for thing, ident in zip(things, idents(things), strict=True):
        found["object", ident] = (thing.body, thing.released_to, thing.position)
        for kind in (thing.kind, EVERY):
            found.setdefault(("objects", kind), []).append((ident, thing.kind, thing.api_version))
    return found

"""Lends a changed stack the resources of the committed one that say there what they say here, with all that was read of them.

A resource says the same where it is the same and nothing is another that it refers to. What it refers to is noted once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from policies.baseline import secrets
from policies.engine import helm, kubernetes
from policies.engine.iam_documents import own_statements
from policies.engine.resource import Resource, Stack
from policies.engine.values import Unknown
from policies.recorded import unrecorded, unrecorded_nulls
from policies.service_account_roles import annotated
from tests.policies.watched import OF_A_RESOURCE, Key

_OF_A_RESOURCE: tuple[Callable[[Resource], object], ...] = (
    lambda resource: resource.identities,
    secrets.written_secrets,
    secrets.taken_from_state,
)
_OF_A_RELEASE: tuple[Callable[[helm.Release], object], ...] = (
    lambda release: release.values,
    lambda release: (release.chart, release.is_local, release.local_name),
    kubernetes.held_objects,
    secrets.called_secrets,
    unrecorded,
    unrecorded_nulls,
    annotated,
)


def read_all(resource: Resource) -> None:
    """Read whatever is remembered with a resource, so that it is noted what that refers to."""
    for name in resource.names():
        _read(name, resource.__getitem__)
    for look in _OF_A_RESOURCE:
        _read(resource, look)
    if resource.kind == "helm_release":
        for of_release in _OF_A_RELEASE:
            _read(helm.release_of(resource), of_release)
    elif resource.kind == "data.aws_iam_policy_document":
        _read(resource, own_statements)
    elif resource.mode == "managed" and resource.type.startswith(kubernetes.PREFIXES):
        _read(resource, kubernetes.declared)


def _read(what: Any, look: Callable[[Any], object]) -> None:
    with suppress(Unknown):  # whoever asks for it is told so
        look(what)


class Lender:
    """The committed stacks of one layer, of which resources are on loan until all are taken back."""

    def __init__(self, stacks: dict[str, Stack], leaning: dict[str, dict[str, set[Key]]]) -> None:
        """Take by stack and address what each resource refers to."""
        self._leaning = leaning
        self._own = {name: {each.address: each for each in stack.resources} for name, stack in stacks.items()}
        self._lent: list[tuple[Resource, Stack]] = []

    def lend(self, stack: Stack, changed: set[Key]) -> None:
        """Put the committed resources into `stack` in place of those that say the same, given what is `changed`."""
        own = self._own[stack.name]
        same = self.same(stack, changed)
        for place, each in enumerate(stack.resources):
            if each.address in same:
                resource = own[each.address]
                self._lent.append((resource, resource.stack))
                stack.resources[place] = resource
                resource.stack = stack
        stack._by_base = stack._by_kind = None  # what is read of the others stays

    def same(self, stack: Stack, changed: set[Key]) -> set[str]:
        """Return the addresses of what is in `stack` as it was, and refers to nothing that is `changed`."""
        there = {each.address for each in stack.resources}
        if len(there) != len(stack.resources):
            return set()
        own, leaning = self._own[stack.name], self._leaning[stack.name]
        others = {key[2] for key in changed if key[0] in OF_A_RESOURCE}
        return {each for each in there - others if each in own and changed.isdisjoint(leaning[each])}

    def take_back(self) -> None:
        """Let each resource that is on loan belong to its own stack again."""
        for resource, home in self._lent:
            resource.stack = home
        self._lent.clear()

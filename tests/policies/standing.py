"""Makes up the state of a changed fleet: what a change does not touch stands as it stands in the committed fleet."""

from __future__ import annotations

from typing import Any

from policies.engine.estate import Estate
from policies.engine.resource import Stack
from tests.policies.differences import differences
from tests.policies.lending import Lender
from tests.policies.watched import Key, Watch, noting
from tests.violations.planned import Documents
from tests.violations.standing import Made, World, built, states


class Standing:
    """The committed state of some stacks that stand together: what there is, and what that refers to in all of them."""

    def __init__(self, documents: Documents) -> None:
        """Make up the state, and note for each resource what is looked at."""
        self._documents = documents
        self._kept = {stack.name: stack for stack in built(documents)}
        self._made: dict[tuple[str, str], Made] = {}
        view = Estate("synth", built(documents))
        watch = Watch(view)
        world = World(view.stacks)
        leaning: dict[str, dict[str, set[Key]]] = {}
        for stack in view.stacks:
            of_stack = leaning[stack.name] = {}
            for resource in stack.resources:
                watch.forget()
                with noting(of_stack.setdefault(resource.address, set())):
                    made = world.make(resource) if resource.mode != "ephemeral" else ({}, [])
                self._made[stack.name, resource.address] = made
        self._lender = Lender(self._kept, leaning)

    def states_of(self, documents: Documents) -> Documents:
        """Return the state of each stack of `documents`, which are the committed ones but for some changes."""
        assert documents.keys() == self._documents.keys(), "other stacks stand here"
        changed = {name: each for name, each in documents.items() if each is not self._documents[name]}
        fresh = {stack.name: stack for stack in built(changed)}
        return states([fresh.get(name, self._kept[name]) for name in sorted(documents)], self._known)

    def _known(self, stacks: list[Stack]) -> dict[tuple[str, str], Made]:
        """Return what stands as it stood: nothing of it is another, nor of what it refers to in whatever stack."""
        fresh = [stack for stack in stacks if stack is not self._kept[stack.name]]
        changed = {key for stack in fresh for key in differences(self._kept[stack.name], stack)}
        return {
            (stack.name, address): self._made[stack.name, address]
            for stack in stacks
            for address in self._lender.same(stack, changed)
        }


class States:
    """The states of the committed fleet, and of changed ones."""

    def __init__(self, synthesized: dict[str, Any]) -> None:
        self._synthesized = synthesized
        self._standing: dict[frozenset[str], Standing] = {}

    def of(self, documents: Documents) -> Documents:
        """Return the state of each stack of `documents`, some of the committed fleet's or changed ones."""
        names = frozenset(documents)
        if not names <= self._synthesized.keys():
            return states(built(documents))
        if names not in self._standing:
            self._standing[names] = Standing({name: self._synthesized[name] for name in documents})
        return self._standing[names].states_of(documents)

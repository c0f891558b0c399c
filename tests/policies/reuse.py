"""Judges a changed fleet by the controls that could see the change: all that looked at something that is not as it was.

Each control is run once on the committed fleet while everything that it looks at is noted: which resources there are of
a kind, the content of each resource, locals. A control asks the same of an estate where all that is the same, and so
answers the same; it is not run again. `test_reuse.py` holds this against running every control.
"""

from __future__ import annotations

import fcntl
import pickle
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from policies.engine.control import Control, load_controls, run
from policies.engine.estate import Estate
from policies.engine.judge import Report, check
from policies.engine.load import Loaded, estates
from policies.engine.resource import Layer, Stack
from tests.policies.differences import differences, differing_objects
from tests.policies.judged import TODAY, loaded_of
from tests.policies.lending import Lender, read_all
from tests.policies.watched import Key, Watch, noting
from tests.violations.planned import Place, Values, bodies, plan_of

Documents = dict[str, Any]

_OF_ITS_OWN = frozenset({"_objects", "_releases"})
"""What is remembered with a stack and comes from that stack alone."""


def _shape(view: Estate) -> Any:
    """Return how the stacks belong together."""
    clusters = {each.name: [stack.name for stack in each.stacks] for each in view.clusters}
    roles = {stack.name: view.roles_of(stack) for stack in view.stacks}
    layers = {stack.name: stack.layer for stack in view.stacks}
    return clusters, [stack.name for stack in view.shared.stacks], roles, layers


class Reuse:
    """The committed fleet in one layer: what each control looked at, and what there is to look at."""

    def __init__(self, stacks: Documents, plans: Documents, folder: Path, layer: Layer, store: Path) -> None:
        """Watch the controls, or take what another worker of this run has seen and left in `store`."""
        self.layer = layer
        self.controls = load_controls()
        views = estates(loaded_of(stacks, plans, folder))
        assert not views[0].refusals, "the committed fleet cannot be judged"
        base = next(each for each in views if each.layer == layer)
        self.shape = _shape(base)
        self.kept = {stack.name: stack for stack in base.stacks}
        self.synth = base.synth
        self._made_of = {name: (document, plans.get(name)) for name, document in stacks.items()}
        self._own = {
            id(stack): stack.__dict__.keys() | _OF_ITS_OWN for stack in (*self.kept.values(), *self.synth.values())
        }
        with (store / f"watched-{layer}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = store / f"watched-{layer}.pickle"
            if not kept.exists():
                kept.write_bytes(pickle.dumps(self._all_watched(loaded_of(stacks, plans, folder))))
            self.reads: dict[str, set[Key]]
            leaning: dict[str, dict[str, set[Key]]]
            self.reads, leaning = pickle.loads(kept.read_bytes())
        self.lender = Lender(self.kept, leaning)

    def _all_watched(self, loaded: Loaded) -> tuple[dict[str, set[Key]], dict[str, dict[str, set[Key]]]]:
        """Return by control what that looks at, and by stack and address what a resource refers to."""
        view = next(each for each in estates(loaded) if each.layer == self.layer)
        view.today = TODAY
        watch = Watch(view)
        found = {key: _watched(each, watch) for key, each in self.controls.items()}
        leaning = {stack.name: watch.leaning(stack, read_all) for stack in view.stacks}
        return {key: reads for key, reads in found.items() if reads is not None}, leaning

    def changed(self, view: Estate) -> set[Key] | None:
        """Return what is not as it was in the stacks of `view`; None where they do not belong together as before.

        What is as it was, and is read as it was, is put there in place of what was made anew.
        """
        names = {stack.name for stack in view.stacks}
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
        for stack in view.stacks:
            kept = self.kept[stack.name]
            if stack is not kept:
                written = set(differences(kept, stack))
                self.lender.lend(stack, written)
                found |= written | set(differing_objects(kept, stack))
        return found

    def same(self, stack: Stack) -> set[str]:
        """Return the addresses of what says in a changed stack what it says in the committed one."""
        return self.lender.same(stack, set(differences(self.kept[stack.name], stack)))

    def concerned(self, view: Estate) -> dict[str, Control]:
        """Return the controls that could answer otherwise than on the committed fleet."""
        changed = self.changed(view)
        if changed is None:
            return dict(self.controls)
        return {
            key: each
            for key, each in self.controls.items()
            if key not in self.reads or not changed.isdisjoint(self.reads[key])
        }

    def judge(
        self, stacks: Documents, plans: Documents, folder: Path, layers: tuple[Layer, ...] | None = None
    ) -> Report:
        """Return the report on changed documents, without the controls that would say what they said before.

        Where only plans are changed, `layers` may name what is synthesized, too: what is refused of a plan stands there.
        """
        views = self._views(stacks, plans, folder)
        controls = self.concerned(next(each for each in views if each.layer == self.layer))
        for key in controls.keys() & self.reads.keys() if layers else ():
            controls[key] = replace(controls[key], layers=tuple({self.layer}.intersection(controls[key].layers)))
        loaded = loaded_of(stacks, plans, folder)
        return check(loaded, today=TODAY, controls=controls, layers=layers or (self.layer,), views=views)

    def _views(self, stacks: Documents, plans: Documents, folder: Path) -> list[Estate]:
        """Return the estates of `stacks`: what is made of the very documents of the committed fleet is not made anew."""
        self.lender.take_back()
        kept = {name for name, body in stacks.items() if self._is_made_of(name, body, plans.get(name))}
        anew = estates(loaded_of(_without(stacks, kept), _without(plans, kept), folder))
        for each in (*map(self.kept.__getitem__, kept), *map(self.synth.__getitem__, kept)):
            for key in each.__dict__.keys() - self._own[id(each)]:
                del each.__dict__[key]
        synth = {name: self.synth[name] if name in kept else anew[0].synth[name] for name in sorted(stacks)}
        views = [Estate("synth", list(synth.values()), synth=synth)]
        views[0].refusals = anew[0].refusals
        if self.layer != "synth":
            fresh = {stack.name: stack for each in anew if each.layer == self.layer for stack in each.stacks}
            shown = [
                self.kept[name] if name in kept else fresh[name] for name in plans if name in kept or name in fresh
            ]
            views.append(Estate(self.layer, shown, synth=synth))
        return views

    def _is_made_of(self, name: str, body: Any, plan: Any) -> bool:
        known = self._made_of.get(name)
        return known is not None and known[0] is body and known[1] is plan


def _without(documents: Documents, names: set[str]) -> Documents:
    return {name: each for name, each in documents.items() if name not in names}


def _watched(record: Control, watch: Watch) -> set[Key] | None:
    """Return what `record` looks at; None where it does not hold, so that nothing can be reused."""
    watch.forget()
    reads: set[Key] = set()
    with noting(reads):
        outcomes = [run(record, scope) for scope in record.scopes(watch.view)]
    return None if any(each.findings for each in outcomes) else reads


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
        if document is self.stacks.get(name):
            return self.plans[name]
        return plan_of(name, document, self._planned, lambda place, body: self._shown.get((place, id(body))))

    @cached_property
    def _shown(self) -> dict[tuple[Place, int], Any]:
        """What the configuration in the plans shows of each body in its place; `stacks` keep the body, and so its identity."""
        return {
            (place, id(body)): entry
            for name, document in self.stacks.items()
            for (place, body), entry in zip(
                bodies(document), self.plans[name]["configuration"]["root_module"]["resources"], strict=True
            )
        }

    def _planned(self, stack: Stack) -> dict[str, Values]:
        """Return the values of what a changed stack holds as the committed one does, by address."""
        if stack.name not in self.synth.kept:
            return {}
        same = self.synth.same(stack)
        changes = {each["address"]: each["change"] for each in self.plans[stack.name]["resource_changes"]}
        return {
            each.address: (changes[each.address]["after"], changes[each.address]["after_unknown"])
            for each in stack.resources
            if each.address in same and each.address in changes and "dynamic" not in each.body
        }  # what a dynamic block makes is not noted

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

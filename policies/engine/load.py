"""Finds out what the given paths hold, and builds one estate per layer from it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from policies.engine import plan, synth
from policies.engine.agreement import compare
from policies.engine.estate import Estate
from policies.engine.refusal import Refusal
from policies.engine.resource import Layer, Stack

_REQUIRES_TERRAFORM = re.compile(r'\s*terraform\s*\{\s*required_version\s*=\s*"[^"$%{}]*"\s*\}\s*')


@dataclass
class Loaded:
    """What was read: the documents of each stack in each layer, and what could not be trusted."""

    synth: dict[str, tuple[Path, list[Path], list[dict[str, Any]]]] = field(default_factory=dict)
    plans: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    states: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    files: int = 0


def load(paths: Iterable[Path], plans: Iterable[Path] = ()) -> Loaded:
    """Read `paths`: folders of stacks, root modules, plan or state files; and `plans`, which must be plans or states."""
    loaded = Loaded()
    files: list[tuple[Path, bool]] = [(path, True) for path in plans]
    for path in paths:
        if path.is_dir():
            _load_folder(path, loaded)
        else:
            files.append((path, False))
    for path, must_be_plan in files:
        _load_file(path, must_be_plan, loaded)
    return loaded


def _refuse(loaded: Loaded, control: str, stack: str, message: str) -> None:
    loaded.refusals.append(Refusal(control, stack, message))


def _load_folder(folder: Path, loaded: Loaded) -> None:
    stacks = folder / "stacks"
    if not stacks.is_dir():
        if not _load_root(folder.resolve().name, folder, loaded):
            _refuse(loaded, "X00-readable", "", f"{folder}: holds neither stacks/*/cdk.tf.json nor *.tf.json")
        return
    found = {each.name for each in stacks.iterdir() if each.is_dir() and _load_root(each.name, each, loaded)}
    if not found:
        _refuse(loaded, "X00-readable", "", f"{stacks}: holds no stack")
    manifest = folder / "manifest.json"
    if manifest.exists():
        document = synth.read_json(manifest, "", loaded.refusals)
        listed = set((document or {}).get("stacks", {}))
        for name in sorted(listed - found):
            _refuse(loaded, "X00-readable", name, f"{manifest}: lists the stack {name}, whose cdk.tf.json is missing")
        for name in sorted(found - listed if document is not None else ()):
            _refuse(loaded, "X10-same-addresses", name, f"{manifest}: does not list the stack {name}, which is there")


def _load_root(name: str, folder: Path, loaded: Loaded) -> bool:
    """Read one root module; return whether there is one."""
    files = sorted(folder.glob("*.tf.json"))
    generated = folder / "cdk.tf.json"
    for foreign in sorted((*folder.glob("*.tf"), *folder.glob("*.tofu"), *folder.glob("*.tofu.json"))):
        if _only_requires_terraform(foreign):
            continue
        _refuse(loaded, "X10-same-addresses", name, f"{foreign}: Terraform reads this file too, and it is not JSON")
    for foreign in files:
        if generated in files and foreign != generated:
            _refuse(loaded, "X10-same-addresses", name, f"{foreign}: stands beside cdk.tf.json and changes it")
        elif foreign.name == "override.tf.json" or foreign.name.endswith("_override.tf.json"):
            _refuse(loaded, "X10-same-addresses", name, f"{foreign}: Terraform lays it over the other files")
    for foreign in sorted((*folder.glob("*.auto.tfvars*"), *folder.glob("terraform.tfvars*"))):
        _refuse(loaded, "X10-same-addresses", name, f"{foreign}: sets variables that are not in the configuration")
    if not files:
        return False
    if generated in files:
        files = [generated]
    documents = [synth.read_json(path, name, loaded.refusals) for path in files]
    loaded.files += len(files)
    if all(document is not None for document in documents):
        loaded.synth[name] = (folder, files, [each for each in documents if each is not None])
    return True


def _only_requires_terraform(path: Path) -> bool:
    """Return whether an HCL file says nothing but which Terraform the configuration needs."""
    try:
        return bool(_REQUIRES_TERRAFORM.fullmatch(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False


def _load_file(path: Path, must_be_plan: bool, loaded: Loaded) -> None:
    if path.name.endswith(".tf.json") and path.is_file() and not must_be_plan:
        name = path.parent.resolve().name  # Terraform reads the whole folder, whichever file of it was given
        if name not in loaded.synth:
            _load_root(name, path.parent, loaded)
        return
    document = synth.read_json(path, "", loaded.refusals)
    loaded.files += 1
    if document is None:
        return
    if plan.is_plan(document):
        kept: dict[str, tuple[str, dict[str, Any]]] = loaded.plans
    elif plan.is_state(document):
        kept = loaded.states
    elif not must_be_plan and document.keys() & {"resource", "data", "terraform", "provider", "module", "locals"}:
        name = path.parent.resolve().name
        loaded.synth[name] = (path.parent, [path], [document])
        return
    else:
        _refuse(loaded, "X00-readable", "", f"{path}: neither a plan nor a state as `terraform show -json` writes it")
        return
    name = _stack_of(path, document, loaded)
    if name in kept:
        _refuse(loaded, "X10-same-addresses", name, f"{path}: a second file for the stack {name}")
        return
    kept[name] = (str(path), document)


def _stack_of(path: Path, document: dict[str, Any], loaded: Loaded) -> str:
    """Return the stack that a plan or state belongs to: by file or folder name, else by what it holds most in common with."""
    stem = path.name.split(".")[0]
    hints = (stem, stem.removesuffix("-plan").removesuffix("_plan"), stem.removeprefix("plan-"), path.parent.name)
    for hint in hints:
        if hint in loaded.synth:
            return hint
    constants = {
        (entry["address"], key, str(each["constant_value"]))
        for entry in document.get("configuration", {}).get("root_module", {}).get("resources", ())
        for key, each in entry.get("expressions", {}).items()
        if isinstance(each, dict) and "constant_value" in each
    }
    best, most = "", 0
    for name, (_, _, documents) in loaded.synth.items():
        score = sum(
            str(names.get(parts[1], {}).get(key)) == value
            for address, key, value in constants
            for parts in [address.split(".")]
            if len(parts) == 2
            for each in documents
            for names in [each.get("resource", {}).get(parts[0], {})]
            if isinstance(names.get(parts[1], {}), dict)
        )
        if score > most:
            best, most = name, score
    return best or (stem if stem not in ("plan", "tfplan", "state") else path.parent.resolve().name)


def estates(loaded: Loaded) -> list[Estate]:
    """Return one estate per layer that was given; refusals stand in the first."""
    refusals = list(loaded.refusals)
    views: list[Estate] = []
    base = _synthesized(loaded, loaded.synth, refusals)
    if base or not (loaded.plans or loaded.states):
        views.append(Estate("synth", list(base.values()), synth=base))
    layers: tuple[tuple[Layer, dict[str, tuple[str, dict[str, Any]]]], ...] = (
        ("plan", loaded.plans),
        ("state", loaded.states),
    )
    for layer, documents in layers:
        if not documents:
            continue
        shown = {name: _shown(layer, name, file, document, refusals) for name, (file, document) in documents.items()}
        distrusted = {each.stack for each in refusals if each.control in ("X06-trustworthy-plan", "X00-readable")}
        for name, stack in shown.items():
            if name in base:
                _enrich(stack, base[name])
                if layer == "plan" and name not in distrusted:
                    compare(stack, documents[name][1], base[name], refusals)
        kept = {name: stack for name, stack in shown.items() if name not in distrusted}
        around = _around(views[0], set(kept)) - set(shown) if base else set()
        rest = _synthesized(loaded, around, [])
        if kept:
            views.append(Estate(layer, [*kept.values(), *rest.values()], whole=bool(base), synth=base))
    if not views:
        views.append(Estate("plan" if loaded.plans else "state", [], whole=False))
    views[0].refusals = refusals
    return views


def _synthesized(loaded: Loaded, names: Iterable[str], refusals: list[Refusal]) -> dict[str, Stack]:
    found = {}
    for name in sorted(names):
        folder, files, documents = loaded.synth[name]
        found[name] = synth.build_stack(name, folder, files, documents, refusals)
    return found


def _shown(layer: Layer, name: str, file: str, document: dict[str, Any], refusals: list[Refusal]) -> Stack:
    if layer == "plan":
        return plan.load_plan(name, file, document, refusals)
    return plan.load_state(name, file, document, refusals)


def _around(whole: Estate, names: set[str]) -> set[str]:
    """Return the stacks that share a cluster with one of `names`, and what all clusters share."""
    found = {stack.name for stack in whole.shared.stacks}
    for cluster in whole.clusters:
        members = {stack.name for stack in cluster.stacks}
        if members & names:
            found |= members
    return found


def _enrich(stack: Stack, base: Stack) -> None:
    """Add to a plan or state what only the synthesized form says: construct paths, lifecycles, locals, ephemeral resources."""
    stack.locals = base.locals
    stack.folder = base.folder
    by_base = {each.base: each for each in base.resources}
    for resource in stack.resources:
        twin = by_base.get(resource.base)
        if twin is not None:
            resource.path = twin.path
            resource.lifecycle = twin.lifecycle
            if isinstance(resource, plan.PlannedResource):
                resource.written = twin.body
            if stack.layer == "state":
                resource.depends_on = twin.depends_on
                resource.provider = twin.provider
    if stack.layer == "plan" and not any(each.mode == "ephemeral" for each in stack.resources):
        ephemeral = [each for each in base.resources if each.mode == "ephemeral"]
        stack.resources.extend(replace(each, stack=stack) for each in ephemeral)
    stack.index_anew()

"""What stock checkov says to each violation: `python -m tests.violations.published` asks it and writes docs/violations.md.

Only violations that are new or were rewritten are asked about, since each costs checkov a run.
"""

from __future__ import annotations

import copy
import hashlib
import inspect
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from policies.engine.control import load_controls
from policies.reports.decisions_page import PUBLISHED, violations_page
from tests.violations.catalogue import Stacks, Violation, violations
from tests.violations.planned import plan_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "violations.md"
FRAMEWORKS = {"synth": "terraform_json", "plan": "terraform_plan"}
Documents = dict[str, dict[str, Any]]


def digest(violation: Violation) -> str:
    """Return what changes when a violation is rewritten."""
    return hashlib.sha256(inspect.getsource(violation.function).encode()).hexdigest()[:16]


def broken(
    violation: Violation, stacks: Documents, variant: Callable[[dict[str, Any]], Documents], fleet: Any
) -> Documents:
    """Return the stacks as the violation leaves them; unchanged where it changes what checkov cannot read."""
    if violation.on == "settings":
        data = copy.deepcopy(fleet)
        violation.function(data)
        return variant(data)
    changed = Stacks(stacks)
    if violation.on == "synth":
        violation.function(changed)
    return changed.left()


def objections(layer: str, documents: Documents) -> set[tuple[str, str, str]]:
    """Return what checkov objects to: check, stack, address. Runs in a process that serves one framework."""
    from policies.second_engine.run import run

    with tempfile.TemporaryDirectory() as folder:
        targets = {}
        for name, document in documents.items():
            path = Path(folder) / name / ("cdk.tf.json" if layer == "synth" else "plan.json")
            path.parent.mkdir()
            path.write_text(json.dumps(document, indent=2))
            targets[name] = str(path)
        answer = run(FRAMEWORKS[layer], targets)
    return {(each["check"], each["stack"], each["address"]) for each in answer["records"] if each["failed"]}


def ask(
    wanted: list[Violation], stacks: Documents, variant: Callable[[dict[str, Any]], Documents], fleet: Any
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the id of each of the violations `wanted`, and what checkov says to it in each layer."""
    pools = {layer: ProcessPoolExecutor(1, mp_context=get_context("spawn")) for layer in FRAMEWORKS}
    plans = {name: plan_of(name, each) for name, each in stacks.items()}
    former = {"synth": stacks, "plan": plans}
    whole = {layer: pools[layer].submit(objections, layer, former[layer]) for layer in FRAMEWORKS}
    for violation in wanted:
        said: dict[str, Future[set[tuple[str, str, str]]]] = {}
        for layer in violation.layers:
            if violation.on == "plan":
                after = copy.deepcopy(plans)
                violation.function(after)
            else:
                after = broken(violation, stacks, variant, fleet)
                if layer == "plan":
                    after = {
                        name: plan_of(name, each) if each != stacks.get(name) else plans[name]
                        for name, each in after.items()
                    }
            changed = {name: each for name, each in after.items() if each and each != former[layer].get(name)}
            said[layer] = pools[layer].submit(objections, layer, changed)
        found = {
            layer: sorted({check for check, _, _ in each.result() - whole[layer].result()})
            for layer, each in said.items()
        }
        yield violation.id, {"digest": digest(violation), **found}
    for pool in pools.values():
        pool.shutdown()


def main() -> None:
    """Ask checkov about what is new, and write the table and its page."""
    from modules.settings.load import load_fleet
    from tests.conftest import CLUSTERS, committed_fleet, synthesize

    published = json.loads(PUBLISHED.read_text()) if PUBLISHED.exists() else {}
    all_ = violations()
    wanted = [each for each in all_ if published.get(each.id, {}).get("digest") != digest(each)]
    if wanted:
        folder = Path(tempfile.mkdtemp())
        try:
            fleet = load_fleet(CLUSTERS)
            stacks = synthesize(fleet, folder / "out")

            def variant(data: dict[str, Any]) -> Documents:
                return synthesize(type(fleet).model_validate(data), Path(tempfile.mkdtemp(dir=folder)) / "out")

            for id_, said in ask(wanted, stacks, variant, committed_fleet()):
                published[id_] = said
                write(published)
                sys.stderr.write(f"{id_}: {said}\n")
        finally:
            shutil.rmtree(folder)
    published = {each.id: published[each.id] for each in all_}
    write(published)
    PAGE.write_text(violations_page(load_controls()))


def write(published: dict[str, Any]) -> None:
    """Keep what is known so far, so that an interrupted run is not lost."""
    PUBLISHED.write_text(json.dumps(published, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()

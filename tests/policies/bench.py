"""Measures the policies: `make bench`, or `python -m tests.policies.bench --help`. Close other programs first.

Each figure is a median of whole processes; the suite and checkov alternate in one run, on the same files.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.conftest import read_stacks
from tests.synth.bench import ROOT, Run, fleet_of, measure, median, slope, synth
from tests.violations.opened import copied
from tests.violations.planned import plan_of

BUILD = ROOT / "build" / "bench" / "policies"
CHECKOV_TO_SUITE = 10
"""checkov must take at least this many times as long on the same files."""
ANSWER = 1.0
"""Seconds in which the synthesized fleet is judged, on a core that does nothing else."""
LARGE_PLAN = 30.0
"""Seconds of processor time for the largest plan."""
STRAIGHT = 0.98
"""Part of the differences that a straight line must explain."""


def suite(*arguments: str | Path) -> Run:
    """Judge and measure it; what is judged may be broken or unknown, but must be judged."""
    return measure([sys.executable, "-m", "policies", "check", *arguments], accepted=(0, 1))


def checkov(*arguments: str | Path) -> Run:
    """Run checkov's own command, without a check of ours, and measure it."""
    command = [Path(sys.executable).parent / "checkov", *arguments, "--compact", "--quiet", "--skip-download"]
    return measure(command, accepted=(0, 1))


def written_plans(out: Path, folder: Path) -> list[Path]:
    """Write the plan of each stack of `out` and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, document in read_stacks(out).items():
        files.append(folder / f"{name}.json")
        files[-1].write_text(json.dumps(plan_of(name, document)), encoding="utf-8")
    return files


def against_checkov(rounds: int) -> dict[str, float]:
    """Compare the suite with checkov on the committed fleet, synthesized and planned."""
    shutil.rmtree(BUILD, ignore_errors=True)
    both = BUILD / "both"
    shutil.copytree(ROOT / "terraform-out", both / "out")
    plans = written_plans(both / "out", both / "plans")
    asked = [part for file in plans for part in ("--plan", file)]
    ours, theirs, alone = [], [], []
    suite(both / "out", *asked)
    for _ in range(rounds):
        ours.append(suite(both / "out", *asked))
        theirs.append(checkov("-d", both))
        alone.append(suite(both / "out"))
    ratios = [their.seconds / our.seconds for our, their in zip(ours, theirs, strict=True)]
    ratio = statistics.median(ratios)
    quick, slow, answer = median(ours), median(theirs), median(alone)
    print(f"suite, synthesized and planned   {quick.seconds:6.2f} s  {quick.cpu:6.2f} s CPU  {quick.memory:4.0f} MB")
    print(f"checkov, the same files          {slow.seconds:6.2f} s  {slow.cpu:6.2f} s CPU  {slow.memory:4.0f} MB")
    print(f"suite, synthesized alone         {answer.seconds:6.2f} s  {answer.cpu:6.2f} s CPU  {answer.memory:4.0f} MB")
    print(f"checkov / suite: {ratio:.1f} (CPU {slow.cpu / quick.cpu:.1f}); goal: at least {CHECKOV_TO_SUITE}")
    return {"ratio": ratio, "both": quick.seconds, "checkov": slow.seconds, "answer": answer.seconds}


def large_plan(size: int) -> tuple[Path, Path]:
    """Write the fleet, and a plan of the workloads of `live` with as many resources; those beyond the real ones are like its network policies and namespaces."""
    document: dict[str, Any] = copied(read_stacks(ROOT / "terraform-out")["live-workloads"])
    kinds = ("kubernetes_network_policy_v1", "kubernetes_namespace_v1", "kubernetes_role_binding_v1")
    models = {kind: next(iter(document["resource"][kind].values())) for kind in kinds}
    count = sum(map(len, document["resource"].values()))
    for number in range(max(0, size - count)):
        kind = kinds[number % len(kinds)]
        body = copied(models[kind])
        for block in body["metadata"] if isinstance(body["metadata"], list) else [body["metadata"]]:
            block["namespace" if kind != "kubernetes_namespace_v1" else "name"] = f"tenant-{number // len(kinds):05}"
        document["resource"][kind][f"more-{number:05}"] = body
    out, path = BUILD / f"plan-{size}" / "out", BUILD / f"plan-{size}" / "live-workloads.json"
    shutil.copytree(ROOT / "terraform-out", out, dirs_exist_ok=True)
    (out / "stacks" / "live-workloads" / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
    path.write_text(json.dumps(plan_of("live-workloads", document)), encoding="utf-8")
    return out, path


def growth(of: str, sizes: Sequence[int]) -> dict[str, float]:
    """Measure plans or fleets that grow; return seconds of processor time for the largest, and how straight the line is."""
    points = []
    for size in sizes:
        if of == "resources":
            out, path = large_plan(size)
            run = suite(out, "--plan", path)
        else:
            out = BUILD / f"fleet-{size}"
            synth(out, fleet_of(BUILD / f"clusters-{size}", clusters=size, namespaces=0))
            run = suite(out)
        points.append((size, run.cpu))
        print(f"{size:>6} {of}: {run.seconds:6.2f} s  {run.cpu:6.2f} s CPU  {run.memory:4.0f} MB")
    each, fit = slope(points)
    print(f"1,000 {of} more: {each * 1000:.2f} s CPU; a straight line explains {fit:.1%} of it")
    return {"largest": points[-1][1], "ms": each * 1000, "linear": fit}


def main() -> int:
    """Run the measurements; return 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs per figure (5)")
    parser.add_argument("--quick", action="store_true", help="one round and small sizes: to see that it works")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} cores, load {load:.1f}" + ("; the figures are those of a busy machine" if load > 1 else "")
    )
    result: dict[str, Any] = {"load": load, "fleet": against_checkov(rounds)}
    result["plan"] = growth("resources", (500, 1000, 2000) if options.quick else (1000, 3000, 10_000))
    result["clusters"] = growth("clusters", (1, 5, 10) if options.quick else (1, 50, 200))
    (BUILD / "result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    missed = []
    if result["fleet"]["ratio"] < CHECKOV_TO_SUITE:
        missed.append("checkov / suite")
    if result["fleet"]["answer"] > ANSWER and load <= 1:
        missed.append("an answer in a second")
    if result["plan"]["largest"] > LARGE_PLAN:
        missed.append("a large plan")
    missed += [f"{of} in a straight line" for of in ("plan", "clusters") if result[of]["linear"] < STRAIGHT]
    for each in missed:
        print(f"missed: {each}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Attacks the local chart: it writes out what it is given and nothing else, and travels with each stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from modules.bindings import App
from modules.objects import Objects
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack
from tests.conftest import Stacks
from tests.decisions.emitted import objects, resources
from tests.decisions.rendering import chart_values, local_objects

CLUSTERS = ("live", "manager", "test")
AWKWARD = '{{ .Values }} `${foo}` %{if} "quoted" 0644 é\nsecond line'


def emitted(fleet: Fleet, folder: Path, given: list[dict[str, Any]]) -> dict[str, Any]:
    app = App(outdir=str(folder), stack_traces=False)
    stack = FleetStack(app, "sample", fleet=fleet, state_key="k", providers=("aws", "helm"))
    from modules.bindings import HelmProvider

    HelmProvider(stack, "helm")
    Objects(stack, "one", release_name="one", namespace="kube-system", objects=given)
    Objects(stack, "two", release_name="two", namespace="kube-system", objects=given)
    app.synth()
    found: dict[str, Any] = json.loads((folder / "stacks/sample/cdk.tf.json").read_text())
    return found


def test_text_comes_through_as_written(fleet: Fleet, tmp_path: Path) -> None:
    given = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {AWKWARD: AWKWARD}}
    stack = emitted(fleet, tmp_path, [given])
    assert objects(stack) == [given, given]
    text = json.dumps(stack["locals"])
    assert "$${foo}" in text
    assert "%%{if}" in text


def test_helm_renders_exactly_what_is_emitted(
    renderer: str, fleet: Fleet, tmp_path: Path, synthesized: Stacks, synthesized_folder: Path
) -> None:
    given = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {AWKWARD: AWKWARD}}
    stacks = {"sample": (emitted(fleet, tmp_path, [given]), tmp_path)}
    stacks |= {f"{name}-workloads": (synthesized[f"{name}-workloads"], synthesized_folder) for name in CLUSTERS}
    for name, (stack, outdir) in stacks.items():
        for release, made in resources(stack, "helm_release").items():
            if made["chart"].startswith("./"):
                wanted = chart_values(stack, release)["objects"]
                found = local_objects(renderer, outdir / "stacks" / name, stack, release)
                assert sorted(map(as_text, found)) == sorted(map(as_text, wanted)), f"{name} {release}"


def as_text(manifest: Any) -> str:
    return json.dumps(manifest, sort_keys=True)


def test_the_chart_travels_once_with_its_stack_by_a_relative_path(fleet: Fleet, tmp_path: Path) -> None:
    stack = emitted(fleet, tmp_path, [{"apiVersion": "v1", "kind": "List", "metadata": {"name": "a"}}])
    (path,) = {each["chart"] for each in resources(stack, "helm_release").values()}
    assert path.startswith("./assets/objects-chart/")
    chart = tmp_path / "stacks/sample" / path
    assert sorted(each.name for each in chart.rglob("*") if each.is_file()) == [
        "Chart.yaml",
        "objects.yaml",
        "values.yaml",
    ]
    assert yaml.safe_load((chart / "values.yaml").read_text()) == {"objects": []}


def test_a_release_without_an_object_is_refused(fleet: Fleet, tmp_path: Path) -> None:
    with pytest.raises((ValueError, RuntimeError), match="has no object"):
        emitted(fleet, tmp_path, [])


def test_every_emitted_object_is_whole(synthesized: Stacks) -> None:
    for cluster in CLUSTERS:
        found = objects(synthesized[f"{cluster}-workloads"])
        assert len(found) >= 7
        for each in found:
            assert {"apiVersion", "kind", "metadata", "spec"} == set(each)
            assert each["metadata"]["name"]
        identities = [(each["kind"], each["metadata"]["name"]) for each in found]
        assert len(set(identities)) == len(identities)

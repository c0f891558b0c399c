"""Every value that a release gives is one that its pinned chart knows: helm takes any other without a word."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Stacks, Variant, only
from tests.decisions.chart_keys import FOLDER, file_of, known, text_of, unknown
from tests.decisions.charts import pins
from tests.decisions.emitted import resources, values_of
from tests.decisions.rendering import Helm, KeyPath

Json = Any
CHARTS = ("fluent-bit", "kube-prometheus-stack", "kuberos", "tigera-operator")


def given(stacks: Stacks, chart: str) -> Iterator[tuple[str, Json]]:
    """The values that each cluster gives to a chart, secrets among them."""
    for name, stack in stacks.items():
        for release in resources(stack, "helm_release").values():
            if release["chart"] == chart:
                values = copy.deepcopy(values_of(stack, release))
                for secret in release.get("set_wo", []):
                    *folders, key = secret["name"].split(".")
                    place = values
                    for each in folders:
                        place = place.setdefault(each, {})
                    place[key] = ""
                yield name, values


def maps(node: Json, path: KeyPath = ()) -> Iterator[tuple[KeyPath, dict[str, Json]]]:
    """Every map in `node`, with the keys that lead to it."""
    if isinstance(node, list):
        for each in node:
            yield from maps(each, path)
    elif isinstance(node, dict):
        yield path, node
        for key, each in node.items():
            yield from maps(each, (*path, key))


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_is_known_to_its_chart(synthesized: Stacks, chart: str) -> None:
    found = {name: list(unknown(values, known(chart))) for name, values in given(synthesized, chart)}
    assert found == {name: [] for name in synthesized if name.endswith("-workloads")}
    assert {"live-workloads", "manager-workloads", "test-workloads"} <= found.keys()


def test_so_it_is_whoever_hears_alerts_and_whatever_certificate_there_is(
    fleet_data: dict[str, Any], variant: Variant
) -> None:
    fleet_data["organisation"]["tls_secret"] = "wildcard"
    del fleet_data["organisation"]["certificate_issuer"]
    kinds = ("pagerduty", "webhook")
    for cluster, kind in zip(only(fleet_data, "live", "test")["clusters"], kinds, strict=True):
        receiver = cluster["monitoring"]["receiver"]
        del receiver["channel"]
        receiver["kind"] = kind
    stacks = variant(fleet_data)
    text = str(stacks)
    assert all(f"{kind}_configs" in text for kind in kinds)
    found = [list(unknown(values, known(chart))) for chart in CHARTS for _, values in given(stacks, chart)]
    assert found == [[]] * len(CHARTS) * len(fleet_data["clusters"])


@pytest.mark.parametrize("chart", CHARTS)
def test_a_typo_in_any_key_is_found(synthesized: Stacks, chart: str) -> None:
    _, values = next(given(synthesized, chart))
    tree = known(chart)
    tried = 0
    for path, node in maps(values):
        for key in list(node):
            node[f"{key}x"] = node.pop(key)
            assert [*unknown(values, tree)] == [(*path, f"{key}x")], f"{chart}: {path}"
            node[key] = node.pop(f"{key}x")
            tried += 1
    assert tried > 10


def test_the_pinned_charts_and_no_others_are_committed() -> None:
    assert sorted(FOLDER.iterdir()) == sorted(file_of(pin) for pin in pins())
    assert {pin.name for pin in pins()} == set(CHARTS)


def test_what_is_committed_is_what_the_charts_say(helm: Helm) -> None:
    for pin in pins():
        assert file_of(pin).read_text() == text_of(helm, pin), "python -m tests.decisions.chart_keys"

"""Every rule between settings refuses what breaks it, in its own words, and lets its neighbour pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modules.settings.fields import Settings
from modules.settings.fleet import Fleet
from tests.settings.fleet_rule_cases import FLEET_CASES
from tests.settings.folders import change, fixed, problems, write
from tests.settings.rule_cases import CASES as FILE_CASES

CASES = FILE_CASES | FLEET_CASES


def rule_names() -> set[str]:
    """Return the name of every rule of every class of settings."""

    def below(settings: type[Settings]) -> Iterator[type[Settings]]:
        for each in settings.__subclasses__():
            yield each
            yield from below(each)

    assert Fleet.rule_names
    return {name for each in below(Settings) for name in each.rule_names}


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == rule_names()
    assert set(FLEET_CASES) == set(Fleet.rule_names)


@pytest.mark.parametrize("name", sorted(CASES))
def test_rule_refuses(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    folder = write(change(fixed(), case.broken), tmp_path / "clusters")
    found = [each for each in problems(folder) if each.rule]
    assert {each.rule for each in found} == {name}, problems(folder)
    matching = [each for each in found if (Path(each.file).stem, each.key) == (case.file, case.key)]
    assert matching, found
    assert case.given in matching[0].given
    assert case.allowed in matching[0].allowed
    assert matching[0].line > 1


@pytest.mark.parametrize("name", sorted(name for name, case in CASES.items() if case.right))
def test_rule_admits_its_neighbour(name: str, tmp_path: Path) -> None:
    assert problems(write(change(fixed(), CASES[name].right), tmp_path / "clusters")) == ()


@pytest.mark.parametrize(
    ("broken", "given"),
    [
        ({"tenant/connection": {"client_id": "Iv1.abc"}}, "client_id alone"),
        ({"tenant/connection": {}}, "none of them"),
    ],
)
def test_half_a_connection_is_refused(broken: dict[str, Any], given: str, tmp_path: Path) -> None:
    (found,) = problems(write(change(fixed(), broken), tmp_path / "clusters"))
    assert (found.key, found.given) == ("connection", given)


def test_policies_below_kubernetes_1_25_are_the_only_form(tmp_path: Path) -> None:
    changes = {"live/kubernetes_version": "1.24", "live/pod_security": "admission"}
    (found,) = problems(write(change(fixed(), changes), tmp_path / "clusters"))
    assert found.allowed == "policies, for kubernetes_version is 1.24"


SHARED_BY_TAG = {
    "tag": "Name",
    "value": "live-1-private",
    "cidrs": {"eu-west-2a": "172.20.32.0/19", "eu-west-2b": "172.20.64.0/19", "eu-west-2c": "172.20.96.0/19"},
}
OWN = {"value": "Own", "cidrs": {"eu-west-2a": "172.20.128.0/24", "eu-west-2b": "172.20.129.0/24"}}


@pytest.mark.parametrize("nodes", [57, 58])
def test_clusters_that_find_the_same_subnets_by_another_tag_are_added_up(nodes: int, tmp_path: Path) -> None:
    changes = {"manager/network/node_subnets": SHARED_BY_TAG, "manager/main/size/maximum": nodes}
    found = problems(write(change(fixed(), changes), tmp_path / "clusters"))
    assert [(Path(each.file).stem, each.key) for each in found] == (
        [] if nodes == 57 else [("live", "network.node_subnets.cidrs.eu-west-2b")]
    )


def test_a_subnet_too_small_is_told_of_a_cluster_that_stands_in_it(tmp_path: Path) -> None:
    """Not of another cluster of the VPC, which may come first by name."""
    folder = write(change(fixed(), {"manager/network/node_subnets": OWN}), tmp_path / "clusters")
    found = problems(folder)
    assert {(Path(each.file).stem, each.key, each.rule) for each in found} == {
        ("manager", f"network.node_subnets.cidrs.eu-west-2{letter}", "subnets_hold_the_pods") for letter in "ab"
    }
    assert all("live" not in each.allowed.partition(":")[2] for each in found)

"""The account stack and a whole cluster: deployed by the CLI, changed by terraform and destroyed, in the embedded AWS."""

from __future__ import annotations

from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.aws.lifecycle import CLUSTER, STEPS

pytestmark = pytest.mark.xdist_group("lifecycle")

Json = dict[str, Any]
UPDATE, REPLACE = ["update"], ["create", "delete"]
"""The actions of a plan; a replacement that creates first."""
STACKS = ("account", "cluster")
NO_CHANGE = "No changes. Your infrastructure matches the configuration."


def test_deployment_creates_all(lived: Json | None) -> None:
    if lived is None:
        return
    for stack in STACKS:
        assert lived[stack]["emitted"]
        assert lived[stack]["created"] == lived[stack]["emitted"], stack


def test_nothing_drifts(lived: Json | None) -> None:
    if lived is None:
        return
    for stack in STACKS:
        assert NO_CHANGE in " ".join(lived[stack]["compared"].split()), stack


def test_every_change_settles(lived: Json | None) -> None:
    if lived is None:
        return
    for step in STEPS:
        assert lived["cluster"][f"{step}, again"] == {}
    assert lived["account"]["changed, again"] == {}


def test_upgrade_node_count_and_retention_replace_nothing(lived: Json | None) -> None:
    if lived is None:
        return
    assert lived["cluster"]["changed"] == {
        "aws_eks_cluster.cluster": UPDATE,
        "aws_eks_node_group.main": UPDATE,
        "aws_eks_node_group.prometheus": UPDATE,
        "aws_cloudwatch_log_group.control_plane_logs": UPDATE,
        "aws_eks_addon.kube-proxy": UPDATE,
    }
    assert lived["account"]["changed"] == {"aws_cloudwatch_log_group.session_manager_log": UPDATE}


def test_new_instance_types_build_the_successor_first(lived: Json | None) -> None:
    if lived is None:
        return
    assert lived["cluster"]["retyped"] == {"aws_eks_node_group.main": REPLACE}


def test_cluster_stands_between(lived: Json | None, fleet: Fleet) -> None:
    if lived is None:
        return
    during = lived["during"]
    assert during["clusters"] == [CLUSTER]
    assert set(during["launch templates"]) == {f"{CLUSTER}-main", f"{CLUSTER}-prometheus"}
    assert len(during["keys"]) == 3
    assert len(during["issuers"]) == 1
    assert f"{CLUSTER}.{fleet.organisation.base_domain}." in during["zones"]
    assert f"/aws/eks/{CLUSTER}/cluster" in during["log groups"]


def test_destroy_takes_all_away(lived: Json | None) -> None:
    if lived is None:
        return
    for stack in STACKS:
        assert lived[stack]["left"] == [], stack
    assert lived["after"] == lived["before"]
    assert lived["before"] != lived["during"]

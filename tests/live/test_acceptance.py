"""The API server takes everything that is emitted for Kubernetes, in Terraform's order, twice over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import toolchain
from tests.conftest import Stacks
from tests.decisions.rendering import Helm
from tests.live.applied import Applied, Attempt, try_out
from tests.live.conftest import CLUSTER
from tests.live.emitted_objects import Sequence, sequence
from tests.live.servers import Servers

Json = Any
OTHERS = tuple(each for each in ("live", "manager", "test") if each != CLUSTER)


def refused(attempts: list[Attempt]) -> list[str]:
    return [f"{each.name}: {each.answer.message}" for each in attempts if not each.answer.ok]


def test_the_servers_have_the_clusters_version(servers: Servers, synthesized: Stacks) -> None:
    (cluster,) = synthesized[CLUSTER]["resource"]["aws_eks_cluster"].values()
    said = servers.admin.request("GET", "/version").or_raise()
    assert f"{said['major']}.{said['minor']}" == cluster["version"], "pin the toolchain to the fleet's version"
    assert said["gitVersion"] == toolchain.version(toolchain.TOOLS["kube-apiserver"])


def test_everything_is_accepted(applied: Applied) -> None:
    assert len(applied.first) > 100
    assert refused(applied.first) == []


def test_everything_is_accepted_over_itself_and_changes_nothing(applied: Applied) -> None:
    assert refused(applied.again) == []
    before = {each.name: each.answer.body for each in applied.first}
    rendered = {step.address for step in applied.sequence.steps if step.rendered}
    changed = {
        each.name: (stands(before[each.name]), stands(each.answer.body))
        for each in applied.again
        if each.address not in rendered and stands(each.answer.body) != stands(before[each.name])
    }
    assert changed == {}


def stands(made: Json) -> Json:
    """What shows that somebody changed an object; controllers note in some what they see."""
    metadata = made["metadata"]
    if made["kind"] not in ("Namespace", "ResourceQuota", "ValidatingAdmissionPolicy"):
        return metadata["resourceVersion"]
    return {
        "generation": metadata.get("generation"),
        "labels": metadata.get("labels"),
        "spec": made["spec"],
    }


@pytest.mark.parametrize("cluster", OTHERS)
def test_what_another_cluster_has_of_its_own_is_accepted(
    servers: Servers,
    applied: Applied,
    synthesized: Stacks,
    synthesized_folder: Path,
    charts: Helm | None,
    cluster: str,
) -> None:
    name = f"{cluster}-workloads"
    other = sequence(synthesized_folder / "stacks" / name, synthesized[name], charts)
    same = {text(each) for step in applied.sequence.steps for each in step.objects}
    attempts = try_out(servers.admin, other, lambda each: text(each) not in same)
    assert len(attempts) >= (3 if charts else 0)  # without charts it has nothing that the first one has not
    assert refused(attempts) == []
    assert [f"{each.name}: {each.answer.warnings}" for each in attempts if each.answer.warnings] == []


def text(manifest: Json) -> str:
    return json.dumps(manifest, sort_keys=True)


def test_nothing_is_deprecated_or_otherwise_warned_of(applied: Applied) -> None:
    warned = [
        f"{each.name}: {each.answer.warnings}" for each in [*applied.first, *applied.again] if each.answer.warnings
    ]
    assert warned == []


def test_guards_compile_without_type_warnings(servers: Servers, applied: Applied) -> None:
    policies = applied.sequence.objects("ValidatingAdmissionPolicy")
    assert {each["metadata"]["name"] for each in policies} == {"pod-security", "privileged-pods"}
    for policy in policies:
        status = servers.admin.get(policy).or_raise().get("status", {})
        assert not status.get("typeChecking", {}).get("expressionWarnings"), status


def test_an_unknown_field_would_have_been_refused(servers: Servers, emitted: Sequence, applied: Applied) -> None:
    policy = emitted.objects("NetworkPolicy")[0]
    wrong = {**policy, "spec": {**policy["spec"], "podselector": {}}}
    answer = servers.admin.apply(wrong, dry_run=True)
    assert answer.status in (400, 500), answer
    assert "podselector" in answer.message

"""The API server takes everything that is emitted for Kubernetes, in Terraform's order, twice over."""

from __future__ import annotations

from typing import Any

from tests import toolchain
from tests.live.applied import Applied, Attempt
from tests.live.emitted_objects import Sequence
from tests.live.servers import Servers


def refused(attempts: list[Attempt]) -> list[str]:
    return [f"{each.name}: {each.answer.message}" for each in attempts if not each.answer.ok]


def test_the_servers_have_the_clusters_version(servers: Servers, synthesized: dict[str, dict[str, Any]]) -> None:
    (cluster,) = synthesized["live"]["resource"]["aws_eks_cluster"].values()
    said = servers.admin.request("GET", "/version").or_raise()
    assert f"{said['major']}.{said['minor']}" == cluster["version"], "pin the toolchain to the fleet's version"
    assert said["gitVersion"] == toolchain.version(toolchain.TOOLS["kube-apiserver"])


def test_everything_is_accepted(applied: Applied) -> None:
    assert len(applied.first) > 100
    assert refused(applied.first) == []


def test_everything_is_accepted_over_itself_and_changes_nothing(applied: Applied) -> None:
    assert refused(applied.again) == []
    before = {each.name: each.answer.body["metadata"].get("resourceVersion") for each in applied.first}
    rendered = {step.address for step in applied.sequence.steps if step.rendered}
    changed = [
        each.name
        for each in applied.again
        if each.address not in rendered
        and each.manifest["kind"] not in ("Namespace", "ResourceQuota", "ValidatingAdmissionPolicy")
        and each.answer.body["metadata"]["resourceVersion"] != before[each.name]
    ]
    assert changed == []


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

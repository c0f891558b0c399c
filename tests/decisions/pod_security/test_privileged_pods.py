"""Attacks D18: only listed service accounts use the node, each only as far as it needs."""

from __future__ import annotations

import json

import pytest

from modules.namespaces import platform_namespaces
from modules.pod_security.privileged_pods import grants, pod_policy
from modules.settings.fleet import Fleet
from modules.settings.organisation import PlatformNamespace, PrivilegedServiceAccount
from tests.conftest import Stacks
from tests.decisions.emitted import Json, objects, resources, the
from tests.decisions.rendering import Helm, granted_to, pod_specs
from tests.live.agents import AGENTS, typha_spec

CLUSTERS = ("live", "manager", "test")
REASON = "a reason that is long enough"
MADE_BY_OTHERS = ("kube-system/", "calico-system/")
"""Where EKS's add-ons and Calico's operator make the pods, and no chart of ours."""


def guard(stacks: Stacks, cluster: str) -> Json:
    return the(objects(stacks[f"{cluster}-workloads"], "ValidatingAdmissionPolicy"), "privileged-pods")["spec"]


def variables(spec: Json) -> dict[str, str]:
    return {each["name"]: each["expression"] for each in spec["variables"]}


def namespace(name: str, *accounts: PrivilegedServiceAccount) -> PlatformNamespace:
    return PlatformNamespace(name=name, level="privileged", reason=REASON, privileged_service_accounts=accounts)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_pods_and_ephemeral_containers_of_every_namespace_are_judged(synthesized: Stacks, cluster: str) -> None:
    spec = guard(synthesized, cluster)
    assert spec["failurePolicy"] == "Fail"
    assert set(spec["matchConstraints"]) == {"resourceRules"}
    judged = {
        (operation, resource)
        for rule in spec["matchConstraints"]["resourceRules"]
        for operation in rule["operations"]
        for resource in rule["resources"]
    }
    assert {("CREATE", "pods"), ("UPDATE", "pods/ephemeralcontainers")} <= judged
    assert not {"matchConditions", "paramKind"} & set(spec)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_grants_are_exactly_those_of_the_settings(synthesized: Stacks, fleet: Fleet, cluster: str) -> None:
    (settings,) = [each for each in fleet.clusters if each.name == cluster]
    found = json.loads(variables(guard(synthesized, cluster))["grants"])
    assert found == list(grants(platform_namespaces(fleet, settings)))
    assert [each for each in found if each.endswith(":privileged")] == [
        "calico-system/calico-node:privileged",
        "kube-system/aws-node:privileged",
        "kube-system/ebs-csi-node-sa:privileged",
        "kube-system/kube-proxy:privileged",
    ]


def test_a_granted_path_ends_in_a_slash_so_that_no_longer_name_passes() -> None:
    agent = PrivilegedServiceAccount(
        service_account="agent",
        reason=REASON,
        host_namespaces=("hostPID",),
        host_paths=("/var/log", "/"),
        capabilities=("SYS_TIME",),
    )
    listed = list(grants([namespace("b", agent), namespace("a", agent)]))
    assert listed == [
        f"{name}/agent:{what}" for name in "ab" for what in ("hostPID", "mount /", "mount /var/log/", "add SYS_TIME")
    ]


def mounts(listed: list[str], who: str, path: str) -> bool:
    """What the expression over host paths says."""
    return any(f"{who}:mount {path}/".startswith(grant) for grant in listed)


@pytest.mark.parametrize(
    ("who", "path", "allowed"),
    [
        ("logging/fluent-bit", "/var/log", True),
        ("logging/fluent-bit", "/var/log/pods", True),
        ("logging/fluent-bit", "/var/logs", False),
        ("logging/fluent-bit", "/var", False),
        ("logging/fluent-bit", "/", False),
        ("logging/default", "/var/log", False),
        ("prison-visits-production/fluent-bit", "/var/log", False),
        ("monitoring/monitoring-prometheus-node-exporter", "/", True),
        ("monitoring/monitoring-prometheus-node-exporter", "/proc", True),
        ("kube-system/ebs-csi-node-sa", "/var/lib/kubelet/plugins_registry/", True),
        ("kube-system/aws-node", "/etc", False),
    ],
)
def test_host_paths(fleet: Fleet, who: str, path: str, allowed: bool) -> None:
    policy: Json = pod_policy(fleet.organisation.platform_namespaces)
    expression = "(variables.who + ':mount ' + v.hostPath.path + '/').startsWith(g)"
    assert any(expression in each["expression"] for each in policy["spec"]["validations"])
    assert mounts(list(grants(fleet.organisation.platform_namespaces)), who, path) is allowed


@pytest.mark.parametrize(
    "field",
    [
        "s.privileged",
        "object.spec.hostNetwork",
        "object.spec.hostPID",
        "object.spec.hostIPC",
        "v.hostPath",
        "s.capabilities.add",
        "p.hostPort",
        "s.windowsOptions.hostProcess",
        "s.procMount",
        "s.sysctls",
        "s.seLinuxOptions",
        "s.appArmorProfile",
        "container.apparmor.security.beta.kubernetes.io/",
        "s.seccompProfile",
    ],
)
def test_every_way_to_the_node_is_judged(synthesized: Stacks, field: str) -> None:
    spec = guard(synthesized, "live")
    (found,) = [each for each in spec["validations"] if field in each["expression"]]
    assert found["reason"] == "Forbidden"
    assert found["message"]


def test_all_kinds_of_containers_and_the_pod_itself_are_looked_at(synthesized: Stacks) -> None:
    found = variables(guard(synthesized, "live"))
    for containers in ("containers", "initContainers", "ephemeralContainers"):
        assert f"object.spec.{containers}" in found["containers"]
    assert "object.spec.securityContext" in found["contexts"]
    assert found["who"].startswith("request.namespace + '/' + ")


def test_a_fleet_without_privileged_accounts_still_has_a_guard() -> None:
    policy: Json = pod_policy([PlatformNamespace(name="tigera-operator")])
    assert variables(policy["spec"])["grants"] == "[]"


def test_grants_do_not_move_when_the_settings_are_reordered(fleet: Fleet) -> None:
    listed = fleet.organisation.platform_namespaces
    assert list(grants(listed)) == list(grants(reversed(listed)))


def test_every_pod_of_every_chart_is_granted_what_it_needs_and_no_more(
    helm: Helm, synthesized: Stacks, fleet: Fleet
) -> None:
    stack = synthesized["live-workloads"]
    needed = set()
    for name, release in resources(stack, "helm_release").items():
        if release["chart"].startswith("./"):
            continue
        for pod in pod_specs(helm.template(stack, name)).values():
            needed |= granted_to(f"{release['namespace']}/{pod.get('serviceAccountName', 'default')}", pod)
    listed = {each for each in grants(fleet.organisation.platform_namespaces) if not each.startswith(MADE_BY_OTHERS)}
    assert needed
    assert listed == needed


def test_every_agent_that_no_chart_makes_is_granted_what_it_needs_and_no_more(
    synthesized: Stacks, fleet: Fleet
) -> None:
    shapes = {f"{place}/{name}": shape() for name, (place, shape) in AGENTS.items()}
    shapes["calico-system/calico-typha"] = typha_spec(synthesized["live-workloads"])
    needed = {grant for who, pod in shapes.items() for grant in granted_to(who, pod)}
    listed = {each for each in grants(fleet.organisation.platform_namespaces) if each.startswith(MADE_BY_OTHERS)}
    assert sorted(listed - needed) == []
    # A path is granted with all that lies below it.
    above = tuple(each for each in listed if each.endswith("/"))
    assert [each for each in sorted(needed - listed) if not each.startswith(above)] == []

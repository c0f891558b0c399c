"""Attacks D13: Calico judges policies and does nothing else, and every namespace is closed to the others."""

from __future__ import annotations

from typing import Any

import pytest

from modules.network_policy import admit_api_server
from modules.settings.fleet import Fleet
from tests.conftest import Stacks
from tests.decisions.chart_keys import unknown
from tests.decisions.custom_resources import crds, problems
from tests.decisions.emitted import Json, before, objects, resources, values_of
from tests.decisions.passed_on import INSTALLATION
from tests.decisions.rendering import Helm, of_kind

CLUSTERS = ("live", "manager", "test")
CALICO = ("crd.projectcalico.org/v1", "operator.tigera.io/v1")
SAME_NAMESPACE: dict[str, Any] = {"pod_selector": {}}


def release(stacks: Stacks, cluster: str) -> dict[str, Any]:
    found: dict[str, Any] = resources(stacks[f"{cluster}-workloads"], "helm_release")["calico"]
    return found


def admitted(stacks: Stacks, cluster: str) -> dict[str, list[dict[str, Any]]]:
    """Peers that may reach all pods of each namespace that has a policy."""
    peers = {}
    for policy in resources(stacks[f"{cluster}-workloads"], "kubernetes_network_policy_v1").values():
        spec = policy["spec"]
        assert spec["pod_selector"] == {}
        assert spec["policy_types"] == ["Ingress"]
        assert "egress" not in spec
        (rule,) = spec["ingress"]
        assert set(rule) == {"from"}
        assert policy["metadata"]["namespace"] not in peers
        peers[policy["metadata"]["namespace"]] = rule["from"]
    return peers


def named(*names: str) -> list[dict[str, Any]]:
    return [
        SAME_NAMESPACE,
        *({"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": name}}} for name in sorted(names)),
    ]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_calico_is_pinned_and_policy_only(synthesized: Stacks, cluster: str) -> None:
    calico = release(synthesized, cluster)
    assert (calico["chart"], calico["repository"], calico["version"], calico["namespace"]) == (
        "tigera-operator",
        "https://docs.tigera.io/calico/charts",
        "v3.31.7",
        "tigera-operator",
    )
    stack = synthesized[f"{cluster}-workloads"]
    values = values_of(stack, calico)
    assert [values[each] for each in ("installation", "apiServer", "goldmane", "whisker")] == [{"enabled": False}] * 4
    (made,) = objects(stack, "Installation")
    assert (made["apiVersion"], made["metadata"]) == ("operator.tigera.io/v1", {"name": "default"})
    installation = made["spec"]
    assert installation["kubernetesProvider"] == "EKS"
    assert installation["cni"] == {"type": "AmazonVPC"}
    assert installation["calicoNetwork"] == {"bgp": "Disabled", "linuxDataplane": "Iptables"}
    assert installation["flexVolumePath"] == installation["kubeletVolumePluginPath"] == "None"
    assert list(unknown(installation, INSTALLATION)) == []


def test_a_tenant_admits_itself_and_the_ingress_controllers_and_prometheus_where_it_says_so(
    synthesized: Stacks, fleet: Fleet
) -> None:
    (live,) = [each for each in fleet.clusters if each.name == "live"]
    peers = admitted(synthesized, "live")
    assert {each.scraped for each in live.namespaces} == {True, False}
    for each in live.namespaces:
        expected = named("ingress-controllers", "monitoring") if each.scraped else named("ingress-controllers")
        assert peers[each.name] == expected, each.name


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_isolated_platform_namespaces_admit_exactly_what_the_settings_list(
    synthesized: Stacks, fleet: Fleet, cluster: str
) -> None:
    source = {"ingress": "ingress-controllers", "scraping": "monitoring"}
    peers = admitted(synthesized, cluster)
    for each in fleet.organisation.platform_namespaces:
        if each.isolated:
            others = {source[admit] for admit in each.admits if admit in source} - {each.name}
            assert peers[each.name] == named(*others), each.name
        else:
            assert each.name not in peers


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_no_policy_trusts_a_label_that_anybody_may_set(synthesized: Stacks, cluster: str) -> None:
    keys = set()
    for peers in admitted(synthesized, cluster).values():
        for peer in peers:
            assert "ip_block" not in peer
            for selector in peer.values():
                assert "match_expressions" not in selector
                keys |= set(selector.get("match_labels", {}))
    assert keys == {"kubernetes.io/metadata.name"}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_control_plane_reaches_webhooks_but_no_pod_does_with_it(
    synthesized: Stacks, fleet: Fleet, cluster: str
) -> None:
    (settings,) = [each for each in fleet.clusters if each.name == cluster]
    policies = objects(synthesized[f"{cluster}-workloads"], "GlobalNetworkPolicy")
    (policy,) = [each for each in policies if "Ingress" in each["spec"]["types"]]
    asked = sorted(each.name for each in fleet.organisation.platform_namespaces if "api_server" in each.admits)
    assert policy == admit_api_server(asked, settings.network.node_subnets.cidrs.values())
    (rule,) = policy["spec"]["ingress"]
    assert rule["source"]["notSelector"] == "has(projectcalico.org/namespace)"
    assert set(rule["source"]["nets"]) == set(settings.network.node_subnets.cidrs.values())
    assert policy["spec"]["order"] < 1000
    assert "namespaceSelector" not in rule["source"]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_policies_wait_for_what_they_need(synthesized: Stacks, cluster: str) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    assert "kubernetes_namespace_v1.namespaces_tigera-operator" in before(stack, "helm_release.calico")
    waiting = []
    for name, made in resources(stack, "helm_release").items():
        held = values_of(stack, made)["objects"] if made["chart"].startswith("./assets/") else []
        if any(each["apiVersion"] in CALICO for each in held):
            waiting.append(name)
            assert "helm_release.calico" in before(stack, f"helm_release.{name}")
    assert waiting == ["calico_installation", "instance-metadata_policy", "network-policy_admit-api-server"]
    for name, policy in resources(stack, "kubernetes_network_policy_v1").items():
        made_or_labelled = before(stack, f"kubernetes_network_policy_v1.{name}")
        assert any(each.endswith(policy["metadata"]["namespace"]) or "-labels" in each for each in made_or_labelled)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_installation_comes_after_the_operator_and_before_what_counts_on_enforcement(
    synthesized: Stacks, cluster: str
) -> None:
    """Terraform destroys the other way round: the operator still runs when its Installation is deleted, and waited for."""
    stack = synthesized[f"{cluster}-workloads"]
    made = resources(stack, "helm_release")["calico_installation"]
    assert (made["name"], made["wait"]) == ("calico", True)
    assert "helm_release.calico" in before(stack, "helm_release.calico_installation")
    releases = resources(stack, "helm_release")
    waiting = {each for each in releases if "helm_release.calico_installation" in before(stack, f"helm_release.{each}")}
    assert waiting >= {"fluent-bit", "kuberos", "monitoring", "pod-security_binding", "privileged-pods_guard"}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_chart_makes_the_operator_and_no_part_of_calico(helm: Helm, synthesized: Stacks, cluster: str) -> None:
    stack = synthesized[f"{cluster}-workloads"]
    rendered = helm.template(stack, "calico")
    assert [each for each in rendered if "tigera.io" in each["apiVersion"] or "calico" in each["apiVersion"]] == []
    (operator,) = of_kind(rendered, "Deployment")
    (container,) = operator["spec"]["template"]["spec"]["containers"]
    assert container["resources"] == values_of(stack, release(synthesized, cluster))["resources"]


def test_the_installation_is_the_one_that_the_chart_would_make(helm: Helm, synthesized: Stacks) -> None:
    """The chart lays values of its own below those that it is given: what it adds says nothing."""
    stack = synthesized["live-workloads"]
    (emitted,) = objects(stack, "Installation")

    def made_by_the_chart(values: Json) -> None:
        values["installation"] = {"enabled": True, **emitted["spec"]}

    (rendered,) = of_kind(helm.template(stack, "calico", made_by_the_chart), "Installation")
    assert rendered["spec"].pop("imagePullSecrets") == []
    assert rendered == emitted


def test_calico_takes_every_field_of_what_is_emitted_for_it(helm: Helm, synthesized: Stacks) -> None:
    schemas = crds(helm.charts["tigera-operator"])
    emitted = [each for each in objects(synthesized["live-workloads"]) if each["apiVersion"] in CALICO]
    assert sorted(each["kind"] for each in emitted) == [*["GlobalNetworkPolicy"] * 2, "Installation", "Tier"]
    assert [problems(schemas, each) for each in emitted] == [[]] * 4


@pytest.mark.parametrize(
    ("key", "value"),
    [("flexVolumePaths", "None"), ("typhaDeployment", {"spec": {"replicas": 3}}), ("cni", "AmazonVPC")],
)
def test_a_field_that_calico_does_not_know_is_found(helm: Helm, synthesized: Stacks, key: str, value: Json) -> None:
    (installation,) = objects(synthesized["live-workloads"], "Installation")
    changed = {**installation, "spec": {**installation["spec"], key: value}}
    assert problems(crds(helm.charts["tigera-operator"]), changed)

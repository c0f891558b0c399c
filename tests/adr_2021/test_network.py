"""ADR "Pod networking (CNI)", "Network policy enforcement"."""

from __future__ import annotations

import json
from typing import Any

from tests.adr_2021.clauses import Stack, Stacks, holds
from tests.decisions.emitted import objects, resources

BY_NAME = "kubernetes.io/metadata.name"


def calico(workloads: Stack) -> dict[str, Any]:
    """What Calico's operator installs."""
    (installation,) = objects(workloads, "Installation")
    found: dict[str, Any] = installation["spec"]
    return found


@holds("Pod networking (CNI)", "AWS VPC networking (CNI)")
def test_pods_get_addresses_of_the_vpc(cluster: Stack, workloads: Stack) -> None:
    eks = resources(cluster, "aws_eks_cluster")["cluster"]
    assert eks["kubernetes_network_config"] == {"ip_family": "ipv4"}
    assert "vpc-cni" in resources(cluster, "aws_eks_addon")
    installation = calico(workloads)
    assert installation["cni"] == {"type": "AmazonVPC"}
    assert not {"ipPools", "vxlan"} & installation["calicoNetwork"].keys()


@holds("Network policy enforcement", "Calico network policy enforcement")
def test_calico_enforces_policies_and_nothing_else_does(cluster: Stack, workloads: Stack) -> None:
    assert resources(workloads, "helm_release")["calico"]["chart"] == "tigera-operator"
    assert calico(workloads)["calicoNetwork"]["bgp"] == "Disabled"
    configuration = json.loads(resources(cluster, "aws_eks_addon")["vpc-cni"]["configuration_values"])
    assert configuration["enableNetworkPolicy"] == "false"


@holds("Network policy enforcement", "pods in the same namespace and ingress-controller namespace")
def test_tenants_admit_their_own_pods_and_the_ingress_controller(stacks: Stacks) -> None:
    policies = resources(stacks["live-workloads"], "kubernetes_network_policy_v1").values()
    by_namespace = {each["metadata"]["namespace"]: each["spec"] for each in policies}
    assert by_namespace["prison-visits-staging"] == {
        "pod_selector": {},
        "policy_types": ["Ingress"],
        "ingress": [
            {
                "from": [
                    {"pod_selector": {}},
                    {"namespace_selector": {"match_labels": {BY_NAME: "ingress-controllers"}}},
                ]
            }
        ],
    }
    tenants = {name for name in by_namespace if name.startswith("prison-visits")}
    assert tenants == {"prison-visits-production", "prison-visits-staging"}
    for namespace in tenants:
        for rule in by_namespace[namespace]["ingress"]:
            selected = [
                each["namespace_selector"]["match_labels"] for each in rule["from"] if "namespace_selector" in each
            ]
            assert all(labels.keys() == {BY_NAME} for labels in selected)


@holds("Network policy enforcement", "Calico Typha")
def test_typha_runs_and_has_what_it_needs(workloads: Stack) -> None:
    """The operator always runs Typha, as many as the nodes ask for; what is decided here is its share of a node."""
    typha = calico(workloads)["typhaDeployment"]
    (container,) = typha["spec"]["template"]["spec"]["containers"]
    assert container["name"] == "calico-typha"
    assert container["resources"]["limits"]["memory"] == "512Mi"

"""D10 under attack: a second network, a second policy engine, an order that leaves nodes without addresses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modules.addons import PINS
from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted_aws import before, resources

CLUSTERS = ("live", "manager", "test")


@pytest.mark.parametrize("name", CLUSTERS)
def test_each_add_on_is_managed_once_and_eks_installs_none_of_its_own(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    (cluster,) = resources(stack, "aws_eks_cluster").values()
    assert cluster["bootstrap_self_managed_addons"] is False
    assert cluster["kubernetes_network_config"] == {"ip_family": "ipv4"}
    installed = sorted(body["addon_name"] for body in resources(stack, "aws_eks_addon").values())
    assert installed == ["aws-ebs-csi-driver", "coredns", "kube-proxy", "vpc-cni"]


@pytest.mark.parametrize("name", CLUSTERS)
def test_calico_is_the_only_policy_engine(synthesized: Stacks, name: str) -> None:
    values = json.loads(resources(synthesized[name], "aws_eks_addon")["vpc-cni"]["configuration_values"])
    assert values["enableNetworkPolicy"] == "false"
    assert values["env"]["ANNOTATE_POD_IP"] == "true"


@pytest.mark.parametrize("name", CLUSTERS)
def test_what_needs_nodes_waits_for_them(synthesized: Stacks, name: str) -> None:
    stack = synthesized[name]
    for addon in ("coredns", "aws-ebs-csi-driver"):
        assert "aws_eks_node_group.main" in before(stack, f"aws_eks_addon.{addon}")
    for addon in ("vpc-cni", "kube-proxy"):
        assert not [each for each in before(stack, f"aws_eks_addon.{addon}") if "node_group" in each]


@pytest.mark.parametrize(
    ("addon", "policy"),
    [
        ("vpc-cni", "aws_iam_role_policy_attachment.aws-node_AmazonEKS_CNI_Policy"),
        ("aws-ebs-csi-driver", "aws_iam_role_policy_attachment.ebs-csi-controller-sa_AmazonEBSCSIDriverPolicy"),
    ],
)
def test_an_add_on_starts_when_its_role_may_already_act(synthesized: Stacks, addon: str, policy: str) -> None:
    assert policy in before(synthesized["live"], f"aws_eks_addon.{addon}")
    body = resources(synthesized["live"], "aws_eks_addon")[addon]
    assert body["service_account_role_arn"].startswith("${aws_iam_role.")


def versions(stack: dict[str, Any]) -> dict[str, str]:
    return {name: body["addon_version"] for name, body in resources(stack, "aws_eks_addon").items()}


def test_a_version_is_the_files_else_the_pin_else_what_eks_reports(
    fleet_data: dict[str, Any], variant: Variant
) -> None:
    (test,) = [each for each in fleet_data["clusters"] if each["name"] == "test"]
    test["kubernetes_version"] = "1.34"
    test["addons"] = {"coredns": "v1.13.9-eksbuild.9"}
    stack = variant(only(fleet_data, "test"))["test"]
    assert versions(stack) == {
        "aws-ebs-csi-driver": "${data.aws_eks_addon_version.aws-ebs-csi-driver_default_version.version}",
        "coredns": "v1.13.9-eksbuild.9",
        "kube-proxy": "v1.34.6-eksbuild.17",
        "vpc-cni": "v1.22.3-eksbuild.1",
    }
    said = stack["output"]["addon_versions"]["value"]
    assert said["coredns"].endswith("(cluster file)")
    assert said["kube-proxy"].endswith("(pin for Kubernetes 1.34)")
    assert said["aws-ebs-csi-driver"].endswith("(default that EKS reports for Kubernetes 1.34, not pinned)")


@pytest.mark.parametrize("name", CLUSTERS)
def test_no_version_is_made_up_where_nobody_named_one(fleet_data: dict[str, Any], variant: Variant, name: str) -> None:
    for each in fleet_data["clusters"]:
        each["kubernetes_version"] = "1.35"
        each.pop("addons", None)
    stack = variant(fleet_data)[name]
    assert resources(stack, "aws_eks_cluster")["cluster"]["version"] == "1.35"
    driver = "aws-ebs-csi-driver"
    reported = f"${{data.aws_eks_addon_version.{driver}_default_version.version}}"
    assert versions(stack) == {driver: reported, **PINS["1.35"]}
    looked_up = stack["data"]["aws_eks_addon_version"]
    assert looked_up.keys() == {f"{driver}_default_version"}
    body = looked_up[f"{driver}_default_version"]
    assert (body["addon_name"], body["kubernetes_version"]) == (driver, "1.35")
    # A reviewer of the output, of a plan and of an apply reads where each version comes from.
    assert stack["output"]["addon_versions"]["value"] == {
        driver: f"{reported} (default that EKS reports for Kubernetes 1.35, not pinned)",
        **{addon: f"{version} (pin for Kubernetes 1.35)" for addon, version in PINS["1.35"].items()},
    }


def test_every_pin_is_a_version_for_its_kubernetes() -> None:
    for kubernetes, pins in PINS.items():
        assert pins["kube-proxy"].startswith(f"v{kubernetes}.")
        assert pins["vpc-cni"] == PINS["1.34"]["vpc-cni"]

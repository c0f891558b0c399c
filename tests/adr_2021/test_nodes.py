"""ADR "Node management", "Node groups", "Node instance types", "Node image", "Cluster scaling"."""

from __future__ import annotations

import json
import re

from modules.settings.instance_types import INSTANCE_TYPES, NITRO
from tests.adr_2021.clauses import Stack, Stacks, holds
from tests.decisions.emitted import resources, values_of
from tests.decisions.emitted_aws import all_resources, texts

GROUP = "aws_eks_node_group"
SELF_MANAGED = {"aws_autoscaling_group", "aws_launch_configuration", "aws_instance", "aws_spot_fleet_request"}


def all_texts(stacks: Stacks) -> str:
    """Every string that is configuration, in one text."""
    return "\n".join(text for stack in stacks.values() for text in texts(stack))


@holds("Node management", "Managed node groups, with future experimenting with Fargate")
def test_nodes_are_of_managed_groups_alone(stacks: Stacks) -> None:
    types = {address.partition(".")[0] for stack in stacks.values() for address, _ in all_resources(stack)}
    assert GROUP in types
    assert not types & (SELF_MANAGED | {"aws_eks_fargate_profile"})
    for group in resources(stacks["live"], GROUP).values():
        assert group["capacity_type"] == "ON_DEMAND"


@holds("Node groups", "A main node group for majority workloads, and a prometheus node group.")
def test_there_are_exactly_two_groups(cluster: Stack) -> None:
    assert set(resources(cluster, GROUP)) == {"main", "prometheus"}
    main = resources(cluster, GROUP)["main"]
    assert "taint" not in main
    assert main["scaling_config"] == {"desired_size": 54, "min_size": 1, "max_size": 60}


@holds("Node groups", "two large nodes, in a single availability zone")
def test_prometheus_has_two_nodes_in_one_zone_where_its_volume_is(cluster: Stack, workloads: Stack) -> None:
    group = resources(cluster, GROUP)["prometheus"]
    assert group["scaling_config"]["desired_size"] == 2
    (subnet,) = group["subnet_ids"]
    name = subnet.removeprefix("${data.aws_subnet.").removesuffix(".id}")
    zone = cluster["data"]["aws_subnet"][name]["availability_zone"]
    assert zone == "eu-west-2b"
    prometheus = values_of(workloads, resources(workloads, "helm_release")["monitoring"])["prometheus"][
        "prometheusSpec"
    ]
    claim = prometheus["storageSpec"]["volumeClaimTemplate"]["spec"]
    storage = {each["metadata"]["name"]: each for each in resources(workloads, "kubernetes_storage_class_v1").values()}
    topology = storage[claim["storageClassName"]]["allowed_topologies"]["match_label_expressions"]
    assert [each["values"] for each in topology] == [[zone]]
    (taint,) = group["taint"]
    (toleration,) = prometheus["tolerations"]
    assert (toleration["key"], toleration["value"], toleration["effect"]) == (
        taint["key"],
        taint["value"],
        "NoSchedule",
    )
    affinity = prometheus["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    (wanted,) = affinity["nodeSelectorTerms"][0]["matchExpressions"]
    assert group["labels"] == {wanted["key"]: wanted["values"][0]}


@holds("Node instance types", "r5.xlarge, r5.4xlarge, r5a.xlarge")
def test_main_types_are_the_later_list_in_its_order(cluster: Stack) -> None:
    """The heading's second type was changed to r5.2xlarge in the body alone, which is the later word."""
    assert resources(cluster, GROUP)["main"]["instance_types"] == ["r5.xlarge", "r5.2xlarge", "r5a.xlarge"]


@holds("Node instance types", 'it requires instances to be "nitro"-based')
def test_main_types_can_all_take_prefixes(cluster: Stack) -> None:
    types = resources(cluster, GROUP)["main"]["instance_types"]
    assert {INSTANCE_TYPES[each].hypervisor for each in types} == {NITRO}


@holds("Node instance types", "r5.2xlarge, r4.2xlarge")
def test_prometheus_types_are_the_adrs_in_its_order(cluster: Stack) -> None:
    assert resources(cluster, GROUP)["prometheus"]["instance_types"] == ["r5.2xlarge", "r4.2xlarge"]


@holds("Node instance types", "IP Prefixes")
def test_the_cni_assigns_prefixes_before_the_first_node(cluster: Stack) -> None:
    """Departs from "in the image": the image is stock, and the CNI, of 1.9.0 or later, carries the setting."""
    addon = resources(cluster, "aws_eks_addon")["vpc-cni"]
    found = re.fullmatch(r"v(\d+)\.(\d+)\.\d+-eksbuild\.\d+", addon["addon_version"])
    assert found
    assert (int(found[1]), int(found[2])) >= (1, 9)
    assert json.loads(addon["configuration_values"])["env"]["ENABLE_PREFIX_DELEGATION"] == "true"
    for group in resources(cluster, GROUP).values():
        assert "aws_eks_addon.vpc-cni" in group["depends_on"]


@holds("Node image", "Amazon EKS optimized AMIs")
def test_nodes_start_from_the_stock_image_of_the_time(cluster: Stack) -> None:
    """Kubernetes 1.21 has Amazon Linux 2, and no template brings an image or a script of its own."""
    for group in resources(cluster, GROUP).values():
        assert group["ami_type"] == "AL2_x86_64"
        assert group["version"] == "1.21"
    for template in resources(cluster, "aws_launch_template").values():
        assert not {"image_id", "user_data"} & template.keys()


@holds("Cluster scaling", "Manual cluster scaling")
def test_the_file_says_how_many_nodes_and_nothing_else_does(stacks: Stacks) -> None:
    releases = {each["chart"] for each in resources(stacks["live-workloads"], "helm_release").values()}
    assert not [chart for chart in releases if "autoscaler" in chart or "karpenter" in chart]
    assert not re.search(r"k8s\.io/cluster-autoscaler|karpenter", all_texts(stacks))
    for group in resources(stacks["live"], GROUP).values():
        assert "ignore_changes" not in group["lifecycle"]
    assert not [address for stack in stacks.values() for address, _ in all_resources(stack) if "autoscaling" in address]


@holds("Cluster scaling", "alerts set-up to warn when capacity is low")
def test_low_capacity_reaches_somebody(workloads: Stack) -> None:
    values = values_of(workloads, resources(workloads, "helm_release")["monitoring"])
    rules = [
        rule["alert"]
        for groups in values["additionalPrometheusRulesMap"].values()
        for group in groups["groups"]
        for rule in group["rules"]
    ]
    assert rules.count("MainNodeGroupCapacityLow") == 3
    config = values["alertmanager"]["config"]
    receivers = {each["name"]: each for each in config["receivers"]}
    (slack,) = receivers[config["route"]["receiver"]]["slack_configs"]
    assert slack["channel"] == "#high-priority-alarms"

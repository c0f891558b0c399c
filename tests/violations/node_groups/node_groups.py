"""Ways to blur the two node groups (D06)."""

from __future__ import annotations

import copy

from tests.violations.catalogue import Stacks, violation


@violation(kills="D06-two-groups", also=("D06-prometheus-alone", "D06-main-for-all"), names="cluster live")
def a_third_group(stacks: Stacks) -> None:
    """One more group "for a while", a copy of the main one."""
    extra = copy.deepcopy(stacks.one("live", "aws_eks_node_group", "main"))
    extra["node_group_name_prefix"] = "live-batch-"
    stacks.add("live", "aws_eks_node_group", "batch", extra)


@violation(kills="D06-two-groups", also=("D06-prometheus-alone", "D06-main-for-all"), names="cluster live")
def two_instances_of_one(stacks: Stacks) -> None:
    """`count` makes two main groups of one block: a check that counts blocks sees two groups."""
    stacks.one("live", "aws_eks_node_group", "main")["count"] = 2


@violation(
    kills="D06-two-groups",
    also=(
        "D06-main-for-all",
        "D06-prometheus-alone",
        "D07-main-types",
        "D09-prometheus-types",
        "D22-volume",
        "X01-count-zero",
    ),
    names="cluster",
)
def no_prometheus_group(stacks: Stacks) -> None:
    """The group is written down and never made."""
    stacks.one("test", "aws_eks_node_group", "prometheus")["count"] = 0


@violation(kills="D06-two-groups", layers=("synth",))
def fixed_name(stacks: Stacks) -> None:
    """A fixed name: a change of instance type deletes the group first, and its pods with it."""
    group = stacks.one("live", "aws_eks_node_group", "main")
    del group["node_group_name_prefix"]
    group["node_group_name"] = "live-main"


@violation(kills="D06-successor-first", layers=("synth",))
def destroyed_before_its_successor(stacks: Stacks) -> None:
    """The lifecycle block is tidied away."""
    del stacks.one("live", "aws_eks_node_group", "main")["lifecycle"]


@violation(kills="D06-prometheus-alone", also=("D22-volume",))
def over_three_zones(stacks: Stacks) -> None:
    """The group spreads over all zones; after the next replacement Prometheus cannot reach its volume."""
    group = stacks.one("live", "aws_eks_node_group", "prometheus")
    group["subnet_ids"] = stacks.one("live", "aws_eks_node_group", "main")["subnet_ids"]


@violation(
    kills="D06-prometheus-alone",
    also=(
        "D08-room-for-prefixes",
        "D22-volume",
    ),
)
def zone_by_position(stacks: Stacks) -> None:
    """The third of a sorted list of subnets: any zone, and another one when a subnet is added."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["subnet_ids"] = [
        "${element(sort(data.aws_subnets.network_node.ids), 2)}"
    ]


@violation(kills="D06-prometheus-alone")
def one_large_node(stacks: Stacks) -> None:
    """One node saves money, and its loss takes Prometheus away."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["scaling_config"]["desired_size"] = 1


@violation(kills="D06-prometheus-alone")
def taint_that_only_prefers(stacks: Stacks) -> None:
    """PREFER_NO_SCHEDULE looks like a taint and lets everybody in when the cluster is full."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["taint"][0]["effect"] = "PREFER_NO_SCHEDULE"


@violation(kills="D06-prometheus-alone")
def taint_of_another_key(stacks: Stacks) -> None:
    """A key that nobody tolerates, or everybody: pods and taint no longer speak of the same thing."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["taint"][0]["key"] = "monitoring"


@violation(kills="D06-prometheus-alone")
def label_without_its_value(stacks: Stacks) -> None:
    """The label is there, its value is not what Prometheus asks for."""
    labels = stacks.one("live", "aws_eks_node_group", "prometheus")["labels"]
    labels["cloud-platform.justice.gov.uk/monitoring-ng"] = "yes"


@violation(kills="D06-main-for-all")
def main_group_tainted(stacks: Stacks) -> None:
    """A taint on the main group leaves service teams' pods pending."""
    stacks.one("live", "aws_eks_node_group", "main")["taint"] = [
        {"key": "migration", "value": "true", "effect": "NO_SCHEDULE"}
    ]


@violation(kills="D06-main-for-all")
def main_group_in_one_zone(stacks: Stacks) -> None:
    """The main group follows Prometheus into its zone; the zone's loss is the cluster's."""
    group = stacks.one("live", "aws_eks_node_group", "main")
    group["subnet_ids"] = group["subnet_ids"][:1]


@violation(kills="D06-main-for-all")
def the_same_zone_three_times(stacks: Stacks) -> None:
    """Three subnets, one zone: a check that counts subnets is content."""
    group = stacks.one("live", "aws_eks_node_group", "main")
    group["subnet_ids"] = group["subnet_ids"][:1] * 3


@violation(kills="D06-prometheus-alone", also=("D08-room-for-prefixes", "D22-volume"))
def subnet_merely_mentioned(stacks: Stacks) -> None:
    """The expression mentions the subnet of the right zone, and names one of another."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["subnet_ids"] = [
        '${true ? "subnet-0123456789abcdef0" : data.aws_subnet.network_eu-west-2b.id}'
    ]


@violation(kills="D06-successor-first", layers=("synth",))
def successor_after_all(stacks: Stacks) -> None:
    """The Prometheus group is destroyed first, "since it cannot stand twice"."""
    stacks.one("test", "aws_eks_node_group", "prometheus")["lifecycle"]["create_before_destroy"] = False


@violation(kills="D06-prometheus-alone")
def tainted_against_prometheus(stacks: Stacks) -> None:
    """A second taint, which Prometheus does not tolerate."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["taint"].append(
        {"key": "maintenance", "value": "true", "effect": "NO_EXECUTE"}
    )


@violation(kills="D06-main-for-all")
def one_subnet_of_two_zones(stacks: Stacks) -> None:
    """One subnet whose filter names two zones: it lies in one of them, whichever it is."""
    subnet = stacks.one("live", "data.aws_subnet", "network_eu-west-2a")
    one = {key: value for key, value in subnet.items() if key not in ("availability_zone", "lifecycle", "//")}
    zones = {"name": "availability-zone", "values": ["eu-west-2a", "eu-west-2b"]}
    condition = '${self.cidr_block == "172.20.32.0/19"}'
    lifecycle = {"postcondition": [{"condition": condition, "error_message": "The subnet must have this network."}]}
    stacks.add("live", "data.aws_subnet", "either", {**one, "filter": [*one["filter"], zones], "lifecycle": lifecycle})
    stacks.one("live", "aws_eks_node_group", "main")["subnet_ids"] = ["${data.aws_subnet.either.id}"]

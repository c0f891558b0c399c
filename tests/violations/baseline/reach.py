"""Ways to open a cluster to the network (B01, B15)."""

from __future__ import annotations

from tests.violations.catalogue import Body, Stacks, violation

_GROUP = "${aws_eks_cluster.cluster.vpc_config[0].cluster_security_group_id}"


@violation(kills="B01-endpoint")
def open_to_the_world(stacks: Stacks) -> None:
    """The world may reach the API server."""
    stacks.one("live", "aws_eks_cluster")["vpc_config"]["public_access_cidrs"] = ["0.0.0.0/0"]


@violation(kills="B01-endpoint")
def open_by_default(stacks: Stacks) -> None:
    """The argument is removed; unset is 0.0.0.0/0, and no check of its value sees anything."""
    del stacks.one("live", "aws_eks_cluster")["vpc_config"]["public_access_cidrs"]


@violation(kills="B01-endpoint")
def two_halves_of_the_world(stacks: Stacks) -> None:
    """Two networks, neither of them 0.0.0.0/0."""
    stacks.one("live", "aws_eks_cluster")["vpc_config"]["public_access_cidrs"] = ["0.0.0.0/1", "128.0.0.0/1"]


@violation(kills="B01-endpoint")
def networks_by_parameter(stacks: Stacks) -> None:
    """The networks come from a parameter that changes without review."""
    stacks.add("live", "data.aws_ssm_parameter", "offices", {"name": "/offices"})
    network = stacks.one("live", "aws_eks_cluster")["vpc_config"]
    network["public_access_cidrs"] = '${split(",", data.aws_ssm_parameter.offices.insecure_value)}'


@violation(kills="B01-endpoint")
def nodes_go_round_outside(stacks: Stacks) -> None:
    """Without the private endpoint nodes leave the VPC to speak to their own control plane."""
    stacks.one("test", "aws_eks_cluster")["vpc_config"]["endpoint_private_access"] = False


@violation(kills="B15-cluster-security-group", names="aws_launch_template.main_template")
def group_replaced(stacks: Stacks) -> None:
    """A group of our own in the template replaces the cluster's: nodes join and cannot speak to each other."""
    template = stacks.one("live", "aws_launch_template", "main_template")
    template["network_interfaces"][0]["security_groups"] = ["sg-0123456789abcdef0"]


@violation(kills="B15-cluster-security-group", names="aws_launch_template.prometheus_template")
def group_left_out(stacks: Stacks) -> None:
    """An interface without groups gets the VPC's default one."""
    template = stacks.one("live", "aws_launch_template", "prometheus_template")
    del template["network_interfaces"][0]["security_groups"]


@violation(kills="B15-cluster-security-group")
def web_port_for_all(stacks: Stacks) -> None:
    """Nodes' ports for everybody, by IPv6."""
    body = {
        "security_group_id": _GROUP,
        "cidr_ipv6": "::/0",
        "from_port": 30000,
        "to_port": 32767,
        "ip_protocol": "tcp",
    }
    stacks.add("live", "aws_vpc_security_group_ingress_rule", "nodeports", body)


@violation(kills="B15-cluster-security-group")
def cluster_group_merely_mentioned(stacks: Stacks) -> None:
    """The list mentions the cluster's security group, and holds another."""
    template = stacks.one("live", "aws_launch_template", "main_template")
    template["network_interfaces"][0]["security_groups"] = [
        '${true ? "sg-0123456789abcdef0" : aws_eks_cluster.cluster.vpc_config[0].cluster_security_group_id}'
    ]


_RULE: Body = {"from_port": 443, "to_port": 443, "protocol": "tcp"}


@violation(kills="B15-cluster-security-group")
def rule_of_two_halves(stacks: Stacks) -> None:
    """Neither of the rule's networks is the world."""
    rule = {**_RULE, "cidr_blocks": ["0.0.0.0/1", "128.0.0.0/1"]}
    stacks.add("live", "aws_security_group", "halves", {"name": "halves", "ingress": [rule]})


@violation(kills="B15-cluster-security-group")
def world_in_a_prefix_list(stacks: Stacks) -> None:
    """The rule names a list, and the list holds the world."""
    entries = [{"cidr": "0.0.0.0/0"}]
    body = {"name": "offices", "address_family": "IPv4", "max_entries": 1, "entry": entries}
    stacks.add("live", "aws_ec2_managed_prefix_list", "offices", body)
    rule = {**_RULE, "prefix_list_ids": ["${aws_ec2_managed_prefix_list.offices.id}"]}
    stacks.add("live", "aws_security_group", "listed", {"name": "listed", "ingress": [rule]})


@violation(kills="B15-cluster-security-group")
def world_let_in_by_the_account(stacks: Stacks) -> None:
    """A security group of the account's stack, which any network interface may carry."""
    rule = {**_RULE, "cidr_blocks": ["0.0.0.0/0"]}
    stacks.add("account", "aws_security_group", "open", {"name": "open", "ingress": [rule]})


@violation(kills="B01-endpoint")
def many_wide_networks(stacks: Stacks) -> None:
    """Each network is as wide as the widest that is allowed, and together they are the world."""
    stacks.one("live", "aws_eks_cluster")["vpc_config"]["public_access_cidrs"] = [
        f"{first}.0.0.0/8" for first in range(1, 224)
    ]


@violation(kills="B15-cluster-security-group")
def group_that_nobody_sees(stacks: Stacks) -> None:
    """Nodes carry a second group, whose rules were made by hand."""
    template = stacks.one("live", "aws_launch_template", "main_template")
    template["network_interfaces"][0]["security_groups"].append("sg-0123456789abcdef0")


@violation(kills="B15-cluster-security-group")
def group_of_the_control_plane(stacks: Stacks) -> None:
    """The control plane carries a group that was made by hand."""
    stacks.one("live", "aws_eks_cluster")["vpc_config"]["security_group_ids"] = ["sg-0123456789abcdef0"]

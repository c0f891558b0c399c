"""D08: nodes are given /28 prefixes, so that network interfaces do not limit their pods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.resource import Resource
from policies.engine.values import Unknown
from policies.subnets import networks

_ADR = "Node instance types"
_NUMBERS = re.compile(r"v(\d+)\.(\d+)\.(\d+)(?:-eksbuild\.\d+)?")


def cni_addons(cluster: Cluster) -> list[Resource]:
    """Return the vpc-cni add-ons of a cluster."""
    return [each for each in cluster.resources("aws_eks_addon") if each["addon_name"].text() == "vpc-cni"]


@control(
    id="D08-prefix-delegation",
    title="The VPC CNI assigns prefixes and keeps a spare one",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_addon"),),
    remediation='Set env.ENABLE_PREFIX_DELEGATION "true" and WARM_PREFIX_TARGET "1" in the add-on\'s configuration_values, as strings.',
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html"),
)
def prefix_delegation(cluster: Cluster) -> Iterator[Finding]:
    """The add-on's environment switches prefixes on, and nothing in it counts single addresses instead."""
    found = cni_addons(cluster)
    if not found:
        yield cluster.finding("has no vpc-cni add-on", expected="aws_eks_addon vpc-cni")
    for addon in found:
        values = addon["configuration_values"]
        if values.absent:
            yield values.finding("is absent, so prefixes are off", expected="ENABLE_PREFIX_DELEGATION")
            continue
        environment = values.json()["env"]
        switch = environment["ENABLE_PREFIX_DELEGATION"]
        if switch.data() is True:
            yield switch.finding("is no string, which the add-on's schema refuses", expected='"true"')
        yield from switch.must_be("true")
        yield from environment["WARM_PREFIX_TARGET"].must_be_between(1, 4)
        for name in ("WARM_IP_TARGET", "MINIMUM_IP_TARGET"):
            yield from environment[name].must_be_absent("it overrides the spare prefix by single addresses")


@control(
    id="D08-able-cni",
    title="The VPC CNI's version knows prefixes",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_eks_addon"),),
    remediation="Pin addon_version to v1.16.2 or later, or take the default that EKS reports for the cluster's version.",
    references=(_ADR,),
)
def able_cni(cluster: Cluster) -> Iterator[Finding]:
    """The version is a new enough literal, or what EKS reports for this add-on on this version of Kubernetes."""
    kubernetes = cluster.eks["version"].text()
    for addon in cni_addons(cluster):
        version = addon["addon_version"]
        looked_up = version.follow("data.aws_eks_addon_version")
        if version.known and not version.absent:
            numbers = _NUMBERS.fullmatch(version.text() or "")
            if numbers is None or tuple(map(int, numbers.groups())) < parameters.LOWEST_CNI:
                wanted = ".".join(map(str, parameters.LOWEST_CNI))
                yield version.finding(
                    f"is {version.text()}, too old for prefixes on these nodes", expected=f"v{wanted}"
                )
        elif len(looked_up) == 1:
            yield from looked_up[0]["addon_name"].must_be("vpc-cni")
            yield from looked_up[0]["kubernetes_version"].must_be(kubernetes)
        else:
            yield version.finding("is not pinned, nor what EKS reports", expected="a version", unknown=True)


@control(
    id="D08-nitro",
    title="The main group's instance types take prefixes",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    remediation="Use types on Nitro; in a group of mixed types the smallest number of pods holds for all.",
    references=(_ADR, "https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-nitro-instances.html"),
)
def nitro(cluster: Cluster) -> Iterator[Finding]:
    """One type without prefixes takes them from the whole group."""
    for group in cluster.node_groups():
        if group.is_monitoring:
            continue
        types = group["instance_types"]
        try:
            old = [each for each in types.strings() if each.split(".")[0] in parameters.BEFORE_NITRO]
        except Unknown as error:
            yield types.finding(str(error), expected="types on Nitro", unknown=True)
            continue
        if old:
            yield types.finding(f"hold {old}, which take no prefixes", expected="types on Nitro")


@control(
    id="D08-before-the-nodes",
    title="The VPC CNI is configured before any node group is made",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    layers=("synth", "plan"),
    remediation="Let each node group depend on the vpc-cni add-on: EKS computes the number of pods when it makes the group.",
    references=(_ADR,),
)
def before_the_nodes(cluster: Cluster) -> Iterator[Finding]:
    """A group made earlier keeps the number of pods of single addresses for ever."""
    addons = {each.base for each in cni_addons(cluster)}
    for group in cluster.node_groups():
        if not addons & set(group.resource.depends_on):
            yield group.resource.finding(
                "does not wait for the vpc-cni add-on", found=list(group.resource.depends_on), expected=sorted(addons)
            )


@control(
    id="D08-room-for-prefixes",
    title="The nodes' subnets have room for prefixes",
    severity="low",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    layers=("synth",),
    waivable=True,
    remediation="Use subnets of /24 or larger, and state their network in a postcondition on the look-up.",
    references=(_ADR,),
)
def room_for_prefixes(cluster: Cluster) -> Iterator[Finding]:
    """Each subnet's network is stated, and holds enough blocks of sixteen addresses."""
    for group in cluster.node_groups():
        for address, network in networks(group["subnet_ids"]).items():
            if network is None:
                yield group["subnet_ids"].finding(f"hold {address}, whose network nothing states", unknown=True)
            elif ip_network(network).prefixlen > parameters.SMALLEST_SUBNET:
                yield group["subnet_ids"].finding(
                    f"hold {address} of {network}, too small for prefixes", expected=f"/{parameters.SMALLEST_SUBNET}"
                )

"""Who may reach a cluster over the network."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from policies import parameters
from policies.engine import Attribute, Cluster, Finding, Presence, control
from policies.engine.network import share_of_the_world
from policies.engine.values import Unknown


@control(
    id="B01-endpoint",
    title="The API endpoint is private, and public to named networks only",
    severity="critical",
    reads=("cluster",),
    presence=(Presence("aws_eks_cluster", 1, 1),),
    remediation="Set endpoint_private_access, and public_access_cidrs to the offices' networks or endpoint_public_access to false.",
    checkov=("CKV_AWS_38", "CKV_AWS_39"),
    references=("https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",),
)
def endpoint(cluster: Cluster) -> Iterator[Finding]:
    """Unset, EKS opens the endpoint to the world; two halves of the world are the world."""
    network = cluster.eks["vpc_config"]
    yield from network["endpoint_private_access"].must_be(True)
    public = network["endpoint_public_access"]
    yield from public.must_be_one_of((True, False))
    if public.known and public.flag() is False:
        return
    cidrs = network["public_access_cidrs"]
    try:
        named = cidrs.strings()
    except Unknown as error:
        yield cidrs.finding(str(error), expected="networks", unknown=True)
        return
    if not named:
        yield cidrs.finding("are absent, which is 0.0.0.0/0", expected="networks")
    wide = [each for each in named if ip_network(each, strict=False).prefixlen < parameters.WIDEST_PUBLIC_NETWORK]
    if not wide and share_of_the_world(named) > parameters.LARGEST_PUBLIC_SHARE:
        wide = named
    if wide:
        yield cidrs.finding(
            f"hold {wide}, wider than any office", expected=f"/{parameters.WIDEST_PUBLIC_NETWORK} at most"
        )


@control(
    id="B15-cluster-security-group",
    title="Nodes carry the cluster's security group, and no rule admits the world",
    severity="high",
    reads=("cluster", "account"),
    presence=(Presence("aws_launch_template", 1),),
    remediation="Name the cluster's security group in the launch template's network interface; groups there replace it.",
    references=("https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html",),
)
def cluster_security_group(cluster: Cluster) -> Iterator[Finding]:
    """A network interface without the cluster's group cannot speak to the control plane, or to other nodes."""
    eks = cluster.eks
    wanted = f"{eks.base}.vpc_config[0].cluster_security_group_id"
    literal = eks["vpc_config.cluster_security_group_id"]
    for template in cluster.resources("aws_launch_template"):
        lists = [each["security_groups"] for each in template["network_interfaces"].blocks()]
        lists += [template["vpc_security_group_ids"]] if not template["vpc_security_group_ids"].absent else []
        for groups in lists:
            named = groups.known and not literal.absent and literal.known and literal.text() in groups.strings()
            if not named and not {wanted, wanted.replace("[0]", ".0")}.intersection(groups.stands_for()):
                yield template.finding(
                    "gives nodes a network interface without the cluster's security group",
                    found=groups.node,
                    expected=wanted,
                )
            yield from _judged(groups, wanted)
    yield from _judged(eks["vpc_config.security_group_ids"], wanted)
    for rule in (*cluster.network_rules(), *cluster.shared.network_rules()):
        if rule.direction == "ingress" and rule.from_world:
            yield rule.finding("admits the whole world", found=rule.networks, expected="named networks")
        elif rule.direction == "ingress" and rule.unseen_lists:
            yield rule.finding(
                "admits a list of networks that nothing here says", found=rule.prefix_lists, unknown=True
            )


def _judged(groups: Attribute, wanted: str) -> Iterator[Finding]:
    """Yield a finding for each security group whose rules nothing here says, the cluster's own apart."""
    for each in groups.blocks():
        own = {wanted, wanted.replace("[0]", ".0")}.intersection(each.stands_for())
        literal = groups.owner.resource.stack.of_kind("aws_eks_cluster")
        known = {eks["vpc_config.cluster_security_group_id"].text() for eks in literal if each.known}
        if not own and not each.follow("aws_security_group") and not (each.known and each.text() in known):
            yield each.finding("is a security group whose rules nothing here says", expected="one of this stack")

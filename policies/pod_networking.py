"""D10: pods get addresses of the VPC, from AWS's own CNI."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.iam import IamRole
from policies.engine.kubernetes import containers
from policies.installation import OPERATOR, installations
from policies.ip_prefixes import cni_addons

_ADR = "Pod networking (CNI)"
_KINDS = (
    "IPPool",
    "CiliumNode",
    "CiliumConfig",
    "CiliumNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "NetworkAttachmentDefinition",
    "BGPConfiguration",
    "BGPPeer",
)


@control(
    id="D10-vpc-cni",
    title="Each cluster has one vpc-cni add-on, with a role of its own",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_addon"),),
    remediation="Declare the vpc-cni add-on once, with service_account_role_arn of the role for kube-system/aws-node that holds AmazonEKS_CNI_Policy.",
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html"),
)
def vpc_cni(cluster: Cluster) -> Iterator[Finding]:
    """The add-on belongs to the cluster, and its role to it alone."""
    eks = cluster.eks
    found = cni_addons(cluster)
    if len(found) != 1:
        yield cluster.finding(
            f"has {len(found)} vpc-cni add-ons", found=[each.address for each in found], expected="one"
        )
    for addon in found:
        yield from addon["cluster_name"].must_refer_to(eks, "this cluster")
        target = addon["service_account_role_arn"].follow("aws_iam_role")
        roles = [each for each in cluster.roles() if each.resource in target]
        if len(roles) != 1:
            yield addon["service_account_role_arn"].finding(
                "is no role of this cluster, so the CNI uses the nodes' own", expected="an aws_iam_role"
            )
        for role in roles:
            yield from _serves_the_cni(role)


def _serves_the_cni(role: IamRole) -> Iterator[Finding]:
    if role.managed_arns != [parameters.CNI_ROLE_POLICY] or role.documents:
        yield role.finding(
            "must hold the CNI's policy and nothing else",
            found=[*role.managed_arns, *(each.address for each in role.documents)],
            expected=[parameters.CNI_ROLE_POLICY],
        )
    subjects = {
        value
        for statement in role.trust.statements
        for condition in statement.conditions
        if condition.key.endswith(":sub")
        for value in condition.values
    }
    if subjects != {parameters.CNI_SERVICE_ACCOUNT}:
        yield role.finding(
            "is not the CNI's service account's alone", found=sorted(subjects), expected=parameters.CNI_SERVICE_ACCOUNT
        )


@control(
    id="D10-addresses-of-the-vpc",
    title="Pods have IPv4 addresses of the nodes' own subnets",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_cluster", 1, 1),),
    remediation="Set ip_family ipv4; leave custom networking, external SNAT and service ranges of our own out.",
    references=(_ADR,),
)
def addresses_of_the_vpc(cluster: Cluster) -> Iterator[Finding]:
    """No setting of cluster or add-on takes pods out of the VPC's addressing."""
    yield from cluster.eks["kubernetes_network_config.ip_family"].must_be("ipv4")
    for addon in cni_addons(cluster):
        if addon["configuration_values"].absent:
            continue
        environment = addon["configuration_values"].json()["env"]
        for name in ("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENABLE_IPv6"):
            yield from environment[name].must_be_one_of((None, "false"))


@control(
    id="D10-no-other-cni",
    title="No other CNI, and no network of Calico's own",
    severity="high",
    reads=("cluster", "workloads"),
    presence=(Presence(f"release:{OPERATOR}", 1),),
    remediation="Keep cni.type AmazonVPC in Calico's Installation, without IP pools and BGP; remove any other CNI.",
    references=(_ADR, "https://docs.tigera.io/calico/latest/getting-started/kubernetes/managed-public-cloud/eks"),
)
def no_other_cni(cluster: Cluster) -> Iterator[Finding]:
    """Calico leaves the pods' addresses to the VPC CNI, and nothing else hands out addresses."""
    for release in cluster.releases():
        words = f"{release.chart} {release.name} {release['repository'].text() or ''}".lower()
        if any(each in words for each in parameters.OTHER_CNIS):
            yield release.finding("brings another CNI", found=release.chart, expected="absent")
    for installation in installations(cluster):
        yield from installation["cni.type"].must_be("AmazonVPC")
        yield from installation["cni.ipam.type"].must_be_one_of((None, "AmazonVPC"))
        yield from installation["calicoNetwork.ipPools"].must_be_absent("pods have addresses of the VPC")
        yield from installation["calicoNetwork.bgp"].must_be_one_of((None, "Disabled"))
    for each in cluster.objects(*_KINDS):
        yield each.finding(f"{each.kind} belongs to another CNI", found=each.kind, expected="absent")
    for each in cluster.objects():
        for container in containers(each):
            image = container["image"].text() or ""
            if any(name in image.lower() for name in parameters.OTHER_CNIS):
                yield container["image"].finding("is another CNI", expected="absent")

"""Ways to take pods out of the VPC's addressing (D10)."""

from __future__ import annotations

import copy
import json

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import installation, into_the_chart, set_value


@violation(
    kills="D10-vpc-cni",
    also=(
        "B13-roles-with-their-policies",
        "D19-one-role-each",
    ),
)
def cni_with_the_nodes_role(stacks: Stacks) -> None:
    """The add-on's role is left out: the CNI falls back to the nodes' role, which then must hold its policy."""
    del stacks.one("live", "aws_eks_addon", "vpc-cni")["service_account_role_arn"]


@violation(
    kills="D10-vpc-cni",
    names="aws_iam_role.ebs-csi-controller-sa",
    also=(
        "B13-roles-with-their-policies",
        "D19-one-role-each",
    ),
)
def cni_with_another_role(stacks: Stacks) -> None:
    """The CNI takes the storage driver's role."""
    stacks.one("live", "aws_eks_addon", "vpc-cni")["service_account_role_arn"] = (
        "${aws_iam_role.ebs-csi-controller-sa.arn}"
    )


@violation(
    kills="D10-vpc-cni",
    also=(
        "B14-addons-of-this-version",
        "D01-known-addons",
        "D08-able-cni",
        "D08-before-the-nodes",
        "D08-prefix-delegation",
        "D19-one-role-each",
    ),
    names="cluster live",
)
def cni_taken_away(stacks: Stacks) -> None:
    """The add-on is renamed to something else; the old CNI stays where it is, unmanaged."""
    addon = stacks.one("live", "aws_eks_addon", "vpc-cni")
    addon["addon_name"] = "vpc-cni-legacy"


@violation(kills="D10-vpc-cni", also=("B13-roles-with-their-policies",), names="aws_iam_role.aws-node")
def cni_role_that_does_more(stacks: Stacks) -> None:
    """The CNI's role, held by a privileged pod on every node, gets one more policy."""
    attachment = copy.deepcopy(stacks.one("live", "aws_iam_role_policy_attachment", "aws-node_AmazonEKS_CNI_Policy"))
    attachment["policy_arn"] = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
    stacks.add("live", "aws_iam_role_policy_attachment", "more", attachment)


@violation(kills="D10-vpc-cni", also=("B13-roles-with-their-policies",), names="aws_iam_role.aws-node")
def cni_policy_gone(stacks: Stacks) -> None:
    """The role is there and holds nothing: pods get no address once the old credentials expire."""
    stacks.remove("live", "aws_iam_role_policy_attachment", "aws-node_AmazonEKS_CNI_Policy")


@violation(kills="D10-addresses-of-the-vpc")
def address_family_left_out(stacks: Stacks) -> None:
    """The family is left to the default."""
    del stacks.one("live", "aws_eks_cluster")["kubernetes_network_config"]


@violation(kills="D10-addresses-of-the-vpc")
def ipv6(stacks: Stacks) -> None:
    """A family that no policy here knows."""
    stacks.one("test", "aws_eks_cluster")["kubernetes_network_config"]["ip_family"] = "ipv6"


@violation(kills="D10-addresses-of-the-vpc")
def custom_networking(stacks: Stacks) -> None:
    """Custom networking moves pods to subnets that nobody stated."""
    addon = stacks.one("live", "aws_eks_addon", "vpc-cni")
    values = json.loads(addon["configuration_values"])
    values["env"]["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = "true"
    addon["configuration_values"] = json.dumps(values)


@violation(kills="D10-no-other-cni", also=("D13-one-enforcer",))
def calico_networking(stacks: Stacks) -> None:
    """Calico takes over the pods' network: one word in its Installation."""
    installation(stacks)["cni"]["type"] = "Calico"


@violation(kills="D10-no-other-cni", also=("D13-one-enforcer",), names="helm_release.calico.values.installation")
def calico_networking_by_set(stacks: Stacks) -> None:
    """The chart's values still say AmazonVPC; a `set` beside them says otherwise, and wins."""
    into_the_chart(stacks)
    set_value(stacks, "calico", "installation.cni.type", "Calico")


@violation(kills="D10-no-other-cni", also=("D13-one-enforcer",))
def addresses_of_calico(stacks: Stacks) -> None:
    """The CNI stays, and an IP pool of Calico's own hands out addresses beside it."""
    installation(stacks)["calicoNetwork"]["ipPools"] = [{"cidr": "192.168.0.0/16", "encapsulation": "VXLAN"}]


@violation(
    kills="D10-no-other-cni",
    also=(
        "X14-recorded-releases",
        "D02-callbacks",
        "D03-kuberos",
        "D03-client-secret",
        "D03-kuberos-login",
        "D13-one-enforcer",
    ),
    names="helm_release.kuberos",
)
def cilium_by_another_name(stacks: Stacks) -> None:
    """The release keeps its name and brings Cilium's chart from a mirror."""
    release = stacks.one("live-workloads", "helm_release", "kuberos")
    release["chart"] = "oci://registry.example.org/charts/cilium"

"""Ways to fall back to single addresses (D08)."""

from __future__ import annotations

import json
from typing import Any

from tests.violations.catalogue import Stacks, violation


def _environment(stacks: Stacks, cluster: str, **changes: Any) -> None:
    addon = stacks.one(cluster, "aws_eks_addon", "vpc-cni")
    values = json.loads(addon["configuration_values"])
    for name, value in changes.items():
        if value is None:
            values["env"].pop(name)
        else:
            values["env"][name] = value
    addon["configuration_values"] = json.dumps(values)


@violation(kills="D08-prefix-delegation")
def prefixes_off(stacks: Stacks) -> None:
    """The switch is there and says false."""
    _environment(stacks, "live", ENABLE_PREFIX_DELEGATION="false")


@violation(kills="D08-prefix-delegation")
def prefixes_as_a_boolean(stacks: Stacks) -> None:
    """A boolean where the schema wants a string: EKS refuses it, after the merge."""
    _environment(stacks, "live", ENABLE_PREFIX_DELEGATION=True)


@violation(kills="D08-prefix-delegation")
def single_addresses_counted(stacks: Stacks) -> None:
    """WARM_IP_TARGET overrides the spare prefix: prefixes are on and a burst of pods waits all the same."""
    _environment(stacks, "live", WARM_IP_TARGET="1", MINIMUM_IP_TARGET="1")


@violation(kills="D08-prefix-delegation")
def no_spare_prefix(stacks: Stacks) -> None:
    """Without a spare prefix each new pod waits for EC2."""
    _environment(stacks, "live", WARM_PREFIX_TARGET="0")


@violation(kills="D08-prefix-delegation")
def configuration_gone(stacks: Stacks) -> None:
    """The add-on is left to its defaults in one cluster."""
    del stacks.one("manager", "aws_eks_addon", "vpc-cni")["configuration_values"]


@violation(kills="D08-prefix-delegation", names="aws_eks_addon.vpc-cni")
def switched_off_in_a_local(stacks: Stacks) -> None:
    """The configuration moves into jsonencode of a local, where nobody looks, and says false there."""
    stacks["live"]["locals"] = {"cni": {"env": {"ENABLE_PREFIX_DELEGATION": "false", "WARM_PREFIX_TARGET": "1"}}}
    stacks.one("live", "aws_eks_addon", "vpc-cni")["configuration_values"] = "${jsonencode(local.cni)}"


@violation(
    kills="D08-prefix-delegation",
    also=(
        "D10-addresses-of-the-vpc",
        "D13-one-enforcer",
    ),
)
def configuration_by_parameter(stacks: Stacks) -> None:
    """The configuration comes from a parameter that can be changed without review."""
    stacks.add("live", "data.aws_ssm_parameter", "cni", {"name": "/cloud-platform/cni"})
    stacks.one("live", "aws_eks_addon", "vpc-cni")["configuration_values"] = (
        "${data.aws_ssm_parameter.cni.insecure_value}"
    )


@violation(kills="D08-able-cni")
def old_cni(stacks: Stacks) -> None:
    """A version of before prefixes, pinned "until the incident is understood"."""
    stacks.one("live", "aws_eks_addon", "vpc-cni")["addon_version"] = "v1.8.0-eksbuild.1"


@violation(kills="D08-able-cni")
def version_left_out(stacks: Stacks) -> None:
    """No version: the provider keeps what is there."""
    del stacks.one("live", "aws_eks_addon", "vpc-cni")["addon_version"]


@violation(kills="D08-able-cni", also=("B14-addons-of-this-version",), names="vpc-cni_default_version")
def default_of_an_old_kubernetes(stacks: Stacks) -> None:
    """The default is asked for, of a Kubernetes version long gone."""
    looked_up = {"addon_name": "vpc-cni", "kubernetes_version": "1.20", "most_recent": False}
    stacks.add("live", "data.aws_eks_addon_version", "vpc-cni_default_version", looked_up)
    stacks.one("live", "aws_eks_addon", "vpc-cni")["addon_version"] = (
        "${data.aws_eks_addon_version.vpc-cni_default_version.version}"
    )


@violation(kills="D08-nitro", also=("D07-main-types",))
def one_type_without_nitro(stacks: Stacks) -> None:
    """A last fallback of an older family takes the prefixes from every node of the group."""
    stacks.one("live", "aws_eks_node_group", "main")["instance_types"].append("r4.xlarge")


@violation(kills="D08-before-the-nodes")
def nodes_first(stacks: Stacks) -> None:
    """The nodes come up faster without waiting, with 58 pods each."""
    group = stacks.one("live", "aws_eks_node_group", "main")
    group["depends_on"] = [each for each in group["depends_on"] if each != "aws_eks_addon.vpc-cni"]


@violation(kills="D08-room-for-prefixes", layers=("synth",), names="network_eu-west-2b")
def narrow_subnet(stacks: Stacks) -> None:
    """A new subnet of /26 holds three prefixes."""
    check = stacks.one("live", "data.aws_subnet", "network_eu-west-2b")["lifecycle"]["postcondition"][0]
    check["condition"] = check["condition"].replace("172.20.64.0/19", "172.20.64.0/26")


@violation(kills="D08-room-for-prefixes", layers=("synth",), names="network_eu-west-2b")
def subnet_of_any_size(stacks: Stacks) -> None:
    """The postcondition is tidied away, and with it the only word on the subnet's size."""
    del stacks.one("live", "data.aws_subnet", "network_eu-west-2b")["lifecycle"]


@violation(kills="D08-nitro", also=("D07-main-types",))
def first_type_without_nitro(stacks: Stacks) -> None:
    """The whole group is of a family that was there before Nitro."""
    stacks.one("test", "aws_eks_node_group", "main")["instance_types"] = ["r3.xlarge"]


@violation(kills="D08-before-the-nodes")
def waits_for_another_addon(stacks: Stacks) -> None:
    """The Prometheus group waits for an add-on, and not for the one that counts its pods."""
    group = stacks.one("test", "aws_eks_node_group", "prometheus")
    group["depends_on"] = [each for each in group["depends_on"] if "vpc-cni" not in each]


@violation(kills="D08-room-for-prefixes", layers=("synth",), names="data.aws_subnet.network_eu-west-2a")
def network_stated_or_not(stacks: Stacks) -> None:
    """The postcondition names a large network, and holds for any."""
    subnet = stacks.one("live", "data.aws_subnet", "network_eu-west-2a")
    for each in subnet["lifecycle"]["postcondition"]:
        each["condition"] = each["condition"].replace("}", " || true}")

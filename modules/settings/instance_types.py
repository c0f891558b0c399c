"""Facts about EC2 instance types: which hypervisor, how many network interfaces, how many pods (ADR: Node instance types).

Source: EC2 `DescribeInstanceTypes`, as kept by moto 5.2; max-pods as the EKS user guide computes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

NITRO: Final = "nitro"
XEN: Final = "xen"
X86_64: Final = "x86_64"
ARM64: Final = "arm64"

PREFIX_ADDRESSES: Final = 16
"""Addresses of one prefix (a /28) that the VPC CNI assigns to an interface."""
HOST_NETWORK_PODS: Final = 2
"""Pods on the host's network that the max-pods formula adds: aws-node and kube-proxy."""


class InstanceType(NamedTuple):
    """What the settings' rules need to know of an instance type."""

    vcpu: int
    memory: int
    """Memory in GiB, rounded down."""
    interfaces: int
    """Most network interfaces (ENIs)."""
    addresses: int
    """Most IPv4 addresses of one interface, its primary one included."""
    hypervisor: Literal["nitro", "xen"]
    architecture: Literal["x86_64", "arm64"]

    def max_pods(self, *, prefix_delegation: bool) -> int:
        """Most pods of a node: EKS caps its managed nodes at 110 below 30 vCPUs, else at 250."""
        slots = self.interfaces * (self.addresses - 1)
        if prefix_delegation and self.hypervisor == NITRO:
            slots *= PREFIX_ADDRESSES
        return min(slots + HOST_NETWORK_PODS, 110 if self.vcpu < 30 else 250)

    def subnet_addresses(self, pods: int, *, prefix_delegation: bool) -> int:
        """Most subnet addresses that a node with `pods` pods takes.

        With prefixes: one /28 for each 16 pods, one warm prefix, and the primary address of each interface they
        need. Without: every address of every interface, for the CNI keeps whole interfaces warm.
        """
        if not (prefix_delegation and self.hypervisor == NITRO):
            return self.interfaces * self.addresses
        prefixes = -(-pods // PREFIX_ADDRESSES) + 1
        interfaces = -(-prefixes // (self.addresses - 1))
        return prefixes * PREFIX_ADDRESSES + interfaces


INSTANCE_TYPES: Final[dict[str, InstanceType]] = {
    "r4.large": InstanceType(2, 15, 3, 10, XEN, X86_64),
    "r4.xlarge": InstanceType(4, 30, 4, 15, XEN, X86_64),
    "r4.2xlarge": InstanceType(8, 61, 4, 15, XEN, X86_64),
    "r4.4xlarge": InstanceType(16, 122, 8, 30, XEN, X86_64),
    "r4.8xlarge": InstanceType(32, 244, 8, 30, XEN, X86_64),
    "r5.large": InstanceType(2, 16, 3, 10, NITRO, X86_64),
    "r5.xlarge": InstanceType(4, 32, 4, 15, NITRO, X86_64),
    "r5.2xlarge": InstanceType(8, 64, 4, 15, NITRO, X86_64),
    "r5.4xlarge": InstanceType(16, 128, 8, 30, NITRO, X86_64),
    "r5.8xlarge": InstanceType(32, 256, 8, 30, NITRO, X86_64),
    "r5a.large": InstanceType(2, 16, 3, 10, NITRO, X86_64),
    "r5a.xlarge": InstanceType(4, 32, 4, 15, NITRO, X86_64),
    "r5a.2xlarge": InstanceType(8, 64, 4, 15, NITRO, X86_64),
    "r5a.4xlarge": InstanceType(16, 128, 8, 30, NITRO, X86_64),
    "r5a.8xlarge": InstanceType(32, 256, 8, 30, NITRO, X86_64),
    "r6i.large": InstanceType(2, 16, 3, 10, NITRO, X86_64),
    "r6i.xlarge": InstanceType(4, 32, 4, 15, NITRO, X86_64),
    "r6i.2xlarge": InstanceType(8, 64, 4, 15, NITRO, X86_64),
    "r6i.4xlarge": InstanceType(16, 128, 8, 30, NITRO, X86_64),
    "r6i.8xlarge": InstanceType(32, 256, 8, 30, NITRO, X86_64),
    "r6a.large": InstanceType(2, 16, 3, 10, NITRO, X86_64),
    "r6a.xlarge": InstanceType(4, 32, 4, 15, NITRO, X86_64),
    "r6a.2xlarge": InstanceType(8, 64, 4, 15, NITRO, X86_64),
    "r6a.4xlarge": InstanceType(16, 128, 8, 30, NITRO, X86_64),
    "r6a.8xlarge": InstanceType(32, 256, 8, 30, NITRO, X86_64),
    "r6g.medium": InstanceType(1, 8, 2, 4, NITRO, ARM64),
    "r6g.large": InstanceType(2, 16, 3, 10, NITRO, ARM64),
    "r6g.xlarge": InstanceType(4, 32, 4, 15, NITRO, ARM64),
    "r6g.2xlarge": InstanceType(8, 64, 4, 15, NITRO, ARM64),
    "r6g.4xlarge": InstanceType(16, 128, 8, 30, NITRO, ARM64),
    "r6g.8xlarge": InstanceType(32, 256, 8, 30, NITRO, ARM64),
    "r7i.large": InstanceType(2, 16, 3, 10, NITRO, X86_64),
    "r7i.xlarge": InstanceType(4, 32, 4, 15, NITRO, X86_64),
    "r7i.2xlarge": InstanceType(8, 64, 4, 15, NITRO, X86_64),
    "r7i.4xlarge": InstanceType(16, 128, 8, 30, NITRO, X86_64),
    "r7i.8xlarge": InstanceType(32, 256, 8, 30, NITRO, X86_64),
    "r7a.medium": InstanceType(1, 8, 2, 4, NITRO, X86_64),
    "r7a.large": InstanceType(2, 16, 3, 10, NITRO, X86_64),
    "r7a.xlarge": InstanceType(4, 32, 4, 15, NITRO, X86_64),
    "r7a.2xlarge": InstanceType(8, 64, 4, 15, NITRO, X86_64),
    "r7a.4xlarge": InstanceType(16, 128, 8, 30, NITRO, X86_64),
    "r7a.8xlarge": InstanceType(32, 256, 8, 30, NITRO, X86_64),
    "m4.large": InstanceType(2, 8, 2, 10, XEN, X86_64),
    "m4.xlarge": InstanceType(4, 16, 4, 15, XEN, X86_64),
    "m4.2xlarge": InstanceType(8, 32, 4, 15, XEN, X86_64),
    "m4.4xlarge": InstanceType(16, 64, 8, 30, XEN, X86_64),
    "m5.large": InstanceType(2, 8, 3, 10, NITRO, X86_64),
    "m5.xlarge": InstanceType(4, 16, 4, 15, NITRO, X86_64),
    "m5.2xlarge": InstanceType(8, 32, 4, 15, NITRO, X86_64),
    "m5.4xlarge": InstanceType(16, 64, 8, 30, NITRO, X86_64),
    "m5.8xlarge": InstanceType(32, 128, 8, 30, NITRO, X86_64),
    "m5a.large": InstanceType(2, 8, 3, 10, NITRO, X86_64),
    "m5a.xlarge": InstanceType(4, 16, 4, 15, NITRO, X86_64),
    "m5a.2xlarge": InstanceType(8, 32, 4, 15, NITRO, X86_64),
    "m5a.4xlarge": InstanceType(16, 64, 8, 30, NITRO, X86_64),
    "m5a.8xlarge": InstanceType(32, 128, 8, 30, NITRO, X86_64),
    "m6i.large": InstanceType(2, 8, 3, 10, NITRO, X86_64),
    "m6i.xlarge": InstanceType(4, 16, 4, 15, NITRO, X86_64),
    "m6i.2xlarge": InstanceType(8, 32, 4, 15, NITRO, X86_64),
    "m6i.4xlarge": InstanceType(16, 64, 8, 30, NITRO, X86_64),
    "m6i.8xlarge": InstanceType(32, 128, 8, 30, NITRO, X86_64),
    "m6a.large": InstanceType(2, 8, 3, 10, NITRO, X86_64),
    "m6a.xlarge": InstanceType(4, 16, 4, 15, NITRO, X86_64),
    "m6a.2xlarge": InstanceType(8, 32, 4, 15, NITRO, X86_64),
    "m6a.4xlarge": InstanceType(16, 64, 8, 30, NITRO, X86_64),
    "m6a.8xlarge": InstanceType(32, 128, 8, 30, NITRO, X86_64),
    "m6g.medium": InstanceType(1, 4, 2, 4, NITRO, ARM64),
    "m6g.large": InstanceType(2, 8, 3, 10, NITRO, ARM64),
    "m6g.xlarge": InstanceType(4, 16, 4, 15, NITRO, ARM64),
    "m6g.2xlarge": InstanceType(8, 32, 4, 15, NITRO, ARM64),
    "m6g.4xlarge": InstanceType(16, 64, 8, 30, NITRO, ARM64),
    "m6g.8xlarge": InstanceType(32, 128, 8, 30, NITRO, ARM64),
    "m7i.large": InstanceType(2, 8, 3, 10, NITRO, X86_64),
    "m7i.xlarge": InstanceType(4, 16, 4, 15, NITRO, X86_64),
    "m7i.2xlarge": InstanceType(8, 32, 4, 15, NITRO, X86_64),
    "m7i.4xlarge": InstanceType(16, 64, 8, 30, NITRO, X86_64),
    "m7i.8xlarge": InstanceType(32, 128, 8, 30, NITRO, X86_64),
    "t2.medium": InstanceType(2, 4, 3, 6, XEN, X86_64),
    "t2.large": InstanceType(2, 8, 3, 12, XEN, X86_64),
    "t2.xlarge": InstanceType(4, 16, 3, 15, XEN, X86_64),
    "t2.2xlarge": InstanceType(8, 32, 3, 15, XEN, X86_64),
    "t3.medium": InstanceType(2, 4, 3, 6, NITRO, X86_64),
    "t3.large": InstanceType(2, 8, 3, 12, NITRO, X86_64),
    "t3.xlarge": InstanceType(4, 16, 4, 15, NITRO, X86_64),
    "t3.2xlarge": InstanceType(8, 32, 4, 15, NITRO, X86_64),
    "t3a.medium": InstanceType(2, 4, 3, 6, NITRO, X86_64),
    "t3a.large": InstanceType(2, 8, 3, 12, NITRO, X86_64),
    "t3a.xlarge": InstanceType(4, 16, 4, 15, NITRO, X86_64),
    "t3a.2xlarge": InstanceType(8, 32, 4, 15, NITRO, X86_64),
}
"""The instance types that the settings may name."""


def max_pods(types: Iterable[str], *, prefix_delegation: bool) -> int:
    """Most pods of each node of a group: EKS takes the least over the group's types."""
    return min(INSTANCE_TYPES[name].max_pods(prefix_delegation=prefix_delegation) for name in types)


def subnet_addresses(types: Iterable[str], *, prefix_delegation: bool) -> int:
    """Most subnet addresses that a node of a group takes, whichever of the group's types it is."""
    names = tuple(types)
    pods = max_pods(names, prefix_delegation=prefix_delegation)
    return max(INSTANCE_TYPES[name].subnet_addresses(pods, prefix_delegation=prefix_delegation) for name in names)

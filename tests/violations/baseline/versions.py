"""Ways to run an old version, or to come to a new one in the wrong order (B12, B14, B16)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation


def _version(stacks: Stacks, cluster: str, version: str) -> None:
    stacks.one(cluster, "aws_eks_cluster")["version"] = version
    for group in stacks.named(cluster, "aws_eks_node_group").values():
        group["version"] = version
    stacks.named(cluster, "aws_eks_addon")["kube-proxy"]["addon_version"] = f"v{version}.0-eksbuild.1"
    for data in stacks.named(cluster, "data.aws_eks_addon_version").values():
        data["kubernetes_version"] = version


def _look_up(stacks: Stacks, addon: str, of: str, kubernetes_version: str) -> None:
    """Take an add-on's version from what EKS reports as the default of an add-on."""
    stacks.add(
        "live",
        "data.aws_eks_addon_version",
        f"{of}_default_version",
        {"addon_name": of, "kubernetes_version": kubernetes_version, "most_recent": False},
    )
    stacks.one("live", "aws_eks_addon", addon)["addon_version"] = (
        f"${{data.aws_eks_addon_version.{of}_default_version.version}}"
    )


@violation(kills="B12-supported-version", also=("D17-namespaces-guarded",))
def out_of_support(stacks: Stacks) -> None:
    """A version whose standard support is over."""
    _version(stacks, "live", "1.33")


@violation(kills="B12-supported-version", also=("D17-namespaces-guarded",))
def version_of_the_future(stacks: Stacks) -> None:
    """A version that nobody has looked at."""
    _version(stacks, "test", "1.99")


@violation(kills="B14-addons-in-order")
def coredns_without_nodes(stacks: Stacks) -> None:
    """coredns is made before there is a node, and the apply waits for twenty minutes."""
    del stacks.one("live", "aws_eks_addon", "coredns")["depends_on"]


@violation(kills="B14-addons-in-order")
def nodes_without_proxy(stacks: Stacks) -> None:
    """Nodes come up without kube-proxy: no service answers on them."""
    stacks.one("live", "aws_eks_node_group", "prometheus")["depends_on"].remove("aws_eks_addon.kube-proxy")


@violation(kills="B14-addons-in-order")
def in_a_circle(stacks: Stacks) -> None:
    """kube-proxy waits for the nodes that wait for it."""
    stacks.one("live", "aws_eks_addon", "kube-proxy")["depends_on"] = ["aws_eks_node_group.main"]


@violation(kills="B14-addons-of-this-version", names="kube-proxy_default_version")
def proxy_of_another_version(stacks: Stacks) -> None:
    """The version is looked up for a Kubernetes that the cluster does not run."""
    _look_up(stacks, "kube-proxy", "kube-proxy", "1.30")


@violation(kills="B14-addons-of-this-version")
def proxy_ahead_of_the_cluster(stacks: Stacks) -> None:
    """kube-proxy is newer than the API server it speaks to."""
    stacks.one("live", "aws_eks_addon", "kube-proxy")["addon_version"] = "v1.36.0-eksbuild.1"


@violation(kills="B14-addons-of-this-version", names="must be 'coredns'")
def defaults_mixed_up(stacks: Stacks) -> None:
    """One add-on takes the version of another."""
    _look_up(stacks, "coredns", "kube-proxy", "1.35")


def _in_place(plans: dict[str, Any], type_: str, version: str) -> None:
    for change in plans["live"]["resource_changes"]:
        if change["type"] == type_:
            change["change"]["actions"] = ["update"]
            change["change"]["before"] = {**change["change"]["after"], "version": version}


@violation(kills="B16-one-minor-at-a-time", on="plan", names="aws_eks_cluster.cluster")
def back_to_an_older_version(plans: dict[str, Any]) -> None:
    """The cluster is at 1.36 and the code still says 1.35: Terraform would replace it."""
    _in_place(plans, "aws_eks_cluster", "1.36")


@violation(kills="B16-one-minor-at-a-time", on="plan", names="aws_eks_cluster.cluster")
def two_minors_at_once(plans: dict[str, Any]) -> None:
    """From 1.33 to 1.35 in one step, which EKS refuses after the nodes' add-ons are done."""
    _in_place(plans, "aws_eks_cluster", "1.33")


@violation(kills="B16-one-minor-at-a-time", on="plan", names="aws_eks_node_group")
def nodes_skip_a_minor(plans: dict[str, Any]) -> None:
    """Nodes that were forgotten for a year jump over two versions."""
    _in_place(plans, "aws_eks_node_group", "1.32")


@violation(kills="B14-addons-of-this-version", names="aws_eks_addon.coredns")
def newest_whatever_it_is(stacks: Stacks) -> None:
    """A word in place of a version: the next apply decides."""
    stacks.one("test", "aws_eks_addon", "coredns")["addon_version"] = "latest"

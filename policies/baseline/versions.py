"""Versions of Kubernetes, and the order in which cluster, add-ons and nodes come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from policies import parameters
from policies.engine import Cluster, Finding, NotApplicable, Presence, control
from policies.engine.values import as_text

_BEFORE_NODES = ("vpc-cni", "kube-proxy")
_AFTER_NODES = ("coredns", "aws-ebs-csi-driver")
_ADDON_VERSION = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")


def _minor(version: object) -> int | None:
    head, _, minor = as_text(version).partition(".")
    return int(minor) if head == "1" and minor.isdigit() else None


@control(
    id="B12-supported-version",
    title="Each cluster runs a version under standard support",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_cluster", 1, 1),),
    waivable=True,
    remediation="Upgrade by one minor version at a time; new versions go to STANDARD_SUPPORT in policies/parameters.",
    references=("https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",),
)
def supported_version(cluster: Cluster) -> Iterator[Finding]:
    """The day of judgement is not after the last day of standard support."""
    version = cluster.eks["version"]
    last = parameters.STANDARD_SUPPORT.get(version.text() or "")
    if last is None:
        yield version.finding(
            f"is {version.text()}, whose support nothing states", expected=list(parameters.STANDARD_SUPPORT)
        )
    elif cluster.estate.today > date.fromisoformat(last):
        yield version.finding(f"is {version.text()}, supported until {last}", expected=f"by {cluster.estate.today}")


@control(
    id="B14-addons-in-order",
    title="The add-on kube-proxy comes before the nodes; coredns and the storage driver after them",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_eks_addon", 1),),
    layers=("synth", "plan"),
    remediation="Let node groups depend on kube-proxy, coredns and aws-ebs-csi-driver on a node group, and nothing in a circle.",
    references=("https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html",),
)
def addons_in_order(cluster: Cluster) -> Iterator[Finding]:
    """Nodes without kube-proxy never become ready; coredns without nodes never becomes active."""
    groups = {each.base for each in cluster.resources("aws_eks_node_group")}
    addons = {each["addon_name"].text(): each for each in cluster.resources("aws_eks_addon")}
    for name in _BEFORE_NODES:
        if name in addons and groups & set(addons[name].depends_on):
            yield addons[name].finding("waits for nodes that wait for it", found=list(addons[name].depends_on))
    proxy = addons.get("kube-proxy")
    for group in cluster.resources("aws_eks_node_group"):
        if proxy is not None and proxy.base not in group.depends_on:
            yield group.finding("does not wait for kube-proxy", found=list(group.depends_on), expected=proxy.base)
    for name in _AFTER_NODES:
        if name in addons and not groups & set(addons[name].depends_on):
            yield addons[name].finding(
                "does not wait for nodes to run on", found=list(addons[name].depends_on), expected=sorted(groups)
            )


@control(
    id="B14-addons-of-this-version",
    title="Each add-on's version is one for the cluster's Kubernetes",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_eks_addon", 1),),
    remediation="Look versions up for the cluster's own kubernetes_version, or pin each.",
    references=("https://docs.aws.amazon.com/eks/latest/userguide/managing-kube-proxy.html",),
)
def addons_of_this_version(cluster: Cluster) -> Iterator[Finding]:
    """kube-proxy is not newer than the API server, and defaults are those of this version; D08 holds the CNI."""
    version = cluster.eks["version"].text()
    for addon in cluster.resources("aws_eks_addon"):
        name = addon["addon_name"].text()
        if name == "vpc-cni":
            continue
        wanted = addon["addon_version"]
        for looked_up in wanted.follow("data.aws_eks_addon_version"):
            yield from looked_up["kubernetes_version"].must_be(version)
            yield from looked_up["addon_name"].must_be(name)
        if wanted.absent:
            yield wanted.finding("is left to whatever is there", expected="a version")
        elif wanted.known and not _ADDON_VERSION.fullmatch(wanted.text() or ""):
            yield wanted.finding("is no version of an add-on", expected="such as v1.35.0-eksbuild.2")
        elif name == "kube-proxy" and wanted.known:
            own = _minor(".".join((wanted.text() or "").removeprefix("v").split(".")[:2]))
            cluster_minor = _minor(version)
            if own is None or cluster_minor is None or not cluster_minor - 3 <= own <= cluster_minor:
                yield wanted.finding(f"is {wanted.text()}, not for Kubernetes {version}", expected=f"v{version}")


@control(
    id="B16-one-minor-at-a-time",
    title="A plan raises Kubernetes by one minor version at most, and never lowers it",
    severity="critical",
    reads=("cluster",),
    presence=(Presence("aws_eks_cluster", 1, 1),),
    layers=("synth", "plan"),
    remediation="Upgrade one minor version after the other; EKS refuses to go back, so Terraform would replace the cluster.",
    references=("https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html",),
)
def one_minor_at_a_time(cluster: Cluster) -> Iterator[Finding]:
    """What the plan finds in place is compared with what it will be."""
    planned = [
        each for each in cluster.resources("aws_eks_cluster", "aws_eks_node_group") if each.before.get("version")
    ]
    if not planned:
        raise NotApplicable("nothing is in place yet, or only a plan would show it")
    for resource in planned:
        old, new = _minor(resource.before["version"]), _minor(resource["version"].text())
        if old is None or new is None:
            yield resource["version"].finding("cannot be compared with what is in place", unknown=True)
        elif not old <= new <= old + 1:
            yield resource["version"].finding(f"goes from 1.{old} to 1.{new}", expected=f"1.{old} or 1.{old + 1}")

"""D01: clusters run on Amazon EKS, whose control plane AWS manages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.attribute import Attribute
from policies.engine.values import Unknown
from policies.subnets import zones

_ADR = "What’s proposed"
_OTHER_CLUSTERS = (
    "aws_ecs_cluster",
    "aws_eks_anywhere_cluster",
    "google_container_cluster",
    "azurerm_kubernetes_cluster",
    "digitalocean_kubernetes_cluster",
    "rhcs_cluster_rosa_classic",
    "rhcs_cluster_rosa_hcp",
)
_OTHER_TOOLS = ("kops_", "rke_", "rancher2_", "kubeadm_", "k0s_", "k3d_", "kind_", "talos_")
_VERSION = re.compile(r"1\.\d+")


@control(
    id="D01-one-cluster",
    title="Each cluster's stack holds one EKS cluster with a written version under standard support",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_cluster", 1, 1),),
    remediation='Declare one aws_eks_cluster with a literal version such as "1.35" and upgrade_policy.support_type STANDARD.',
    checkov=("CKV_AWS_339",),
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html"),
)
def one_cluster(cluster: Cluster) -> Iterator[Finding]:
    """The version is written in the code, and AWS moves it on when standard support ends instead of charging for more."""
    eks = cluster.eks
    version = eks["version"]
    try:
        if not _VERSION.fullmatch(version.text() or ""):
            yield version.finding("is no Kubernetes version, so EKS chooses one", expected="such as 1.35")
    except Unknown as error:
        yield version.finding(str(error), expected="a literal version", unknown=True)
    yield from eks["upgrade_policy.support_type"].must_be(parameters.SUPPORT_TYPE)
    yield from eks["force_update_version"].must_be_one_of((None, False))


@control(
    id="D01-zones",
    title="The control plane reaches into two zones or more",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_eks_cluster", 1, 1),),
    layers=("synth", "plan"),
    remediation="Give vpc_config subnets that filters bind to two zones or more.",
    references=(_ADR,),
)
def control_plane_zones(cluster: Cluster) -> Iterator[Finding]:
    """The loss of a zone leaves the API server reachable."""
    subnets: Attribute = cluster.eks["vpc_config.subnet_ids"]
    bound = zones(subnets)
    if bound is None:
        yield subnets.finding("are bound to no zone", expected="two zones or more", unknown=True)
    elif len(bound) < parameters.FEWEST_ZONES:
        yield subnets.finding(f"lie in {sorted(bound)} alone", expected="two zones or more")


@control(
    id="D01-eks-alone",
    title="No cluster runs but on EKS",
    severity="high",
    scope="estate",
    reads=("cluster", "account"),
    presence=(Presence("aws_eks_cluster", 1),),
    remediation="Remove what runs or builds a cluster by other means.",
    references=(_ADR,),
)
def eks_alone(estate: Cluster) -> Iterator[Finding]:
    """Neither kOps nor any other tool, provider or service runs a cluster."""
    yield from estate.none_of(*_OTHER_CLUSTERS, why="clusters run on EKS")
    for stack in estate.stacks:
        for resource in (*stack.resources, *stack.settings):
            if resource.type.startswith(_OTHER_TOOLS) or resource.type in ("kops", "rke", "rancher2", "talos"):
                yield resource.finding(
                    "builds a cluster by other means than EKS", found=resource.type, expected="absent"
                )
    for bucket in estate.resources("aws_s3_bucket"):
        name = bucket["bucket"]
        if name.known and "kops" in (name.text() or ""):
            yield name.finding("keeps the state of kOps", expected="absent")
    for subnet in estate.resources("aws_subnet", "aws_vpc", "aws_ec2_tag"):
        keys = [key for key, _ in subnet["tags"].items()] + [subnet["key"].text() or ""]
        if any(key.startswith(("kops.k8s.io/", "k8s.io/role/", "KubernetesCluster")) for key in keys):
            yield subnet.finding("is tagged for kOps", found=keys, expected="absent")


@control(
    id="D01-known-addons",
    title="Each cluster runs the decided EKS add-ons and no other",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_addon", len(parameters.ADDONS), len(parameters.ADDONS)),),
    remediation="Declare the add-ons of ADDONS in policies/parameters once each, for this cluster; leave bootstrap_self_managed_addons false.",
    references=(_ADR,),
)
def known_addons(cluster: Cluster) -> Iterator[Finding]:
    """Each add-on is declared, once, so that none is left to whoever made it by hand."""
    eks = cluster.eks
    yield from eks["bootstrap_self_managed_addons"].must_be(False)
    seen: list[str] = []
    for addon in cluster.resources("aws_eks_addon"):
        yield from addon["addon_name"].must_be_one_of(parameters.ADDONS)
        yield from addon["cluster_name"].must_refer_to(eks, "this cluster")
        yield from addon["resolve_conflicts_on_update"].must_be("OVERWRITE")
        name = addon["addon_name"].text() or ""
        if name in seen:
            yield addon["addon_name"].finding("is declared twice", expected="once")
        seen.append(name)


@control(
    id="D01-workloads-on-this-cluster",
    title="Workloads go to the EKS cluster of their own stack",
    severity="critical",
    reads=("cluster", "workloads"),
    presence=(Presence("data.aws_eks_cluster"),),
    layers=("synth", "plan"),
    remediation="Point the kubernetes and helm providers at data.aws_eks_cluster of this cluster, with a token for the same one.",
    references=(_ADR,),
)
def workloads_on_this_cluster(cluster: Cluster) -> Iterator[Finding]:
    """Every provider that speaks to Kubernetes speaks to this cluster, and takes a token for it."""
    name = cluster.eks["name"].text()
    for looked_up in cluster.resources("data.aws_eks_cluster"):
        yield from looked_up["name"].must_be(name)
    blocks = [each["kubernetes"] for each in cluster.resources("provider.helm")]
    direct = cluster.resources("provider.kubernetes", "provider.kubectl")
    if not blocks or not direct:
        yield cluster.finding("has no provider for Kubernetes objects and releases", expected="kubernetes and helm")
    hosts = [block["host"] for block in blocks] + [each["host"] for each in direct]
    logins = [block["exec"] for block in blocks] + [each["exec"] for each in direct]
    for host in hosts:
        if not host.follow("data.aws_eks_cluster", "aws_eks_cluster"):
            yield host.finding("is not this cluster's endpoint", expected="data.aws_eks_cluster.….endpoint")
    for login in logins:
        yield from _asks_for_a_token(login, name or "")


def _asks_for_a_token(login: Attribute, name: str) -> Iterator[Finding]:
    """Yield a finding unless the AWS command line, as it is found and with what it finds, asks for a token of this cluster."""
    arguments = [part for each in login["args"].strings() for part in each.split("=", 1)]
    yield from login["command"].must_be("aws")
    yield from login["env"].must_be_absent("it may say which program runs, with whose credentials")
    if arguments[:2] != ["eks", "get-token"] or len(arguments) % 2:
        yield login["args"].finding("runs something else than a request for a token", expected="eks get-token")
    options = list(zip(arguments[2::2], arguments[3::2], strict=False))
    named = [value for option, value in options if option == "--cluster-name"]
    if named != [name]:
        yield login.finding(f"asks for a token of {named}", expected=f"--cluster-name {name}")
    known = {"--cluster-name": name, "--region": parameters.REGION, "--output": "json"}
    for option, value in options:
        if known.get(option) != value and option != "--cluster-name":
            yield login["args"].finding(f"says {option} {value}", expected=sorted(known))

"""Ways to leave EKS, or to run on it what nobody decided (D01)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation


@violation(
    kills="D01-one-cluster",
    also=(
        "B12-supported-version",
        "B14-addons-of-this-version",
        "D05-group-of-this-cluster",
        "D08-able-cni",
        "D17-namespaces-guarded",
    ),
)
def version_left_to_eks(stacks: Stacks) -> None:
    """Without a version EKS takes its newest, and no upgrade is ever reviewed."""
    del stacks.one("live", "aws_eks_cluster")["version"]
    del stacks.one("live", "aws_eks_node_group", "main")["version"]


@violation(
    kills="D01-one-cluster",
    also=(
        "B12-supported-version",
        "B14-addons-of-this-version",
        "D05-group-of-this-cluster",
        "D08-able-cni",
        "D17-namespace-levels",
        "D17-namespaces-guarded",
    ),
)
def version_by_variable(stacks: Stacks) -> None:
    """A variable holds the version, and whoever runs the apply chooses."""
    stacks["live"]["variable"] = {"kubernetes": {"type": "string"}}
    stacks.one("live", "aws_eks_cluster")["version"] = "${var.kubernetes}"


@violation(kills="D01-one-cluster")
def extended_support(stacks: Stacks) -> None:
    """Extended support, at six times the price, so that the upgrade can wait a year."""
    stacks.one("live", "aws_eks_cluster")["upgrade_policy"]["support_type"] = "EXTENDED"


@violation(kills="D01-one-cluster")
def support_left_to_the_default(stacks: Stacks) -> None:
    """The block is gone; the default of EKS is the one that costs."""
    del stacks.one("test", "aws_eks_cluster")["upgrade_policy"]


@violation(kills="D01-one-cluster")
def forced_over_insights(stacks: Stacks) -> None:
    """The upgrade is forced past the checks that found deprecated calls."""
    stacks.one("live", "aws_eks_cluster")["force_update_version"] = "${1 == 1}"


@violation(kills="D01-zones", names="aws_eks_cluster.cluster")
def one_zone(stacks: Stacks) -> None:
    """Two subnets, one zone: a check that counts subnets is content."""
    network = stacks.one("live", "aws_eks_cluster")["vpc_config"]
    network["subnet_ids"] = network["subnet_ids"][:1] * 2


@violation(kills="D01-zones", names="aws_eks_cluster.cluster")
def subnets_of_any_zone(stacks: Stacks) -> None:
    """All subnets of the VPC, whatever zones they have."""
    stacks.one("live", "aws_eks_cluster")["vpc_config"]["subnet_ids"] = "${data.aws_subnets.network_node.ids}"


@violation(kills="D01-eks-alone")
def kops_beside_it(stacks: Stacks) -> None:
    """A kOps cluster for the tenants that would not move."""
    stacks["account"]["provider"]["kops"] = [{"state_store": "s3://kops-state"}]
    stacks.add("account", "kops_cluster", "old", {"name": "old.example.org", "kubernetes_version": "1.21"})


@violation(kills="D01-eks-alone")
def another_service(stacks: Stacks) -> None:
    """One service runs on ECS, out of sight of all that is decided here."""
    stacks.add("live", "aws_ecs_cluster", "side", {"name": "side"})


@violation(kills="D01-eks-alone", also=("X12-recorded-types",))
def state_of_kops(stacks: Stacks) -> None:
    """The bucket of kOps' state comes back; a cluster in it is made by hand."""
    stacks.add("account", "aws_s3_bucket", "state", {"bucket": "cloud-platform-kops-state"})


@violation(kills="D01-known-addons", also=("B14-addons-of-this-version",))
def an_addon_of_the_marketplace(stacks: Stacks) -> None:
    """An add-on replaces a recorded one; its agent reads every pod's log."""
    stacks.one("live", "aws_eks_addon", "coredns")["addon_name"] = "datadog_operator"


@violation(kills="D01-known-addons", also=("D19-no-kiam",), names="aws_eks_addon")
def pod_identity_agent(stacks: Stacks) -> None:
    """One more add-on: the agent that hands out roles beside service accounts."""
    stacks.add(
        "live",
        "aws_eks_addon",
        "identity",
        {
            "addon_name": "eks-pod-identity-agent",
            "cluster_name": "${aws_eks_cluster.cluster.name}",
            "addon_version": "v1.3.4-eksbuild.1",
            "resolve_conflicts_on_update": "OVERWRITE",
            "depends_on": ["aws_eks_node_group.main"],
        },
    )


@violation(kills="D01-known-addons")
def changes_by_hand_kept(stacks: Stacks) -> None:
    """PRESERVE keeps whatever somebody changed in the cluster, prefixes included."""
    stacks.one("live", "aws_eks_addon", "vpc-cni")["resolve_conflicts_on_update"] = "PRESERVE"


@violation(kills="D01-known-addons")
def self_managed_addons(stacks: Stacks) -> None:
    """EKS installs its own unmanaged copies first."""
    del stacks.one("live", "aws_eks_cluster")["bootstrap_self_managed_addons"]


@violation(kills="D01-known-addons", also=("D01-workloads-on-this-cluster",), names="aws_eks_addon.kube-proxy")
def addon_of_another_cluster(stacks: Stacks) -> None:
    """The add-on belongs to the other cluster, which then has two configurations."""
    stacks.add("live", "data.aws_eks_cluster", "other", {"name": "manager"})
    stacks.one("live", "aws_eks_addon", "kube-proxy")["cluster_name"] = "${data.aws_eks_cluster.other.name}"


def _kubernetes(stacks: Stacks, name: str) -> dict[str, Any]:
    found: dict[str, Any] = stacks[name]["provider"]["kubernetes"][0]
    return found


@violation(kills="D01-workloads-on-this-cluster", names="provider.kubernetes")
def token_for_another_cluster(stacks: Stacks) -> None:
    """Endpoint of one cluster, token of another: whatever the workloads' stack says, it is not said here."""
    login = _kubernetes(stacks, "test-workloads")["exec"][0]
    login["args"] = ["live" if each == "test" else each for each in login["args"]]


@violation(kills="D01-workloads-on-this-cluster", names="provider.helm", also=("B18-tls-verified",))
def releases_elsewhere(stacks: Stacks) -> None:
    """The helm provider points at an address of its own."""
    stacks["live-workloads"]["provider"]["helm"][0]["kubernetes"]["host"] = "https://10.0.0.1:6443"


@violation(kills="D01-workloads-on-this-cluster", names="provider.kubernetes")
def token_from_a_script(stacks: Stacks) -> None:
    """A script of its own in place of the AWS command line: it runs wherever somebody plans, with his credentials."""
    _kubernetes(stacks, "test-workloads")["exec"][0]["command"] = "./token.sh"


@violation(
    kills="D01-workloads-on-this-cluster", also=("B18-tls-verified",), names="provider.helm.default.kubernetes.host"
)
def endpoint_merely_mentioned(stacks: Stacks) -> None:
    """The provider mentions this cluster's endpoint, and speaks to another host."""
    stacks["live-workloads"]["provider"]["helm"][0]["kubernetes"]["host"] = (
        '${true ? "https://another.example" : data.aws_eks_cluster.cluster.endpoint}'
    )


@violation(kills="D01-workloads-on-this-cluster", names="provider.kubernetes")
def program_found_elsewhere(stacks: Stacks) -> None:
    """The program is still called aws; the folders in which it is looked for are others."""
    _kubernetes(stacks, "test-workloads")["exec"][0]["env"] = {"PATH": "./bin"}


@violation(kills="D01-workloads-on-this-cluster", names="provider.kubernetes")
def token_by_another_role(stacks: Stacks) -> None:
    """The token is for this cluster, and another role's, whoever asks."""
    _kubernetes(stacks, "test-workloads")["exec"][0]["args"] += ["--role-arn", "arn:aws:iam::111122223333:role/other"]

"""Ways to have policies that nobody enforces, or that somebody else enforces too (D13)."""

from __future__ import annotations

import copy
from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import LIVE, held, installation, into_the_chart, manifest, set_value, values

_OBJECT = "calico_installation"
_NO_INSTALLATION = ("D14-typha-runs",)


def _second(stacks: Stacks, name: str, specification: Any) -> None:
    """Add an Installation beside the one that is there."""
    beside = copy.deepcopy(held(stacks, _OBJECT, "Installation"))
    beside |= {"metadata": {"name": name}, "spec": specification}
    manifest(stacks, "second", beside)


@violation(kills="D13-one-enforcer", also=_NO_INSTALLATION, names="helm_release.calico.values.installation.enabled")
def nothing_to_install(stacks: Stacks) -> None:
    """The operator runs and installs nothing: all policies are written and none enforced."""
    stacks.remove(LIVE, "helm_release", _OBJECT)


@violation(kills="D13-one-enforcer", also=_NO_INSTALLATION)
def installation_switched_off(stacks: Stacks) -> None:
    """The chart would make the Installation; a `set` beside its values says that it does not."""
    into_the_chart(stacks)
    set_value(stacks, "calico", "installation.enabled", "false")


@violation(kills="D13-one-enforcer", also=_NO_INSTALLATION)
def switched_off_behind_a_comma(stacks: Stacks) -> None:
    """Helm takes what follows the comma for a second setting."""
    into_the_chart(stacks)
    set_value(stacks, "calico", "installation.controlPlaneReplicas", "2,installation.enabled=false")


@violation(kills="D13-one-enforcer", also=(*_NO_INSTALLATION, "X16-recorded-values"))
def switched_off_by_nothing(stacks: Stacks) -> None:
    """Null takes the chart's own `true` away and puts nothing in its place, which its template takes for no."""
    into_the_chart(stacks)["enabled"] = None


@violation(kills="D13-one-enforcer", also=(*_NO_INSTALLATION, "X16-recorded-values"))
def switched_off_by_a_null_of_set(stacks: Stacks) -> None:
    """The values say true; a `set` beside them removes it, and the chart's default with it."""
    into_the_chart(stacks)
    set_value(stacks, "calico", "installation.enabled", "null")


@violation(kills="D13-one-enforcer", names="helm_release.calico_installation Installation/calico")
def name_that_the_operator_does_not_read(stacks: Stacks) -> None:
    """The operator reads the Installation named default, and waits for it."""
    held(stacks, _OBJECT, "Installation")["metadata"]["name"] = "calico"


@violation(kills="D13-one-enforcer", names="kubernetes_manifest.second")
def laid_over_the_installation(stacks: Stacks) -> None:
    """The operator lays an Installation named overlay over the one that everybody reviews."""
    beside = {"cni": {"type": "AmazonVPC"}, "kubernetesProvider": "EKS", "controlPlaneReplicas": 1}
    _second(stacks, "overlay", beside)


@violation(kills="D13-one-enforcer")
def made_twice(stacks: Stacks) -> None:
    """The chart makes the Installation beside the object of that name: whichever release comes second fails."""
    specification = copy.deepcopy(installation(stacks))
    values(stacks, "calico")["installation"] = {"enabled": True, **specification}


@violation(kills="D13-one-enforcer", also=("D10-no-other-cni",), names="helm_release.calico.values.installation")
def text_that_says_no(stacks: Stacks) -> None:
    """The word false, as text, is true to the chart's template: it makes a second Installation, of its defaults."""
    release = stacks.one(LIVE, "helm_release", "calico")
    release["set"] = [{"name": "installation.enabled", "value": "false", "type": "string"}]


@violation(kills="D13-one-enforcer", names="kubernetes_manifest.second")
def installation_of_another_version(stacks: Stacks) -> None:
    """The one Installation is of a version that nobody serves."""
    specification = copy.deepcopy(installation(stacks))
    _second(stacks, "default", specification)
    stacks.one(LIVE, "kubernetes_manifest", "second")["manifest"]["apiVersion"] = "operator.tigera.io/v2"
    stacks.remove(LIVE, "helm_release", _OBJECT)


@violation(kills="D13-one-enforcer", also=("D10-no-other-cni",))
def calico_networking(stacks: Stacks) -> None:
    """Calico's own CNI takes over the pods' network."""
    installation(stacks)["cni"]["type"] = "Calico"


@violation(kills="D13-one-enforcer", also=("D10-no-other-cni",))
def address_pools(stacks: Stacks) -> None:
    """An overlay beside the VPC's addresses."""
    into_the_chart(stacks)["calicoNetwork"]["ipPools"] = [{"cidr": "192.168.0.0/16"}]


@violation(kills="D13-one-enforcer")
def agent_on_some_nodes(stacks: Stacks) -> None:
    """calico-node runs where a label is: on the other nodes no policy holds."""
    selected = {"spec": {"template": {"spec": {"nodeSelector": {"calico": "true"}}}}}
    installation(stacks)["calicoNodeDaemonSet"] = selected


@violation(kills="D13-one-enforcer", names="linuxDataplane")
def another_dataplane(stacks: Stacks) -> None:
    """Calico hands packets to a dataplane that is not installed."""
    installation(stacks)["calicoNetwork"]["linuxDataplane"] = "VPP"


@violation(kills="D13-one-enforcer")
def images_from_elsewhere(stacks: Stacks) -> None:
    """What enforces the policies comes from a registry that anybody may push to."""
    installation(stacks)["registry"] = "registry.example.org/"


@violation(kills="D13-one-enforcer")
def images_from_elsewhere_by_hand(stacks: Stacks) -> None:
    """The same in the chart's values."""
    into_the_chart(stacks)["registry"] = "registry.example.org/"


@violation(kills="D13-one-enforcer")
def unpinned_operator(stacks: Stacks) -> None:
    """Without a version the next apply upgrades Calico in every cluster at once."""
    del stacks.one(LIVE, "helm_release", "calico")["version"]


@violation(kills="D13-one-enforcer")
def felix_told_otherwise(stacks: Stacks) -> None:
    """Felix is told to append its chains: whatever comes before them has accepted the traffic already."""
    manifest(
        stacks,
        "felix",
        {
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "FelixConfiguration",
            "metadata": {"name": "default"},
            "spec": {"chainInsertMode": "Append"},
        },
    )


@violation(
    kills="D13-one-enforcer",
    also=(
        "X14-recorded-releases",
        "D10-no-other-cni",
    ),
)
def cilium_beside_calico(stacks: Stacks) -> None:
    """A second engine, "for observability"."""
    stacks.add(
        LIVE,
        "helm_release",
        "hubble",
        {
            "name": "hubble",
            "namespace": "kube-system",
            "chart": "cilium",
            "repository": "https://helm.cilium.io",
            "version": "1.16.0",
        },
    )


@violation(kills="D13-one-enforcer", names="aws_eks_addon.vpc-cni")
def the_cni_enforces_too(stacks: Stacks) -> None:
    """The VPC CNI's own agent judges the same policies, and the two fight over the nodes' tables."""
    addon = stacks.one("live", "aws_eks_addon", "vpc-cni")
    addon["configuration_values"] = addon["configuration_values"].replace(
        '"enableNetworkPolicy": "false"', '"enableNetworkPolicy": "true"'
    )


@violation(kills="D13-one-enforcer")
def security_groups_for_pods(stacks: Stacks) -> None:
    """The ADR leaves security groups for pods to the future: each needs its record."""
    manifest(
        stacks,
        "pods",
        {
            "apiVersion": "vpcresources.k8s.aws/v1beta1",
            "kind": "SecurityGroupPolicy",
            "metadata": {"name": "db", "namespace": "court-probation-dev"},
            "spec": {"podSelector": {}, "securityGroups": {"groupIds": ["sg-0123456789abcdef0"]}},
        },
    )


@violation(
    kills="D13-one-enforcer",
    also=("D13-calico-first", "D14-typha-runs", "D14-typha-memory", "D10-no-other-cni"),
    names="cluster manager",
)
def no_calico_at_all(stacks: Stacks) -> None:
    """Policies of every kind, and nobody who reads them."""
    stacks.remove("manager-workloads", "helm_release", "calico")


@violation(kills="D13-calico-first")
def policy_before_its_type(stacks: Stacks) -> None:
    """On a new cluster the policy is applied before its type exists, and the apply fails half way."""
    del stacks.one(LIVE, "helm_release", "instance-metadata_policy")["depends_on"]


@violation(kills="D13-calico-first")
def version_that_nobody_serves(stacks: Stacks) -> None:
    """projectcalico.org/v3 is served by Calico's API server, which is not installed."""
    for each in values(stacks, "network-policy_admit-api-server")["objects"]:
        each["apiVersion"] = "projectcalico.org/v3"


@violation(kills="D13-calico-first")
def installation_before_its_type(stacks: Stacks) -> None:
    """The Installation is made before the operator's chart has brought its type, and taken away after the operator."""
    stacks.one(LIVE, "helm_release", _OBJECT)["depends_on"] = ["kubernetes_namespace_v1.namespaces_tigera-operator"]

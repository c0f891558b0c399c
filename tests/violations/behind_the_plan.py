"""Ways to run something, ignore something or read something that stands beside what is judged (X)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.violations.catalogue import Body, Stacks, violation

Plans = dict[str, Any]
_TEAM: Body = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "again", "namespace": "kuberos"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"},
    "subjects": [{"kind": "Group", "name": "github:webops", "apiGroup": "rbac.authorization.k8s.io"}],
}


@violation(kills="X09-foreign-code", names="data.external.watch")
def script_in_a_check(stacks: Stacks) -> None:
    """A `check` block may hold a data source: its program runs wherever somebody plans."""
    program = {"program": ["sh", "-c", "aws eks update-cluster-config --name live --logging '{}'"]}
    assertion = {"condition": "${true}", "error_message": "never"}
    stacks["live"]["check"] = {"health": {"data": {"external": {"watch": program}}, "assert": assertion}}


@violation(kills="X09-foreign-code", names="data.aws_lambda_invocation.sweep")
def function_called_by_a_plan(stacks: Stacks) -> None:
    """A data source that calls a Lambda function, at each plan and by whoever makes it."""
    stacks.add("live", "data.aws_lambda_invocation", "sweep", {"function_name": "sweep", "input": "{}"})


@violation(kills="X09-foreign-code", names="ephemeral.aws_lambda_invocation.sweep", layers=("synth",))
def function_called_by_something_ephemeral(stacks: Stacks) -> None:
    """The same as an ephemeral resource, which leaves no trace in any state."""
    stacks.add("live", "ephemeral.aws_lambda_invocation", "sweep", {"function_name": "sweep", "payload": "{}"})


@violation(kills="X09-foreign-code", names="data.local_command.id")
def data_of_an_unnamed_provider(stacks: Stacks) -> None:
    """Terraform installs the provider of a data source without being asked to; nobody has recorded this one."""
    stacks.add("live", "data.local_command", "id", {"command": "sh", "arguments": ["-c", "id"]})


@violation(kills="X09-foreign-code", on="plan", names="action.aws_lambda_invoke.sweep")
def action_among_the_changes(plans: Plans) -> None:
    """A plan that changes nothing, and invokes an action when it is applied."""
    plans["live"]["action_invocations"] = [{"address": "action.aws_lambda_invoke.sweep", "type": "aws_lambda_invoke"}]


@violation(kills="X02-ignore-changes", names="provider.kubernetes")
def labels_ignored_by_the_provider(stacks: Stacks) -> None:
    """The provider itself overlooks the labels of Pod Security, whoever changes them on whatever namespace."""
    stacks["live-workloads"]["provider"]["kubernetes"][0]["ignore_labels"] = ["pod-security.kubernetes.io/.*"]


@violation(kills="X02-ignore-changes", names="provider.aws")
def tags_ignored_by_the_provider(stacks: Stacks) -> None:
    """The tag by which terminals are opened may change on every node without anybody's noticing."""
    tag = "cloud-platform.justice.gov.uk/cluster"
    stacks["live"]["provider"]["aws"][0]["ignore_tags"] = [{"keys": [tag]}]


@violation(kills="X02-ignore-changes")
def fields_left_to_the_cluster(stacks: Stacks) -> None:
    """The manifest says that its own rules are the cluster's to change."""
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "kept", "namespace": "kuberos"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }
    body = {"manifest": policy, "computed_fields": ["metadata.labels", "spec"]}
    stacks.add("live-workloads", "kubernetes_manifest", "kept", body)


@violation(kills="X14-recorded-releases", names="helm_release.fluent-bit")
def chart_from_a_folder(stacks: Stacks) -> None:
    """Helm takes a folder of the chart's name before it asks the repository, which is named and pinned for show."""
    stacks.one("live-workloads", "helm_release", "fluent-bit")["chart"] = "vendor/fluent-bit"


@violation(kills="X14-recorded-releases", on="charts", names="helm_release.fluent-bit")
def folder_of_a_charts_name(folder: Path) -> None:
    """Nothing in the code changes: a folder of the chart's name stands beside it, and Helm takes that one."""
    chart = folder / "stacks" / "live-workloads" / "fluent-bit"
    chart.mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: fluent-bit\nversion: 0.58.1\n")


@violation(kills="D04-team-admins", names="kubectl_manifest.again")
def put_into_another_namespace(stacks: Stacks) -> None:
    """The manifest names a namespace of the platform's, and the resource around it puts the object into another."""
    stacks["live-workloads"]["terraform"]["required_providers"]["kubectl"] = {"source": "alekc/kubectl"}
    namespaces = [
        each["metadata"]["name"]
        for each in stacks.named("live-workloads", "kubernetes_namespace_v1").values()
        if "cloud-platform.justice.gov.uk/team-name" in each["metadata"].get("annotations", {})
    ]
    binding = stacks.named("live-workloads", "kubernetes_role_binding_v1")
    first = next(each for each in binding.values() if each["metadata"]["namespace"] == namespaces[0])
    team = first["subject"][0] if isinstance(first["subject"], list) else first["subject"]
    body = {**_TEAM, "metadata": {"name": "again", "namespace": namespaces[0]}}
    body["subjects"] = [{"kind": "Group", "name": team["name"], "apiGroup": "rbac.authorization.k8s.io"}]
    stacks.add(
        "live-workloads",
        "kubectl_manifest",
        "again",
        {"yaml_body": json.dumps(body), "override_namespace": "kube-system"},
    )


@violation(kills="X08-one-provider", names="data.aws_eks_cluster.cluster")
def cluster_of_another_region(stacks: Stacks) -> None:
    """The cluster is looked up by its name, in another region: whatever the workloads' stack says goes to that one."""
    stacks.one("live-workloads", "data.aws_eks_cluster", "cluster")["region"] = "us-east-1"


@violation(kills="X14-recorded-releases", names="helm_release.fluent-bit")
def values_of_before_under_a_secret(stacks: Stacks) -> None:
    """Values of before may be kept where a secret is written only: so a secret is written that nobody reads."""
    release = stacks.one("live-workloads", "helm_release", "fluent-bit")
    secret = {"name": "podAnnotations.note", "value": "none", "type": "string"}
    release |= {"reuse_values": True, "set_wo": [secret], "set_wo_revision": 1}

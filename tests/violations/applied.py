"""Ways to declare what is decided and have something else stand in the cluster (X17, X16)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Body, Stacks, violation
from tests.violations.workloads import LIVE, held, manifest, values


@violation(kills="X17-applied-once", names="helm_release.instance-metadata_policy")
def policy_as_a_hook(stacks: Stacks) -> None:
    """The policy is a hook of Helm's, for tests: it is rendered, judged and never applied."""
    policy = held(stacks, "instance-metadata_policy", "GlobalNetworkPolicy")
    policy["metadata"]["annotations"] = {"helm.sh/hook": "test"}


@violation(kills="X17-applied-once", names="helm_release.pod-security_binding")
def binding_as_a_hook(stacks: Stacks) -> None:
    """The binding that puts the guard in force is applied when its release is taken away."""
    binding = held(stacks, "pod-security_binding", "ValidatingAdmissionPolicyBinding")
    binding["metadata"]["annotations"] = {"helm.sh/hook": "pre-delete"}


def _again(thing: Any, spec: Body) -> Body:
    return {
        "apiVersion": thing["apiVersion"],
        "kind": thing["kind"],
        "metadata": {"name": thing["metadata"]["name"]},
        "spec": spec,
    }


@violation(kills="X17-applied-once", names="kubernetes_manifest.again")
def guard_written_over(stacks: Stacks) -> None:
    """A second policy of the guard's name, applied after it and by force, asks for nothing; the first stands in the code."""
    guard = held(stacks, "privileged-pods_guard", "ValidatingAdmissionPolicy")
    spec = {**guard["spec"], "validations": [{"expression": "true", "message": "never"}]}
    manifest(stacks, "again", _again(guard, spec), after="helm_release.privileged-pods_guard")
    stacks.one(LIVE, "kubernetes_manifest", "again")["field_manager"] = {"force_conflicts": True}


@violation(kills="X17-applied-once", names="kubernetes_manifest.again")
def policy_written_over_by_another_api(stacks: Stacks) -> None:
    """The same policy by Calico's other API, without the denial."""
    policy = held(stacks, "instance-metadata_policy", "GlobalNetworkPolicy")
    spec = {"tier": "platform", "order": 200, "types": ["Egress"], "egress": [{"action": "Pass"}]}
    manifest(stacks, "again", _again(policy, spec), after="helm_release.instance-metadata_policy")


@violation(kills="X17-applied-once", also=("X12-recorded-types",), names="kubernetes_manifest.again")
def class_in_two_namespaces(stacks: Stacks) -> None:
    """Namespaces are written beside a kind that has none, so that two of one name look like two."""
    for name, namespace in (("first", "kube-system"), ("again", "default")):
        metadata = {"name": "guard", "namespace": namespace}
        body = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": metadata, "handler": name}
        manifest(stacks, name, body)


@violation(kills="X17-applied-once", also=("X12-recorded-types",), names="kubernetes_manifest.again")
def left_out_where_it_is_the_default(stacks: Stacks) -> None:
    """One spells the namespace that is meant where none is named, the other leaves it out."""
    for name, where in (("first", {"namespace": "default"}), ("again", {})):
        metadata = {"name": "settings", **where}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"of": name}}
        manifest(stacks, name, body)


@violation(kills="X17-applied-once", names="helm_release.again")
def release_upgraded_away(stacks: Stacks) -> None:
    """A second release of the guard's name: Helm upgrades the first one to it, and takes the guard away."""
    release = {**stacks.one(LIVE, "helm_release", "privileged-pods_guard")}
    release |= {"values": ['{"objects": []}'], "depends_on": ["helm_release.privileged-pods_guard"]}
    stacks.add(LIVE, "helm_release", "again", release)


@violation(kills="X16-recorded-values", names="helm_release.kuberos", layers=("synth",))
def ingress_as_a_hook(stacks: Stacks) -> None:
    """An annotation makes Kuberos' ingress a hook: nobody reaches the page."""
    values(stacks, "kuberos")["ingress"]["annotations"]["helm.sh/hook"] = "test"


@violation(kills="X16-recorded-values", names="helm_release.fluent-bit")
def account_as_a_hook(stacks: Stacks) -> None:
    """The service account is a hook, and fluent-bit's pods wait for it."""
    values(stacks, "fluent-bit")["serviceAccount"]["annotations"]["helm.sh/hook"] = "test"


@violation(kills="D22-no-other-door", names="helm_release.monitoring")
def list_that_ends_early(stacks: Stacks) -> None:
    """An element of a list closes it: what follows the comma is another value."""
    stacks.one(LIVE, "helm_release", "monitoring")["set_list"] = [
        {"name": "kube-state-metrics.collectorsExclude", "value": ["secrets},grafana.ingress.extraPaths={x"]}
    ]


@violation(kills="X16-recorded-values", names="helm_release.monitoring", layers=("synth",))
def alertmanager_is_null(stacks: Stacks) -> None:
    """Null in place of true: Helm takes the chart's default away, and nothing is as good as false."""
    values(stacks, "monitoring")["alertmanager"]["enabled"] = None


@violation(kills="X16-recorded-values", names="helm_release.fluent-bit")
def kind_is_null(stacks: Stacks) -> None:
    """The chart makes a DaemonSet or a Deployment, whichever it is told: of null it makes neither."""
    values(stacks, "fluent-bit")["kind"] = None


@violation(kills="X16-recorded-values", names="helm_release.calico")
def installation_by_a_null(stacks: Stacks) -> None:
    """A `set` of null takes away that Calico is to be installed."""
    release = stacks.one(LIVE, "helm_release", "calico")
    del stacks.local(LIVE, "calico_values")["installation"]["enabled"]
    release["set"] = [{"name": "installation.enabled", "value": "null"}]

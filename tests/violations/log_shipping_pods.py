"""Ways to keep fluent-bit's pods from running, or from what they read and keep (D21)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import LIVE, values


def _values(stacks: Stacks) -> Any:
    return values(stacks, "fluent-bit")


def _replace(stacks: Stacks, part: str, old: str, new: str) -> None:
    config = _values(stacks)["config"]
    assert old in config[part]
    config[part] = config[part].replace(old, new)


@violation(kills="D21-on-every-node")
def asks_for_more_than_a_node_has(stacks: Stacks) -> None:
    """It tolerates everything and asks for a hundred processors: no node takes it."""
    _values(stacks)["resources"]["requests"]["cpu"] = "100"


@violation(kills="D21-on-every-node")
def half_a_byte(stacks: Stacks) -> None:
    """A small letter: 512m is half a byte, and looks like half a gigabyte."""
    _values(stacks)["resources"]["limits"]["memory"] = "512m"


@violation(kills="D21-on-every-node")
def class_of_nobody(stacks: Stacks) -> None:
    """A priority class that is not there: each pod is refused, on every node."""
    _values(stacks)["priorityClassName"] = "logging-critical"


@violation(kills="D21-on-every-node")
def only_beside_another_pod(stacks: Stacks) -> None:
    """It runs beside pods of a label that none has."""
    term = {"labelSelector": {"matchLabels": {"app": "none"}}, "topologyKey": "kubernetes.io/hostname"}
    _values(stacks)["affinity"] = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


@violation(kills="D21-on-every-node")
def account_that_nobody_makes(stacks: Stacks) -> None:
    """The chart is told that its service account is there already."""
    _values(stacks)["serviceAccount"]["create"] = False


@violation(kills="D21-on-every-node", also=("D21-buffered",))
def path_that_the_guard_refuses(stacks: Stacks) -> None:
    """One more host path, which the guard over pods does not grant: each pod is refused."""
    volumes = _values(stacks)["daemonSetVolumes"]
    volumes.append({"name": "containers", "hostPath": {"path": "/run/containerd"}})


@violation(kills="D21-on-every-node")
def account_that_the_guard_does_not_know(stacks: Stacks) -> None:
    """Another account's name, which its role trusts as well: its pods may not mount what they read."""
    _values(stacks)["serviceAccount"]["name"] = "log-shipper"
    trust = stacks.one("live", "data.aws_iam_policy_document", "fluent-bit_trust")
    for condition in trust["statement"][0]["condition"]:
        if condition["variable"].endswith(":sub"):
            condition["values"] = ["system:serviceaccount:logging:log-shipper"]


@violation(kills="D21-on-every-node")
def logs_hidden_by_an_empty_folder(stacks: Stacks) -> None:
    """An empty volume lies over the folder of logs, inside the one that is mounted from the node."""
    values_ = _values(stacks)
    values_["extraVolumes"] = [{"name": "empty", "emptyDir": {}}]
    values_["extraVolumeMounts"] = [{"name": "empty", "mountPath": "/var/log/containers"}]


@violation(kills="D21-on-every-node")
def token_hidden(stacks: Stacks) -> None:
    """An empty volume over the token that it signs with: every request is refused."""
    values_ = _values(stacks)
    values_["extraVolumes"] = [{"name": "empty", "emptyDir": {}}]
    values_["extraVolumeMounts"] = [{"name": "empty", "mountPath": "/var/run/secrets/eks.amazonaws.com"}]


@violation(kills="D21-buffered")
def state_not_written(stacks: Stacks) -> None:
    """The folder of its state may be read only: neither position nor buffer is kept."""
    for mount in _values(stacks)["daemonSetVolumeMounts"]:
        mount["readOnly"] = True


@violation(kills="D21-to-the-domain", also=("D21-all-containers", "D21-buffered"))
def line_by_a_template(stacks: Stacks) -> None:
    """The chart evaluates its values as templates: an alias turns into a second line, with another host."""
    _replace(stacks, "outputs", "Alias opensearch", 'Alias {{ printf "x\\n    Host logs.example.com" }}')


@violation(kills="D21-all-containers")
def token_sent_elsewhere(stacks: Stacks) -> None:
    """Another address in place of the Kubernetes API gets the service account's token, and names no pods."""
    _replace(stacks, "filters", "    Merge_Log On\n", "    Merge_Log On\n    Kube_URL https://kubernetes.example.com\n")


@violation(kills="B20-room-for-the-platform", names="kubernetes_resource_quota_v1.none")
def quota_of_no_pods(stacks: Stacks) -> None:
    """A quota in the namespace of the log shippers: those that run stay, and no new node gets one."""
    body = {"metadata": {"name": "none", "namespace": "logging"}, "spec": {"hard": {"pods": "0"}}}
    stacks.add(LIVE, "kubernetes_resource_quota_v1", "none", body)


@violation(kills="B20-room-for-the-platform", names="kubernetes_manifest.small")
def limits_for_the_agents(stacks: Stacks) -> None:
    """A limit range in kube-system: a pod that says nothing of memory gets a megabyte, the CNI too."""
    spec = {"limits": [{"type": "Container", "default": {"memory": "1Mi"}}]}
    metadata = {"name": "small", "namespace": "kube-system"}
    body = {"apiVersion": "v1", "kind": "LimitRange", "metadata": metadata, "spec": spec}
    stacks.add(LIVE, "kubernetes_manifest", "small", {"manifest": body})


@violation(kills="D21-on-every-node")
def volume_of_nobody(stacks: Stacks) -> None:
    """A volume of a ConfigMap that nobody makes: each pod waits for it."""
    _values(stacks)["extraVolumes"] = [{"name": "more", "configMap": {"name": "log-shipping"}}]


@violation(kills="D21-to-the-domain", names="aws_route53_zone.inside")
def name_answered_inside(stacks: Stacks) -> None:
    """A private zone answers for the domain's name in the VPC, with another address."""
    body = {"name": "eu-west-2.es.amazonaws.com", "vpc": [{"vpc_id": "${data.aws_vpc.network.id}"}]}
    stacks.add("live", "aws_route53_zone", "inside", body)


@violation(kills="D21-own-role")
def container_without_the_role(stacks: Stacks) -> None:
    """An annotation tells the webhook of EKS to leave the container out: it has no role to sign with."""
    _values(stacks)["podAnnotations"] = {"eks.amazonaws.com/skip-containers": "fluent-bit"}


@violation(kills="D21-own-role")
def token_for_another_audience(stacks: Stacks) -> None:
    """The token is made for another audience than the one that the role's trust asks for."""
    _values(stacks)["serviceAccount"]["annotations"]["eks.amazonaws.com/audience"] = "vault"


@violation(kills="D21-own-role", names="aws_iam_role.fluent-bit")
def writes_where_nobody_asks(stacks: Stacks) -> None:
    """Writing is allowed to an index that fluent-bit does not write to."""
    document = stacks.one("live", "data.aws_iam_policy_document", "fluent-bit_permissions_document")
    document["statement"][0]["resources"] = ["arn:aws:es:eu-west-2:111122223333:domain/cloud-platform-live/none/*"]

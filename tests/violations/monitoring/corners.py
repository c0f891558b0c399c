"""Ways to have Prometheus blind, its alerts late or its doors open, with all that is decided still written (D22)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.monitoring.values import monitoring, prometheus
from tests.violations.workloads import LIVE


def _config(stacks: Stacks) -> Any:
    return monitoring(stacks)["alertmanager"]["config"]


def _groups(stacks: Stacks) -> Any:
    return monitoring(stacks)["additionalPrometheusRulesMap"]["capacity"]["groups"]


def _silent(stacks: Stacks, matcher: str) -> None:
    _config(stacks)["route"]["routes"].append({"receiver": "null", "matchers": [matcher]})


@violation(kills="D22-alert-is-heard")
def told_in_a_year(stacks: Stacks) -> None:
    """Alertmanager waits for more of the same before it tells anybody: a year."""
    _config(stacks)["route"]["group_wait"] = "1y"


@violation(kills="D22-alert-is-heard")
def second_alert_in_a_year(stacks: Stacks) -> None:
    """All alerts are one group, and what joins a group is told when its interval is over."""
    _config(stacks)["route"] |= {"group_by": [], "group_interval": "8760h"}


@violation(kills="D22-alert-is-heard")
def late_on_one_route(stacks: Stacks) -> None:
    """The wait stands on the one route that warnings take."""
    route = {"receiver": "platform", "matchers": ['severity = "warning"'], "group_wait": "90d"}
    _config(stacks)["route"]["routes"].append(route)


@violation(kills="D22-alert-is-heard")
def silent_for_the_cluster(stacks: Stacks) -> None:
    """A route for a label that no rule sets: Prometheus adds it to every alert of the cluster."""
    _silent(stacks, 'cluster = "live"')


@violation(kills="D22-alert-is-heard")
def silent_without_a_namespace(stacks: Stacks) -> None:
    """A route for alerts of no namespace, as those of whole nodes are."""
    _silent(stacks, 'namespace = ""')


@violation(kills="D22-alert-is-heard")
def silent_by_an_escape(stacks: Stacks) -> None:
    """A letter is written by its number, which Alertmanager reads and a comparison of texts does not."""
    _silent(stacks, 'severity = "\\u0077arning"')


@violation(kills="D22-alert-is-heard")
def inhibited_by_the_cluster(stacks: Stacks) -> None:
    """Watchdog, which fires always, silences whatever is of this cluster."""
    rule = {"source_matchers": ['alertname = "Watchdog"'], "target_matchers": ['cluster = "live"'], "equal": []}
    _config(stacks)["inhibit_rules"] = [rule]


@violation(kills="D22-alert-is-heard")
def told_to_itself(stacks: Stacks) -> None:
    """The receiver has a destination: the pod's own address, where nobody listens."""
    receiver = {"name": "platform", "webhook_configs": [{"url": "http://127.0.0.1:9/"}]}
    _config(stacks)["receivers"][1] = receiver


@violation(kills="D22-alert-is-heard", names="api_url_file")
def secret_in_another_namespace(stacks: Stacks) -> None:
    """The Secret of that name lies in another namespace, and Alertmanager waits for its own."""
    secret = stacks.one(LIVE, "kubernetes_secret_v1", "monitoring_receiver_secret")
    secret["metadata"]["namespace"] = "logging"


@violation(kills="D22-alert-is-heard")
def key_that_the_secret_lacks(stacks: Stacks) -> None:
    """The Secret is mounted, and the file is one that it does not hold."""
    slack = _config(stacks)["receivers"][1]["slack_configs"][0]
    slack["api_url_file"] = "/etc/alertmanager/secrets/alert-receiver/address"


@violation(kills="D22-low-capacity")
def room_that_is_recorded(stacks: Stacks) -> None:
    """A rule records the very series that says what nodes offer, of a node that is not there and has room for all."""
    record = {"record": "kube_node_status_allocatable", "expr": "vector(1e12)"}
    labels = [{"resource": each, "node": "ghost"} for each in ("pods", "cpu", "memory")]
    _groups(stacks).append({"name": "room", "rules": [{**record, "labels": each} for each in labels]})


@violation(kills="D22-low-capacity")
def label_by_a_template(stacks: Stacks) -> None:
    """A label whose value is put together when the alert fires, for a route that knows what comes out."""
    _groups(stacks)[0]["rules"][0]["labels"]["heard"] = '{{ printf "%s" "no" }}'


@violation(kills="D22-stack")
def operator_looks_elsewhere(stacks: Stacks) -> None:
    """The operator looks after Prometheus in another namespace, where there is none."""
    monitoring(stacks)["prometheusOperator"]["prometheusInstanceNamespaces"] = ["observability"]


@violation(kills="D22-stack")
def alertmanager_on_no_node(stacks: Stacks) -> None:
    """Alertmanager waits for a node of a value that no node has."""
    spec = monitoring(stacks)["alertmanager"]["alertmanagerSpec"]["affinity"]["nodeAffinity"]
    terms = spec["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    terms[0]["matchExpressions"][0]["values"] = ["yes"]


@violation(kills="D22-stack")
def series_on_no_node(stacks: Stacks) -> None:
    """kube-state-metrics asks for its group's nodes and no longer tolerates their taint."""
    monitoring(stacks)["kube-state-metrics"]["tolerations"] = []


@violation(kills="D22-stack")
def prometheus_in_sixty_four_megabytes(stacks: Stacks) -> None:
    """Prometheus is killed before it has read its own log of writes."""
    prometheus(stacks)["resources"]["limits"] = {"memory": "64Mi"}


@violation(kills="D22-stack")
def more_than_its_node_has(stacks: Stacks) -> None:
    """Prometheus asks for more memory than its group's nodes have."""
    prometheus(stacks)["resources"]["requests"]["memory"] = "128Gi"


@violation(kills="D22-stack")
def data_cut_to_a_megabyte(stacks: Stacks) -> None:
    """The time for which data is kept is as decided; its size is cut to nothing."""
    prometheus(stacks)["retentionSize"] = "1MB"


def _claim(stacks: Stacks) -> Any:
    return prometheus(stacks)["storageSpec"]["volumeClaimTemplate"]["spec"]


@violation(kills="D22-volume")
def claim_that_ebs_refuses(stacks: Stacks) -> None:
    """A volume for many nodes at once, which EBS does not give: the claim waits for ever."""
    _claim(stacks)["accessModes"] = ["ReadWriteMany"]


@violation(kills="D22-volume")
def claim_by_a_selector(stacks: Stacks) -> None:
    """A claim that selects a volume gets none made."""
    _claim(stacks)["selector"] = {"matchLabels": {"for": "prometheus"}}


@violation(kills="D22-volume", also=("D22-stack",))
def volume_of_a_megabyte(stacks: Stacks) -> None:
    """There is a volume, encrypted, in the right zone, and full within the minute."""
    _claim(stacks)["resources"]["requests"]["storage"] = "1Mi"


@violation(kills="D22-volume")
def volume_to_be_read_only(stacks: Stacks) -> None:
    """The class mounts its volumes for reading alone."""
    stacks.one(LIVE, "kubernetes_storage_class_v1", "monitoring_storage")["mount_options"] = ["ro"]


@violation(kills="D22-volume", names="aws_eks_addon.aws-ebs-csi-driver")
def driver_without_a_role(stacks: Stacks) -> None:
    """The storage driver and its role go separate ways: it makes no volume, and nothing says so until one is needed."""
    addon = stacks.one("live", "aws_eks_addon", "aws-ebs-csi-driver")
    del addon["service_account_role_arn"]
    addon["depends_on"] = ["aws_eks_node_group.main"]
    stacks.remove("live", "aws_iam_role", "ebs-csi-controller-sa")
    stacks.remove("live", "aws_iam_role_policy_attachment", "ebs-csi-controller-sa_AmazonEBSCSIDriverPolicy")


@violation(kills="D22-volume", names="aws_eks_addon.aws-ebs-csi-driver")
def driver_with_more_than_volumes(stacks: Stacks) -> None:
    """The driver's role, held by a pod of kube-system, reads every image's scan, too."""
    role = "${aws_iam_role.ebs-csi-controller-sa.name}"
    arn = "arn:aws:iam::aws:policy/AmazonInspector2ReadOnlyAccess"
    stacks.add("live", "aws_iam_role_policy_attachment", "more", {"role": role, "policy_arn": arn})
    addon = stacks.one("live", "aws_eks_addon", "aws-ebs-csi-driver")
    addon["depends_on"].append("aws_iam_role_policy_attachment.more")


@violation(kills="D22-node-exporter")
def exporter_of_another_account(stacks: Stacks) -> None:
    """A service account of another name, to which the guard over pods grants nothing: each pod is refused."""
    monitoring(stacks)["prometheus-node-exporter"]["serviceAccount"]["name"] = "node-exporter"


@violation(kills="D22-node-exporter")
def exporter_of_no_class(stacks: Stacks) -> None:
    """A priority class that is not there."""
    monitoring(stacks)["prometheus-node-exporter"]["priorityClassName"] = "monitoring-critical"


@violation(kills="D22-node-exporter")
def exporter_too_large_for_a_node(stacks: Stacks) -> None:
    """It asks for sixteen processors of a node of four."""
    monitoring(stacks)["prometheus-node-exporter"]["resources"]["requests"]["cpu"] = "16"


@violation(kills="D22-volume")
def alertmanager_without_a_class(stacks: Stacks) -> None:
    """Alertmanager waits for a volume of a class that is not there."""
    storage = monitoring(stacks)["alertmanager"]["alertmanagerSpec"]["storage"]
    storage["volumeClaimTemplate"]["spec"]["storageClassName"] = "gp3"


@violation(kills="D22-alert-is-heard")
def one_secret_more(stacks: Stacks) -> None:
    """Alertmanager waits for a Secret that nobody makes, beside the one that is there."""
    monitoring(stacks)["alertmanager"]["alertmanagerSpec"]["secrets"].append("alert-receiver-2")


def _series(stacks: Stacks) -> Any:
    return monitoring(stacks)["kube-state-metrics"].setdefault("prometheus", {}).setdefault("monitor", {})


@violation(kills="D22-low-capacity")
def asked_once_an_hour(stacks: Stacks) -> None:
    """The series are read once an hour, and are stale five minutes later: the alert sees none."""
    _series(stacks)["interval"] = "1h"


@violation(kills="D22-low-capacity")
def one_sample_alone(stacks: Stacks) -> None:
    """Prometheus takes an answer of one sample, and refuses longer ones whole."""
    _series(stacks)["sampleLimit"] = 1

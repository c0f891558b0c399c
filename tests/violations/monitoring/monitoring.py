"""Ways to monitor from the wrong place, or with nothing that lasts (D22)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.monitoring.values import monitoring, prometheus
from tests.violations.workloads import LIVE, set_value


def _storage_class(stacks: Stacks) -> Any:
    return stacks.one(LIVE, "kubernetes_storage_class_v1", "monitoring_storage")


@violation(kills="D22-on-its-own-nodes")
def preferred_instead_of_required(stacks: Stacks) -> None:
    """A preference: as soon as its group is full, Prometheus moves to the main group, without its volume's zone."""
    affinity = prometheus(stacks)["affinity"]["nodeAffinity"]
    term = affinity.pop("requiredDuringSchedulingIgnoredDuringExecution")["nodeSelectorTerms"][0]
    affinity["preferredDuringSchedulingIgnoredDuringExecution"] = [{"weight": 100, "preference": term}]


@violation(kills="D22-on-its-own-nodes")
def a_term_beside_it(stacks: Stacks) -> None:
    """Terms are alternatives: a second one admits every Linux node."""
    required = prometheus(stacks)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    required["nodeSelectorTerms"].append(
        {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]}
    )


@violation(kills="D22-on-its-own-nodes")
def taint_not_tolerated(stacks: Stacks) -> None:
    """It must run on the group and may not."""
    prometheus(stacks)["tolerations"] = []


@violation(kills="D22-on-its-own-nodes")
def label_of_another_value(stacks: Stacks) -> None:
    """The label is there, with another value; no node has it."""
    required = prometheus(stacks)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    required["nodeSelectorTerms"][0]["matchExpressions"][0]["values"] = ["yes"]


@violation(kills="D22-on-its-own-nodes", also=("X16-recorded-values",))
def affinity_emptied_by_set(stacks: Stacks) -> None:
    """The values require the group, a `set` takes the requirement away."""
    set_value(stacks, "monitoring", "prometheus.prometheusSpec.affinity.nodeAffinity", "null")


@violation(kills="D22-stack")
def prometheus_switched_off_by_set(stacks: Stacks) -> None:
    """The whole specification stands, and nothing runs."""
    set_value(stacks, "monitoring", "prometheus.enabled", "false")


@violation(kills="D22-stack")
def alertmanager_switched_off(stacks: Stacks) -> None:
    """Alerts fire and nobody delivers them."""
    monitoring(stacks)["alertmanager"]["enabled"] = False


@violation(kills="D22-stack")
def exporter_switched_off(stacks: Stacks) -> None:
    """The chart's switch for the node exporter is not where its values are."""
    monitoring(stacks)["nodeExporter"] = {"enabled": False}


@violation(kills="D22-stack")
def states_switched_off(stacks: Stacks) -> None:
    """Without kube-state-metrics the alert has no series."""
    set_value(stacks, "monitoring", "kubeStateMetrics.enabled", "false")


@violation(kills="D22-stack")
def no_replica(stacks: Stacks) -> None:
    """Scaled to nothing."""
    prometheus(stacks)["replicas"] = 0


@violation(kills="D22-stack")
def paused(stacks: Stacks) -> None:
    """The operator leaves Prometheus as it is, whatever is written here."""
    prometheus(stacks)["paused"] = True


@violation(kills="D22-stack")
def agent_only(stacks: Stacks) -> None:
    """An agent scrapes and forwards; it evaluates no rule."""
    monitoring(stacks)["prometheus"]["agentMode"] = True


@violation(kills="D22-stack")
def unpinned(stacks: Stacks) -> None:
    """The chart's newest version, whatever its values mean."""
    stacks.one(LIVE, "helm_release", "monitoring").pop("version")


@violation(kills="D22-volume", names="helm_release.monitoring")
def in_an_empty_dir(stacks: Stacks) -> None:
    """The metrics go with the pod."""
    prometheus(stacks)["storageSpec"] = {"emptyDir": {"medium": "Memory"}}


@violation(kills="D22-volume")
def nothing_claimed(stacks: Stacks) -> None:
    """Not to ask for a volume is to ask for an emptyDir."""
    del prometheus(stacks)["storageSpec"]


@violation(kills="D22-volume")
def class_of_kubernetes(stacks: Stacks) -> None:
    """gp2, unencrypted, in any zone."""
    prometheus(stacks)["storageSpec"]["volumeClaimTemplate"]["spec"]["storageClassName"] = "gp2"


@violation(kills="D22-volume")
def made_at_once(stacks: Stacks) -> None:
    """`Immediate` makes the volume in any zone, before anybody knows where the pod runs."""
    _storage_class(stacks)["volume_binding_mode"] = "Immediate"


@violation(kills="D22-volume")
def unencrypted(stacks: Stacks) -> None:
    """The parameter is gone, and with it the encryption."""
    del _storage_class(stacks)["parameters"]["encrypted"]


@violation(kills="D22-volume")
def another_zone(stacks: Stacks) -> None:
    """The volume may be made in a zone in which the group has no node."""
    _storage_class(stacks)["allowed_topologies"]["match_label_expressions"][0]["values"] = ["eu-west-2a"]


@violation(kills="D22-volume")
def any_zone(stacks: Stacks) -> None:
    """No zone is said."""
    del _storage_class(stacks)["allowed_topologies"]


@violation(kills="D22-volume")
def network_file_system(stacks: Stacks) -> None:
    """EFS is reached from every zone, and Prometheus does not support it."""
    _storage_class(stacks)["storage_provisioner"] = "efs.csi.aws.com"


@violation(kills="D22-node-exporter")
def exporter_off_the_prometheus_group(stacks: Stacks) -> None:
    """Two nodes nobody sees."""
    monitoring(stacks)["prometheus-node-exporter"]["tolerations"] = []


@violation(kills="D22-node-exporter")
def exporter_tolerates_one_effect(stacks: Stacks) -> None:
    """NoSchedule alone: a taint NoExecute drives it away."""
    monitoring(stacks)["prometheus-node-exporter"]["tolerations"] = [{"operator": "Exists", "effect": "NoSchedule"}]


@violation(kills="D22-node-exporter")
def exporter_on_some_nodes(stacks: Stacks) -> None:
    """A selector by `set`."""
    set_value(stacks, "monitoring", "prometheus-node-exporter.nodeSelector.role", "web")


@violation(kills="D22-node-exporter")
def exporter_not_scraped(stacks: Stacks) -> None:
    """It runs everywhere, and Prometheus does not ask it."""
    set_value(stacks, "monitoring", "prometheus-node-exporter.prometheus.monitor.enabled", "false")


@violation(kills="D22-stack", names="retention")
def forgotten_within_a_minute(stacks: Stacks) -> None:
    """Prometheus runs whole, and keeps what it sees for a minute."""
    values = stacks.local("live-workloads", "monitoring_values")
    values["prometheus"]["prometheusSpec"]["retention"] = "1m"

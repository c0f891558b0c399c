"""Ways to lose Typha (D14)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import installation, into_the_chart, manifest, set_value


def _pod(stacks: Stacks) -> Any:
    return installation(stacks)["typhaDeployment"]["spec"]["template"]["spec"]


@violation(kills="D14-typha-runs")
def node_that_is_not_there(stacks: Stacks) -> None:
    """Typha waits for a node of a label that no node has, and calico-node for Typha."""
    _pod(stacks)["nodeSelector"] = {"typha": "true"}


@violation(kills="D14-typha-runs")
def only_on_the_prometheus_group(stacks: Stacks) -> None:
    """One word changed: Typha is admitted by the Prometheus group alone, whose taint keeps it away."""
    affinity = _pod(stacks)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    affinity["nodeSelectorTerms"][0]["matchExpressions"][0]["operator"] = "Exists"


@violation(kills="D14-typha-runs")
def affinity_of_no_node(stacks: Stacks) -> None:
    """A term without expressions matches no node."""
    affinity = _pod(stacks)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    affinity["nodeSelectorTerms"] = [{"matchExpressions": []}]


@violation(kills="D14-typha-runs", also=("X12-recorded-types",))
def another_typha(stacks: Stacks) -> None:
    """A Deployment of the name that the operator uses, with no replica."""
    manifest(
        stacks,
        "typha",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "calico-typha", "namespace": "calico-system"},
            "spec": {"replicas": 0},
        },
    )


@violation(kills="D14-typha-runs", also=("X12-recorded-types",))
def felix_goes_around_it(stacks: Stacks) -> None:
    """The ConfigMap of the manifests of before says that there is no Typha."""
    manifest(
        stacks,
        "config",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "calico-config", "namespace": "kube-system"},
            "data": {"typha_service_name": "none"},
        },
    )


@violation(kills="D14-typha-memory")
def too_little_memory_by_set(stacks: Stacks) -> None:
    """A `set` lowers the limit, and Typha is killed over and over once the cluster is full."""
    into_the_chart(stacks)
    set_value(
        stacks,
        "calico",
        "installation.typhaDeployment.spec.template.spec.containers[0].resources.limits.memory",
        "64Mi",
    )


@violation(kills="D14-typha-memory")
def unit_left_out(stacks: Stacks) -> None:
    """512 bytes."""
    _pod(stacks)["containers"][0]["resources"]["limits"]["memory"] = "512"


@violation(kills="D14-typha-memory")
def limit_of_nobody(stacks: Stacks) -> None:
    """The container's name is misspelt: what is written applies to nobody."""
    _pod(stacks)["containers"][0]["name"] = "typha"


@violation(kills="D14-typha-runs", names="whenUnsatisfiable")
def spread_over_what_no_node_has(stacks: Stacks) -> None:
    """Typha must be spread over a label that no node carries, and so runs nowhere."""
    _pod(stacks)["topologySpreadConstraints"][0] |= {"topologyKey": "never", "whenUnsatisfiable": "DoNotSchedule"}


@violation(kills="D14-typha-memory", names="resources.requests.memory")
def more_than_any_node_has(stacks: Stacks) -> None:
    """Typha asks for so much memory that no node takes it, in the values of the chart."""
    pod = into_the_chart(stacks)["typhaDeployment"]["spec"]["template"]["spec"]
    pod["containers"][0]["resources"]["requests"]["memory"] = "9000Gi"


@violation(kills="D14-typha-memory")
def more_processors_than_a_node_has(stacks: Stacks) -> None:
    """The memory is as decided, and no node has so many processors."""
    _pod(stacks)["containers"][0]["resources"]["requests"]["cpu"] = "64"


@violation(kills="D14-typha-runs")
def beside_a_pod_of_nobody(stacks: Stacks) -> None:
    """Typha runs beside pods of a label that none has, and calico-node waits for Typha."""
    term = {"labelSelector": {"matchLabels": {"app": "none"}}, "topologyKey": "kubernetes.io/hostname"}
    _pod(stacks)["affinity"]["podAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}


@violation(kills="D14-typha-memory")
def half_a_byte(stacks: Stacks) -> None:
    """A small letter: 512m is half a byte."""
    _pod(stacks)["containers"][0]["resources"]["limits"]["memory"] = "512m"

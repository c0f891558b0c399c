"""D14: Typha stands between Calico's agents and the Kubernetes API."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.quantities import amount, mebibytes
from policies.engine.scheduling import Node, fits
from policies.installation import OPERATOR, installations

_ADR = "Network policy enforcement"
_CONTAINER = "calico-typha"
_RESOURCES = frozenset({("limits", "memory"), ("requests", "cpu"), ("requests", "memory")})


@control(
    id="D14-typha-runs",
    title="Typha finds a node to run on in each cluster",
    severity="high",
    reads=("workloads",),
    presence=(Presence(f"release:{OPERATOR}", 1, 1),),
    remediation="Leave Typha to the operator; where it is placed, let the placement admit the main group's nodes.",
    references=(_ADR, "https://docs.tigera.io/calico/latest/reference/typha/overview"),
)
def typha_runs(cluster: Cluster) -> Iterator[Finding]:
    """The operator's Typha is neither sent where no node is nor replaced by another image or object."""
    found = installations(cluster)
    if not found:
        yield cluster.finding("has no Installation, and so no Typha", expected="an Installation")
    for installation in found:
        pod = installation["typhaDeployment.spec.template.spec"]
        for affinity in (pod["affinity"], installation["typhaAffinity"]):
            if not fits(pod, Node(), affinity=affinity):
                yield (affinity if not affinity.absent else pod).finding(
                    "admits no node of the main group", expected="the main group's nodes"
                )
        for spread in pod["topologySpreadConstraints"].blocks():
            yield from spread["whenUnsatisfiable"].must_be("ScheduleAnyway")
        for key in ("initContainers", "hostNetwork"):
            yield from pod[key].must_be_absent("Typha runs as the operator makes it")
    for thing in cluster.objects("Deployment", "DaemonSet", "Service", "PodDisruptionBudget", "ConfigMap"):
        if "typha" in thing.name or thing.name == "calico-config":
            yield thing.finding("stands in the operator's way", found=thing.kind, expected="absent")


@control(
    id="D14-typha-memory",
    title="Typha has the memory that a cluster of thousands of pods needs",
    severity="medium",
    reads=("workloads",),
    presence=(Presence(f"release:{OPERATOR}", 1, 1),),
    remediation="Give the container calico-typha a memory limit of 256 MiB or more, or none.",
    references=(_ADR,),
)
def typha_memory(cluster: Cluster) -> Iterator[Finding]:
    """A limit of Typha's memory is no lower than what it needs."""
    for installation in installations(cluster):
        pod = installation["typhaDeployment.spec.template.spec"]
        for container in pod["containers"].blocks():
            if container["name"].text() != _CONTAINER:
                yield container["name"].finding("names a container that Typha does not have", expected=_CONTAINER)
            limit = container["resources.limits.memory"]
            if not limit.absent and not mebibytes(limit) >= parameters.TYPHA_LEAST_MEMORY:
                yield limit.finding(
                    f"is less than {parameters.TYPHA_LEAST_MEMORY} MiB", expected=f"{parameters.TYPHA_LEAST_MEMORY}Mi"
                )
            for side, amounts in container["resources"].items():
                for key, given in amounts.items():
                    if (side, key) not in _RESOURCES:
                        yield given.finding("is an amount that may keep Typha from running", expected="memory")
            processors = container["resources.requests.cpu"]
            if amount(processors) > parameters.MOST_PROCESSORS:
                yield processors.finding(
                    "is more than a node has to spare", expected=f"{parameters.MOST_PROCESSORS:g} at most"
                )
            asked = container["resources.requests.memory"]
            if mebibytes(asked) > parameters.TYPHA_MOST_MEMORY:
                yield asked.finding("is more than a node has to spare", expected=f"{parameters.TYPHA_MOST_MEMORY}Mi")

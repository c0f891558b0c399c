"""Nothing that Kubernetes counts keeps the platform's own pods from running."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control


@control(
    id="B20-room-for-the-platform",
    title="No quota and no limit range holds in a namespace of the platform",
    severity="high",
    reads=("workloads",),
    presence=(Presence("object:Namespace"),),
    remediation="Take the ResourceQuota or LimitRange out: both are part of a team's namespace, not of the platform's.",
    references=("https://kubernetes.io/docs/concepts/policy/resource-quotas/",),
)
def room_for_the_platform(cluster: Cluster) -> Iterator[Finding]:
    """A quota of no pods refuses the next node its agents, while all that is written of them stays as it was."""
    for thing in cluster.objects("ResourceQuota", "LimitRange"):
        if not thing.namespace or thing.namespace in parameters.PLATFORM_NAMESPACES:
            yield thing.finding(
                f"counts what the pods of {thing.namespace or 'no namespace'} may have", expected="absent"
            )

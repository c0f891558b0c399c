"""Calico's Installation, what the operator installs: an object beside the operator, or values of the operator's chart."""

from __future__ import annotations

from collections.abc import Iterator

from policies.engine import Attribute, Cluster, Finding, Release

OPERATOR = "tigera-operator"
INSTALLATION = "Installation"
_API_VERSION = "operator.tigera.io/v1"
_NAME = "default"


def installations(cluster: Cluster) -> list[Attribute]:
    """Return the specification of each Installation of a cluster, wherever it stands."""
    of_charts = [each.values["installation"] for each in cluster.releases(OPERATOR) if _makes_one(each)]
    return [*of_charts, *(each["spec"] for each in cluster.objects(INSTALLATION))]


def one_installation(cluster: Cluster) -> Iterator[Finding]:
    """Yield a finding unless there is one Installation, of the one name that the operator reads."""
    found = installations(cluster)
    if not found:
        for release in cluster.releases(OPERATOR):
            enabled = release.values["installation.enabled"]
            yield enabled.finding("leaves the operator with nothing to install", expected="an Installation")
    if len(found) > 1:
        for each in found:
            yield each.finding(f"is one of {len(found)} Installations", expected="one")
    for thing in cluster.objects(INSTALLATION):
        yield from thing["apiVersion"].must_be(_API_VERSION)
        yield from thing["metadata.name"].must_be(_NAME)


def _makes_one(release: Release) -> bool:
    """Whether the operator's chart renders an Installation: its own default, else as Go's templates see the value."""
    given = dict(release.values["installation"].items())
    return "enabled" not in given or bool(given["enabled"].data())

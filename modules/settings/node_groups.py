"""Settings of a cluster's two node groups (ADR: Node groups, Node instance types, Cluster scaling)."""

from __future__ import annotations

from collections.abc import Iterator

from modules.settings.fields import Listed, Settings, Zone, setting
from modules.settings.instance_types import ARM64, INSTANCE_TYPES
from modules.settings.rules import Violation, repeated, rule


class NodeGroupSize(Settings):
    """Number of nodes; a change is a pull request, no autoscaler runs (ADR: Cluster scaling)."""

    desired: int = setting("Nodes that run.", unit="nodes", ge=1, le=450)
    minimum: int = setting("Fewest nodes.", unit="nodes", ge=1, le=450)
    maximum: int = setting("Most nodes.", unit="nodes", ge=1, le=450)

    @rule
    def minimum_is_not_above_maximum(self) -> Iterator[Violation]:
        """The fewest nodes are not more than the most."""
        if self.minimum > self.maximum:
            yield Violation(("minimum",), self.minimum, f"at most the maximum, {self.maximum} nodes")

    @rule
    def desired_is_between_minimum_and_maximum(self) -> Iterator[Violation]:
        """The nodes that run are not fewer than the fewest and not more than the most."""
        if self.minimum <= self.maximum and not self.minimum <= self.desired <= self.maximum:
            yield Violation(("desired",), self.desired, f"from {self.minimum} to {self.maximum} nodes")


class NodeGroup(Settings):
    """What both node groups have in common."""

    disk_size: int = setting("Root volume of a node.", 100, unit="GiB", ge=20, le=1000)

    def types(self) -> tuple[str, ...]:
        """Return the group's instance types."""
        raise NotImplementedError

    @rule
    def instance_types_are_known(self) -> Iterator[Violation]:
        """Every instance type is one whose pods and addresses are known here."""
        for index, name in enumerate(self.types()):
            if name not in INSTANCE_TYPES:
                yield Violation(("instance_types", index), name, f"one of {', '.join(INSTANCE_TYPES)}")

    @rule
    def instance_types_are_x86_64(self) -> Iterator[Violation]:
        """Every instance type has the architecture of the node image, x86-64."""
        for index, name in enumerate(self.types()):
            if name in INSTANCE_TYPES and INSTANCE_TYPES[name].architecture == ARM64:
                yield Violation(("instance_types", index), name, "an x86-64 type, for the node image is x86-64")

    @rule
    def instance_types_are_named_once(self) -> Iterator[Violation]:
        """No instance type stands twice in the order of preference."""
        for index, name in repeated(self.types()):
            yield Violation(("instance_types", index), name, "each instance type once")


class MainNodeGroup(NodeGroup):
    """The group for the majority of workloads (ADR: Node groups, Node instance types)."""

    instance_types: Listed[str] = setting(
        "Instance types in order of preference.",
        ("r5.xlarge", "r5.2xlarge", "r5a.xlarge"),
        min_length=1,
        max_length=20,
        example=["r5.xlarge", "r5.2xlarge", "r5a.xlarge"],
    )
    size: NodeGroupSize = setting("Number of nodes.")
    max_unavailable_percentage: int = setting(
        "Share of nodes that an update may take away at once.", 10, unit="percent", ge=1, le=50
    )

    def types(self) -> tuple[str, ...]:
        """Return the group's instance types."""
        return self.instance_types


class PrometheusNodeGroup(NodeGroup):
    """The group of larger nodes for Prometheus alone, in one zone (ADR: Node groups, Node instance types)."""

    instance_types: Listed[str] = setting(
        "Instance types in order of preference.",
        ("r5.2xlarge", "r4.2xlarge"),
        min_length=1,
        max_length=20,
        example=["r5.2xlarge", "r4.2xlarge"],
    )
    size: NodeGroupSize = setting(
        "Number of nodes: the ADR says two.", lambda: NodeGroupSize(desired=2, minimum=2, maximum=3)
    )
    zone: Zone = setting("The one zone of group and volume.", example="eu-west-2b")

    def types(self) -> tuple[str, ...]:
        """Return the group's instance types."""
        return self.instance_types

    @rule
    def two_nodes_run(self) -> Iterator[Violation]:
        """Two nodes run, so that one can take the volume over from the other (ADR: Node groups)."""
        if self.size.desired != 2:
            yield Violation(("size", "desired"), self.size.desired, "2 nodes (ADR: Node groups)")

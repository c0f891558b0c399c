"""Managed node groups, with the launch template and the role that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policies import parameters
from policies.engine.resource import Resource
from policies.engine.values import show


@dataclass(eq=False)
class NodeGroup:
    """A managed node group with what belongs to it."""

    resource: Resource

    def __getitem__(self, key: str) -> Any:
        return self.resource[key]

    @property
    def address(self) -> str:
        """Terraform address."""
        return self.resource.address

    @property
    def launch_template(self) -> Resource | None:
        """The launch template that `launch_template.id` or `.name` refers to."""
        block = self.resource["launch_template"]
        found = block["id"].follow("aws_launch_template") or block["name"].follow("aws_launch_template")
        return found[0] if len(found) == 1 else None

    @property
    def role(self) -> Resource | None:
        """The IAM role of its nodes."""
        found = self.resource["node_role_arn"].follow("aws_iam_role")
        return found[0] if len(found) == 1 else None

    def taints(self) -> list[tuple[str, str, str]]:
        """Return key, value and effect of each taint."""
        return [
            (each["key"].text() or "", each["value"].text() or "", each["effect"].text() or "")
            for each in self.resource["taint"].blocks()
        ]

    @property
    def is_monitoring(self) -> bool:
        """Whether it is the group for Prometheus: it carries the monitoring label or taint, or its name says so."""
        if self.resource.at("labels", parameters.MONITORING_LABEL).kind == "value":
            return True
        if any(key == parameters.MONITORING_TAINT for key, _, _ in self.taints()):
            return True
        clusters = [str(show(each["name"].node)) for each in self.resource.stack.of_kind("aws_eks_cluster")]
        for key in ("node_group_name", "node_group_name_prefix"):
            name = str(show(self.resource[key].node))
            for cluster in clusters:
                name = name.removeprefix(cluster)  # a cluster may be named after Prometheus too
            if "prometheus" in name or "monitoring" in name:
                return True
        return False

"""D12: how many nodes run."""

from __future__ import annotations

from modules.bindings import EksNodeGroupScalingConfig
from modules.settings.node_groups import NodeGroupSize


def scaling(size: NodeGroupSize) -> EksNodeGroupScalingConfig:
    """Return the size for ADR "Cluster scaling": set by hand, which is a pull request, and held by Terraform.

    Departs from how it was once done: the number was changed in the console and ignored by Terraform. No autoscaler of
    any kind runs, and nothing carries the tags that one looks for.
    """
    return EksNodeGroupScalingConfig(desired_size=size.desired, min_size=size.minimum, max_size=size.maximum)

"""D07: instance types of the main group."""

from __future__ import annotations

from modules.settings.node_groups import MainNodeGroup


def main_instance_types(group: MainNodeGroup) -> list[str]:
    """Return the types for ADR "Node instance types", in order of preference: EC2 goes down the list.

    The ADR contradicts itself: its heading names r5.xlarge, r5.4xlarge, r5a.xlarge, its text r5.xlarge with the
    fallbacks r5.2xlarge, r5a.xlarge. The text came later and takes the 110 pods of a node into account, so it holds.
    """
    return list(group.instance_types)

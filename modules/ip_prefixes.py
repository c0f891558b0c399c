"""D08: nodes get addresses by the prefix."""

from __future__ import annotations


def prefix_environment(*, prefix_delegation: bool) -> dict[str, str]:
    """Return the environment of vpc-cni for ADR "Node instance types": "IP Prefixes configured in the image".

    Departs from the letter: nothing of it is in the image, which stays stock (see `node_image`). vpc-cni assigns /28
    prefixes since 1.9.0, and a managed group reckons its nodes' pods from these very values: 110 on each Nitro type of
    the ADR. One warm prefix is kept ahead, as the organisation does. They are add-on configuration, for an update of
    the add-on takes away what was set by other ways.
    """
    if not prefix_delegation:
        return {"ENABLE_PREFIX_DELEGATION": "false"}
    return {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"}

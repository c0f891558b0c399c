"""D09: instance types of the Prometheus group."""

from __future__ import annotations

from modules.settings.node_groups import PrometheusNodeGroup


def prometheus_instance_types(group: PrometheusNodeGroup) -> list[str]:
    """Return the types for ADR "Node instance types": r5.2xlarge, then r4.2xlarge, in order of preference.

    r4 is not Nitro, which prefixes need; the ADR asks for Nitro in the main group's paragraph alone, and so it stands
    here. EKS gives a mixed group the fewest pods of its types: 58 on each node, ample for Prometheus.
    """
    return list(group.instance_types)

"""D11: the image that nodes start from."""

from __future__ import annotations

from typing import Final

from modules.settings.cluster import Cluster

AL2023: Final = "AL2023_x86_64_STANDARD"
"""The EKS-optimised image of today."""
AL2: Final = "AL2_x86_64"
"""The EKS-optimised image of the ADR's time, which ended with Amazon Linux 2."""
FIRST_WITH_AL2023: Final = 25
"""Minor version of Kubernetes 1 from which the image of today is used."""


def ami_type(cluster: Cluster) -> str:
    """Return the kind of image for ADR "Node image": Amazon EKS optimised AMIs, never one of our own.

    The ADR's image was Amazon Linux 2, gone since 2025-11-26; a cluster of the ADR's time keeps it.
    """
    minor = int(cluster.kubernetes_version.partition(".")[2])
    return AL2023 if minor >= FIRST_WITH_AL2023 else AL2

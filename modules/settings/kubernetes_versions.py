"""Kubernetes versions that a cluster may have: what bounds them, and how."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

Known = Literal[
    "1.21", "1.22", "1.23", "1.24", "1.25", "1.26", "1.27", "1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34",
    "1.35", "1.36", "1.37",
]  # fmt: skip
"""From the version of the ADR's time to the newest that EKS offers."""
FIRST_WITHOUT_POD_SECURITY_POLICY: Final = 25
"""Minor version of Kubernetes 1 in which PodSecurityPolicy is gone (ADR: PSP Deprecation)."""
FIRST_WITH_ADMISSION_POLICY: Final = 30
"""Minor version of Kubernetes 1 from which ValidatingAdmissionPolicies keep what Pod Security labels promise."""
CALICO_LINE: Final = "v3.31"
"""Calico's line that `modules.network_policy` pins; its vendor tests each line on a few Kubernetes versions only."""
CALICO_TESTED_ON: Final = range(32, 36)
"""Minor versions of Kubernetes 1 that this line is tested on (Calico 3.31: System requirements for Kubernetes)."""


def minor_version(version: str) -> int:
    """Return the 35 of Kubernetes 1.35."""
    return int(version.removeprefix("1."))


def has_pod_security_policies(version: str) -> bool:
    """Say whether a version has the ADR's mechanism; EKS offers none that has, so it is synthesized and never deployed."""
    return minor_version(version) < FIRST_WITHOUT_POD_SECURITY_POLICY


def is_admitted(version: str) -> bool:
    """Say whether a cluster may have this version: all rules of its settings on the version alone hold."""
    return has_pod_security_policies(version) or minor_version(version) in CALICO_TESTED_ON


ADMITTED: Final = tuple(each for each in get_args(Known) if is_admitted(each))
"""What an editor offers; of the others, each rule says why it is refused."""
KubernetesVersion = Annotated[Known, Field(json_schema_extra={"enum": list(ADMITTED)})]
"""A Kubernetes version, such as "1.35"."""
TESTED: Final = f"1.{CALICO_TESTED_ON[0]} to 1.{CALICO_TESTED_ON[-1]}"
"""The versions that Calico is tested on, in words."""

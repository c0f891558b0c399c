"""Which of Kubernetes' two pod security mechanisms a version has (ADR: PSP Deprecation)."""

from __future__ import annotations

from enum import Enum


class Admission(Enum):
    """How pods are judged at their admission."""

    POLICIES = "PodSecurityPolicies, removed in Kubernetes 1.25"
    STANDARDS = "Pod Security Standards by namespace labels, guarded by ValidatingAdmissionPolicies"


FIRST_WITH_STANDARDS = 25
FIRST_WITH_GUARDS = 30
"""ValidatingAdmissionPolicy is generally available from 1.30 on."""


def admission(kubernetes_version: str) -> Admission:
    """Return the mechanism of `kubernetes_version` (`1.NN`); raise ValueError for 1.25 to 1.29, which have no guards."""
    minor = int(kubernetes_version.partition(".")[2])
    if minor < FIRST_WITH_STANDARDS:
        return Admission.POLICIES
    if minor < FIRST_WITH_GUARDS:
        raise ValueError(
            f"Kubernetes {kubernetes_version} has neither PodSecurityPolicies nor generally available "
            "ValidatingAdmissionPolicies: below 1.25 or from 1.30 on is allowed"
        )
    return Admission.STANDARDS

"""What the ADR of 2021 decides: every "Chosen" and every prohibition, by its heading, and which test holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar


class Clause(NamedTuple):
    """A few words of the ADR under one of its headings."""

    heading: str
    words: str


CLAUSES: Final = (
    Clause("What’s proposed", "Use Amazon EKS for running the main cluster"),
    Clause("Auth", "OIDC, with Auth0 as broker and GitHub as Identity Provider"),
    Clause("Auth", "ensures that the user is in the ministryofjustice GitHub organization"),
    Clause("Auth", "inserts the user's GitHub teams into the OIDC ID token as claims"),
    Clause("Auth credential issuer", "Cloud Platform Kuberos"),
    Clause("Authorization", "existing RBAC configuration"),
    Clause("Node management", "Managed node groups, with future experimenting with Fargate"),
    Clause("Node groups", "A main node group for majority workloads, and a prometheus node group."),
    Clause("Node groups", "two large nodes, in a single availability zone"),
    Clause("Node instance types", "r5.xlarge, r5.4xlarge, r5a.xlarge"),
    Clause("Node instance types", "it requires instances to be \"nitro\"-based"),
    Clause("Node instance types", "IP Prefixes"),
    Clause("Node instance types", "r5.2xlarge, r4.2xlarge"),
    Clause("Pod networking (CNI)", "AWS VPC networking (CNI)"),
    Clause("Node image", "Amazon EKS optimized AMIs"),
    Clause("Cluster scaling", "Manual cluster scaling"),
    Clause("Cluster scaling", "alerts set-up to warn when capacity is low"),
    Clause("Network policy enforcement", "Calico network policy enforcement"),
    Clause("Network policy enforcement", "pods in the same namespace and ingress-controller namespace"),
    Clause("Network policy enforcement", "Calico Typha"),
    Clause("Control plane logging", "enable all cluster logging"),
    Clause("Node terminal access", "AWS Systems Manager Session Manager; no bastion nodes"),
    Clause("Node terminal access", "shared credentials is not an acceptable security practice"),
    Clause("Node terminal access", "terminal commands are logged"),
    Clause("PodSecurityPolicies", "should be used only by `aws-node` pod"),
    Clause("PodSecurityPolicies", "`privileged` PSP only to the `kube-system` namespace"),
    Clause("PodSecurityPolicies", "`restricted` PSP to the rest"),
    Clause("PSP Deprecation", "deprecated"),
    Clause("Apps' access to AWS roles", "IAM Roles for Service Accounts (IRSA), instead of kiam"),
    Clause("Apps' access to AWS roles", "kube2iam is not running on new cluster at all"),
    Clause("Apps' access to AWS roles", "Block access to instance metadata's node role"),
)  # fmt: skip

Test = TypeVar("Test", bound=Callable[..., None])
_held: dict[Clause, str] = {}


def holds(heading: str, words: str) -> Callable[[Test], Test]:
    """Say that a test holds the clause; a clause that the ADR has not, or that another test holds, is an error."""
    clause = Clause(heading, words)
    assert clause in CLAUSES, clause
    assert clause not in _held, clause

    def mark(test: Test) -> Test:
        _held[clause] = f"{test.__module__}.{test.__qualname__}"
        return test

    return mark


def held() -> dict[Clause, str]:
    """The clauses that tests imported so far hold, each with its test."""
    return dict(_held)


Stack = dict[str, Any]
Stacks = dict[str, Stack]

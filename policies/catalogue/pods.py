"""Decisions on what pods may do, on their node and in AWS."""

from __future__ import annotations

from policies.catalogue.record import Decision

DECISIONS = (
    Decision(
        id="D17",
        name="pod_security",
        heading="PodSecurityPolicies",
        decided="Pods in kube-system may be privileged; everywhere else they are restricted.",
        status="in force, by other means",
        served_by="Pod Security Admission labels on every namespace, held by an admission policy.",
        modules=("pod_security",),
        settled=(
            "PodSecurityPolicies left Kubernetes with 1.25; Pod Security Admission takes their place.",
            "Some platform namespaces need more than `restricted`; each is listed with its reason in policies/parameters.",
        ),
    ),
    Decision(
        id="D18",
        name="privileged_pods",
        heading="PodSecurityPolicies",
        decided="Only aws-node may do everything; any other agent may do what it is recorded to need, and no more.",
        status="in force, by other means",
        served_by="A ValidatingAdmissionPolicy that names each service account and what its pods may do.",
        modules=("pod_security/privileged_pods.py",),
        settled=(
            "The privileged PSP was bound to more than aws-node in practice; each such service account is recorded with its reason.",
        ),
    ),
    Decision(
        id="D19",
        name="service_account_roles",
        heading="Apps' access to AWS roles",
        decided="Pods reach AWS by IAM roles for service accounts; kiam and kube2iam are not used.",
        status="in force",
        served_by="One OIDC provider for each cluster, one role for each service account, bound by subject and audience.",
        modules=("service_account_roles.py", "iam.py"),
        settled=("The ADR speaks of kiam in the choice and of kube2iam in the status: both are forbidden.",),
    ),
    Decision(
        id="D20",
        name="instance_metadata",
        heading="Apps' access to AWS roles",
        decided="No pod reaches the node's role by the instance metadata.",
        status="in force",
        served_by="IMDSv2 with one hop in every launch template, and a GlobalNetworkPolicy that denies the address.",
        modules=("instance_metadata.py",),
        settled=("Either layer leaves a gap (host network, IMDSv1), so both are asked for.",),
    ),
)

"""Decisions on the control plane and on who may log in and do what."""

from __future__ import annotations

from policies.catalogue.record import Decision, FutureOption

DECISIONS = (
    Decision(
        id="D01",
        name="control_plane",
        heading="What’s proposed",
        decided="Clusters run on Amazon EKS, whose control plane AWS manages; kOps is gone.",
        status="in force",
        served_by="aws_eks_cluster, a supported Kubernetes version, two or more zones, standard support.",
        modules=("control_plane.py", "network.py", "dns.py", "addons.py", "keys.py"),
        out_of_scope=("The kOps cluster that was replaced, and the move of tenants from it.",),
        future=(
            FutureOption(
                "ELB for ingress by the AWS Load Balancer Controller",
                "X14-recorded-releases",
                "Record the controller's chart in CHARTS in policies/parameters; the ingress controllers of today belong to others.",
            ),
        ),
    ),
    Decision(
        id="D02",
        name="login",
        heading="Auth",
        decided=(
            "People log in by OIDC. Auth0 brokers, GitHub identifies: only members of the organisation get a token, and the token "
            "carries their teams, by which RBAC authorizes."
        ),
        status="in force, by other means",
        served_by="Two Auth0 post-login Actions bound in order, a GitHub connection, and an identity provider config on each cluster.",
        modules=("login", "auth0", "oidc_association.py", "ephemeral.py"),
        settled=(
            "The ADR has two Auth0 rules. Auth0 ended Rules on 2026-11-18, so Actions do the same; the rules stay available as the ADR-era form.",
            "Teams are bare slugs in the claim and the cluster adds the prefix `github:`, so that no claim can name a `system:` group.",
        ),
        out_of_scope=("The GitHub OAuth app itself, which is made by hand in GitHub.",),
        future=(
            FutureOption(
                "Azure AD as identity provider",
                "D02-only-github",
                "Amend CONNECTION_STRATEGIES in policies/parameters and record why.",
            ),
            FutureOption(
                "IAM authentication for service teams",
                "D04-access-entries",
                "Amend ACCESS, the principals that may hold an access entry, in policies/parameters.",
            ),
        ),
    ),
    Decision(
        id="D03",
        name="credential_issuer",
        heading="Auth credential issuer",
        decided="Kubeconfigs are handed out by the Cloud Platform's own Kuberos; Gangway, kubelogin, kubehook and dex are not used.",
        status="in force",
        served_by="A Helm release of Kuberos with the cluster's Auth0 client, its secret written from SSM and never kept in state.",
        modules=("credential_issuer.py", "web_ingress.py"),
        settled=("The original Kuberos is unmaintained; only the fork's image is allowed.",),
    ),
    Decision(
        id="D04",
        name="authorization",
        heading="Authorization",
        decided="RBAC stays as it was: each namespace is administered by its GitHub team, clusters by the platform's team alone.",
        status="in force",
        served_by="Role bindings to `github:` groups, two cluster-admin bindings, EKS access entries for the pipeline and the platform team.",
        modules=("authorization.py", "namespaces.py"),
        settled=(
            "aws-auth is gone; access entries name the same principals, and the creator gets no rights of its own.",
        ),
    ),
)

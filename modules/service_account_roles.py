"""D19: one IAM role for one service account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from modules.bindings import Construct, DataAwsIamPolicyDocumentStatement, Fn, IamOpenidConnectProvider
from modules.control_plane import ControlPlane
from modules.iam import Role, allow
from modules.settings import names
from modules.settings.cluster import Cluster

AUDIENCE: Final = "sts.amazonaws.com"
"""Audience of the tokens that pods show to AWS."""


class ServiceAccountIssuer(Construct):
    """The cluster's token issuer, made known to IAM as an OIDC provider."""

    def __init__(self, scope: Construct, id_: str, *, control_plane: ControlPlane) -> None:
        super().__init__(scope, id_)
        provider = IamOpenidConnectProvider(self, "Default", url=control_plane.issuer, client_id_list=[AUDIENCE])
        self.provider_arn = provider.arn
        # By the provider, not the cluster: a plan that changes the cluster would read each trust policy only at apply.
        self.host_and_path: str = Fn.replace(provider.url, "https://", "")
        """The issuer as IAM's condition keys name it."""


class ServiceAccountRole(Construct):
    """ADR "Apps' access to AWS roles": IAM Roles for Service Accounts, instead of kiam.

    Trusts exactly one service account of one namespace of one cluster. No kiam, no kube2iam, and no EKS Pod Identity,
    which came later and is for another decision to choose.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster_name: str,
        namespace: str,
        service_account: str,
        issuer: ServiceAccountIssuer,
        policies: Sequence[str] = (),
        statements: Sequence[DataAwsIamPolicyDocumentStatement] = (),
    ) -> None:
        super().__init__(scope, id_)
        if not policies and not statements:
            raise ValueError(f"service account {namespace}/{service_account} would have a role that may do nothing")
        role = Role(
            self,
            "Default",
            name=names.service_account_role(cluster_name, namespace, service_account),
            description=f"Service account {namespace}/{service_account} of cluster {cluster_name}",
            trust=allow(
                "ServiceAccount",
                actions=["sts:AssumeRoleWithWebIdentity"],
                principals=("Federated", issuer.provider_arn),
                conditions={
                    ("StringEquals", f"{issuer.host_and_path}:aud"): [AUDIENCE],
                    ("StringEquals", f"{issuer.host_and_path}:sub"): [
                        f"system:serviceaccount:{namespace}:{service_account}"
                    ],
                },
            ),
            policies=policies,
            statements=statements,
        )
        self.arn = role.arn
        self.grants = role.grants
        """What must exist before anything uses the role."""


class TenantRoles(Construct):
    """The roles that service teams' namespaces ask for, each with policies from the organisation's list."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster: Cluster,
        issuer: ServiceAccountIssuer,
        allowed_policies: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)
        for namespace in cluster.namespaces:
            for account in namespace.service_accounts:
                unknown = sorted(set(account.policies) - set(allowed_policies))
                if unknown:
                    raise ValueError(
                        f"{namespace.name}/{account.name} asks for {', '.join(unknown)}; "
                        f"allowed are {', '.join(sorted(allowed_policies))}"
                    )
                ServiceAccountRole(
                    self,
                    f"{namespace.name}_{account.name}",
                    cluster_name=cluster.name,
                    namespace=namespace.name,
                    service_account=account.name,
                    issuer=issuer,
                    policies=[allowed_policies[short] for short in account.policies],
                )

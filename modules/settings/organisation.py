"""Settings of the organisation: who it is, where its state lies, what its platform namespaces may do."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from modules.settings.fields import Cidr, DomainName, KubernetesName, Listed, Region, Settings, Slug, setting

PodSecurityLevel = Literal["privileged", "baseline", "restricted"]
"""The three levels of the Pod Security Standards."""


class StateBackend(Settings):
    """Where Terraform keeps its state: one object per stack."""

    backend: Literal["s3", "local"] = setting(
        "`s3` for real use; `local` keeps a file beside each stack, for sandboxes.", "s3"
    )
    bucket: str = setting(
        "S3 bucket of the state objects.", example="cloud-platform-terraform-state", min_length=3, max_length=63
    )
    region: Region = setting("Region of the bucket.", example="eu-west-1")


class PrivilegedServiceAccount(Settings):
    """A service account whose pods may do what `restricted` forbids, each with what it needs and why (ADR: PodSecurityPolicies)."""

    service_account: KubernetesName = setting("Name of the service account.")
    reason: str = setting("Why it needs this.", min_length=20)
    privileged: bool = setting("Its containers may run privileged.", False)
    host_namespaces: Listed[Literal["hostNetwork", "hostPID", "hostIPC"]] = setting(
        "Host namespaces its pods may join.", ()
    )
    host_paths: Listed[str] = setting("Path prefixes on the node that its pods may mount.", ())
    capabilities: Listed[str] = setting("Linux capabilities its containers may add.", ())


class PlatformNamespace(Settings):
    """A namespace of the platform itself; only those listed may be other than `restricted` (ADR: PodSecurityPolicies)."""

    name: KubernetesName = setting("Name of the namespace.")
    made_by: Literal["platform", "kubernetes", "operator", "others"] = setting(
        "`platform`: created here. `kubernetes`: exists in every cluster and is labelled here. `operator`: an operator creates it. "
        "`others`: provided by what is not decided here (ingress, certificates) and labelled here.",
        "platform",
    )
    level: PodSecurityLevel = setting("Pod Security level that is enforced.", "restricted")
    reason: str = setting("Why the level is not `restricted`; required then.", "")
    isolated: bool = setting("Admit only its own pods and `admits`, by a NetworkPolicy.", True)
    admits: Listed[Literal["scraping", "api_server", "ingress"]] = setting(
        "What must come in besides its own pods.", ()
    )
    privileged_service_accounts: Listed[PrivilegedServiceAccount] = setting("Service accounts that may do more.", ())


class Organisation(Settings):
    """The organisation that runs the fleet; `clusters/organisation.yaml`."""

    github_organisation: str = setting(
        "GitHub organisation whose members may log in (ADR: Auth).",
        example="ministryofjustice",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}$",
    )
    admin_team: Slug = setting(
        "Slug of the GitHub team that administers every cluster (ADR: Authorization).", example="webops"
    )
    base_domain: DomainName = setting(
        "Domain below which each cluster has its zone; its hosted zone exists in the account.",
        example="cloud-platform.service.justice.gov.uk",
    )
    default_tags: dict[str, str] = setting("Tags of every AWS resource.")
    state: StateBackend = setting("Where Terraform keeps its state.")
    ingress_namespace: KubernetesName = setting(
        "Namespace of the ingress controllers that tenants' default policy admits (ADR: Network policy enforcement).",
        "ingress-controllers",
    )
    ingress_class: str = setting("Ingress class of the platform's own web interfaces.", "default")
    certificate_issuer: str | None = setting(
        "cert-manager ClusterIssuer that signs them; none: `tls_secret` names a Secret.", None
    )
    tls_secret: str | None = setting("TLS Secret of the platform's own web interfaces where no issuer signs.", None)
    ci_service_account: KubernetesName = setting(
        "Service account in kube-system with which CI applies tenants' environments (ADR: Authorization).",
        "concourse-build-environments",
    )
    service_account_policies: dict[str, str] = setting(
        "Policies that a tenant's service account may ask for: short name to IAM policy ARN (ADR: IRSA).", dict
    )
    platform_namespaces: Listed[PlatformNamespace] = setting("Namespaces of the platform in every cluster.")
    private_networks: Listed[Cidr] = setting(
        "Networks outside the clusters' VPCs from which the private API endpoint is reached.", ()
    )

    @field_validator("certificate_issuer", "tls_secret")
    @classmethod
    def not_empty(cls, value: str | None) -> str | None:
        """A name that is given is not empty."""
        if value == "":
            raise ValueError("must not be empty; leave the key out")
        return value

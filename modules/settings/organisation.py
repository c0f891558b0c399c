"""Settings of the organisation: who it is, where its state lies, what its platform namespaces may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from modules.settings import names
from modules.settings.fields import Cidr, DomainName, KubernetesName, Listed, PolicyArn, Region, Settings, Slug, setting
from modules.settings.rules import Violation, repeated, rule

PodSecurityLevel = Literal["privileged", "baseline", "restricted"]
"""The three levels of the Pod Security Standards."""
SHORTEST_REASON = 20
"""Characters that a reason has at least."""
ADMINISTRATIVE_POLICIES = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")
"""AWS managed policies that no tenant's service account may have."""
BUILT_IN = ("default", "kube-node-lease", "kube-public", names.KUBE_SYSTEM)
"""Namespaces that every Kubernetes cluster has."""
INSTALLED_IN = (names.CALICO_SYSTEM, names.KUBEROS, names.LOGGING, names.MONITORING, names.TIGERA_OPERATOR)
"""Namespaces that the platform installs something in."""


TagKey = Annotated[str, Field(min_length=1, max_length=128)]
"""The key of an AWS tag."""
TagValue = Annotated[str, Field(max_length=256)]
"""The value of an AWS tag."""
HostPath = Annotated[
    str,
    Field(
        pattern=r"^/([A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*)?$",
        json_schema_extra={"patternErrorMessage": "an absolute path without . or .. and without / at its end"},
        examples=["/var/log"],
    ),
]
"""An absolute path on a node."""
Capability = Annotated[
    str,
    Field(
        pattern=r"^(AUDIT|BLOCK|BPF|CHECKPOINT|CHOWN|DAC|FOWNER|FSETID|IPC|KILL|LEASE|LINUX|MAC|MKNOD|NET|PERFMON|"
        r"SETFCAP|SETGID|SETPCAP|SETUID|SYS|SYSLOG|WAKE)(_[A-Z_]+)?$",
        json_schema_extra={"patternErrorMessage": "one Linux capability in capitals, without CAP_; not ALL"},
        examples=["NET_ADMIN"],
    ),
]
"""A Linux capability as Kubernetes spells it, such as NET_ADMIN."""


class StateBackend(Settings):
    """Where Terraform keeps its state: one object per stack."""

    backend: Literal["s3", "local"] = setting(
        "`s3` for real use; `local` keeps a file beside each stack, for sandboxes.", "s3"
    )
    bucket: str = setting(
        "S3 bucket of the state objects.",
        example="cloud-platform-terraform-state",
        pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$",
        allowed="the name of an S3 bucket: 3 to 63 lower-case letters, digits and -",
    )
    region: Region = setting("Region of the bucket.", example="eu-west-1")


class PrivilegedServiceAccount(Settings):
    """A service account whose pods may do what `restricted` forbids, each with what it needs and why (ADR: PodSecurityPolicies)."""

    service_account: KubernetesName = setting("Name of the service account.", example="aws-node")
    reason: str = setting("Why it needs this.", min_length=SHORTEST_REASON, max_length=500)
    privileged: bool = setting("Its containers may run privileged.", False)
    host_namespaces: Listed[Literal["hostNetwork", "hostPID", "hostIPC"]] = setting(
        "Host namespaces its pods may join.", ()
    )
    host_paths: Listed[HostPath] = setting("Path prefixes on the node that its pods may mount.", ())
    capabilities: Listed[Capability] = setting("Linux capabilities its containers may add.", ())

    @rule
    def something_is_asked_for(self) -> Iterator[Violation]:
        """A service account is listed only for something that it needs."""
        if not (self.privileged or self.host_namespaces or self.host_paths or self.capabilities):
            allowed = "at least one of privileged, host_namespaces, host_paths and capabilities"
            yield Violation((), "nothing that it needs", allowed)


class PlatformNamespace(Settings):
    """A namespace of the platform itself; only those listed may be other than `restricted` (ADR: PodSecurityPolicies)."""

    name: KubernetesName = setting("Name of the namespace.")
    made_by: Literal["platform", "kubernetes", "operator", "others"] = setting(
        "`platform`: created here. `kubernetes`: exists in every cluster and is labelled here. `operator`: an operator creates it. "
        "`others`: provided by what is not decided here (ingress, certificates) and labelled here.",
        "platform",
    )
    level: PodSecurityLevel = setting("Pod Security level that is enforced.", "restricted")
    reason: str = setting("Why the level is not `restricted`; required then.", "", max_length=500)
    isolated: bool = setting("Admit only its own pods and `admits`, by a NetworkPolicy.", True)
    admits: Listed[Literal["scraping", "api_server", "ingress"]] = setting(
        "What must come in besides its own pods.", ()
    )
    privileged_service_accounts: Listed[PrivilegedServiceAccount] = setting("Service accounts that may do more.", ())

    @rule
    def a_level_other_than_restricted_has_a_reason(self) -> Iterator[Violation]:
        """Whoever lowers the level says why."""
        if self.level != "restricted" and len(self.reason) < SHORTEST_REASON:
            allowed = f"a reason of at least {SHORTEST_REASON} characters, for level is {self.level}"
            yield Violation(("reason",), self.reason or None, allowed)

    @rule
    def privileged_service_accounts_need_the_level_privileged(self) -> Iterator[Violation]:
        """Pods that do more are admitted by the level privileged alone."""
        if self.privileged_service_accounts and self.level != "privileged":
            allowed = "privileged, for privileged_service_accounts lists some"
            yield Violation(("level",), self.level, allowed)

    @rule
    def privileged_service_accounts_are_named_once(self) -> Iterator[Violation]:
        """What a service account may do stands in one place."""
        for index, name in repeated(each.service_account for each in self.privileged_service_accounts):
            path = ("privileged_service_accounts", index, "service_account")
            yield Violation(path, name, "each service account once")

    @rule
    def admissions_are_of_an_isolated_namespace(self) -> Iterator[Violation]:
        """Only a namespace that shuts others out says whom it admits."""
        if self.admits and not self.isolated:
            yield Violation(("admits",), ", ".join(self.admits), "none, for isolated is false")


class Organisation(Settings):
    """The organisation that runs the fleet; `clusters/organisation.yaml`."""

    github_organisation: str = setting(
        "GitHub organisation whose members may log in (ADR: Auth).",
        example="ministryofjustice",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}$",
        allowed="the name of a GitHub organisation: at most 39 letters, digits and -",
    )
    admin_team: Slug = setting(
        "Slug of the GitHub team that administers every cluster (ADR: Authorization).", example="webops"
    )
    base_domain: DomainName = setting(
        "Domain below which each cluster has its zone; its hosted zone exists in the account.",
        example="cloud-platform.service.justice.gov.uk",
    )
    default_tags: dict[TagKey, TagValue] = setting("Tags of every AWS resource.", max_length=40)
    state: StateBackend = setting("Where Terraform keeps its state.")
    ingress_namespace: KubernetesName = setting(
        "Namespace of the ingress controllers that tenants' default policy admits (ADR: Network policy enforcement).",
        "ingress-controllers",
    )
    ingress_class: KubernetesName = setting("Ingress class of the platform's own web interfaces.", "default")
    certificate_issuer: KubernetesName | None = setting(
        "cert-manager ClusterIssuer that signs them; none: `tls_secret` names a Secret.", None
    )
    tls_secret: KubernetesName | None = setting(
        "TLS Secret of the platform's own web interfaces where no issuer signs.", None
    )
    ci_service_account: KubernetesName = setting(
        "Service account in kube-system with which CI applies tenants' environments (ADR: Authorization).",
        "concourse-build-environments",
    )
    service_account_policies: dict[KubernetesName, PolicyArn] = setting(
        "Policies that a tenant's service account may ask for: short name to IAM policy ARN (ADR: IRSA).", dict
    )
    platform_namespaces: Listed[PlatformNamespace] = setting("Namespaces of the platform in every cluster.")
    private_networks: Listed[Cidr] = setting(
        "Networks outside the clusters' VPCs from which the private API endpoint is reached.", ()
    )

    @rule
    def certificates_come_from_one_place(self) -> Iterator[Violation]:
        """Either an issuer signs the web interfaces' certificates or a TLS Secret holds them."""
        if (self.certificate_issuer is None) == (self.tls_secret is None):
            given = "neither" if self.tls_secret is None else "both"
            yield Violation(("certificate_issuer",), given, "either certificate_issuer or tls_secret")

    @rule
    def tags_are_not_reserved(self) -> Iterator[Violation]:
        """No tag begins with `aws:`, which AWS keeps for itself."""
        for key, value in self.default_tags.items():
            if key.lower().startswith("aws:"):
                yield Violation(("default_tags", key), value, "a key that does not begin with aws:")

    @rule
    def platform_namespaces_are_named_once(self) -> Iterator[Violation]:
        """What a platform namespace may do stands in one place."""
        for index, name in repeated(each.name for each in self.platform_namespaces):
            yield Violation(("platform_namespaces", index, "name"), name, "each namespace once")

    @rule
    def platform_namespaces_are_complete(self) -> Iterator[Violation]:
        """Every namespace that Kubernetes brings, the platform installs in or ingress comes from has its level."""
        listed = {each.name for each in self.platform_namespaces}
        for name in (*BUILT_IN, *INSTALLED_IN, self.ingress_namespace):
            if name not in listed:
                yield Violation(("platform_namespaces",), f"no namespace {name}", f"an entry for {name} as well")

    @rule
    def tenant_policies_are_distinct(self) -> Iterator[Violation]:
        """No policy stands under two short names, and no two policies differ by their path or owner alone."""
        taken: dict[str, str] = {}
        for name, arn in self.service_account_policies.items():
            other = taken.setdefault(arn.rpartition("/")[2], name)
            if other != name:
                yield Violation(
                    ("service_account_policies", name), arn, f"a policy named otherwise than that of {other}"
                )

    @rule
    def private_networks_are_named_once(self) -> Iterator[Violation]:
        """No network stands twice, which EC2 refuses."""
        for index, cidr in repeated(self.private_networks):
            yield Violation(("private_networks", index), cidr, "each network once")

    @rule
    def tenant_policies_are_not_administrative(self) -> Iterator[Violation]:
        """No policy that a tenant may ask for administers the account."""
        for name, arn in self.service_account_policies.items():
            if arn.partition("::aws:policy/")[2].rpartition("/")[2] in ADMINISTRATIVE_POLICIES:
                yield Violation(
                    ("service_account_policies", name), arn, "a policy that does not administer the account"
                )

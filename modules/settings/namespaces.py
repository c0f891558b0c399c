"""Settings of service teams' namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from modules.settings.fields import KubernetesName, Listed, Settings, Slug, setting
from modules.settings.rules import Violation, repeated, rule


class ServiceAccountRole(Settings):
    """One service account with one IAM role of its own (ADR: Apps' access to AWS roles)."""

    name: KubernetesName = setting("Name of the service account.", example="prison-visits")
    policies: Listed[str] = setting(
        "Short names from `service_account_policies` of the organisation.",
        min_length=1,
        max_length=10,
        example=["s3-read"],
    )

    @rule
    def name_is_not_default(self) -> Iterator[Violation]:
        """Kubernetes makes the service account `default`, and every pod that names none would have its role."""
        if self.name == "default":
            yield Violation(("name",), self.name, "a name other than default, which pods that name none have")

    @rule
    def policies_are_named_once(self) -> Iterator[Violation]:
        """No policy is attached twice."""
        for index, name in repeated(self.policies):
            yield Violation(("policies", index), name, "each policy once")


class Namespace(Settings):
    """A service team's namespace (ADR: Authorization, Network policy enforcement)."""

    name: KubernetesName = setting("Name of the namespace.", example="prison-visits-production")
    team: Slug = setting("Slug of the GitHub team that administers it.")
    business_unit: str = setting("Business unit that owns it.", "Platforms", min_length=1, max_length=100)
    environment: Literal["development", "staging", "preproduction", "production"] = setting(
        "What it is for.", "development"
    )
    source_code: str | None = setting(
        "Repository of the service.",
        None,
        pattern=r"^https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~-]+)+$",
        allowed="an https URL",
        example="https://github.com/ministryofjustice/prison-visits-2",
    )
    pods: int = setting("Most pods.", 50, unit="pods", ge=1, le=1000)
    scraped: bool = setting("Prometheus may scrape its pods.", False)
    service_accounts: Listed[ServiceAccountRole] = setting("Service accounts with an IAM role.", ())

    @rule
    def name_is_not_kubernetes_own(self) -> Iterator[Violation]:
        """The prefix `kube-` is Kubernetes' own."""
        if self.name.startswith("kube-"):
            yield Violation(("name",), self.name, "a name that does not begin with kube-")

    @rule
    def service_accounts_are_named_once(self) -> Iterator[Violation]:
        """One service account has one role."""
        for index, name in repeated(each.name for each in self.service_accounts):
            yield Violation(("service_accounts", index, "name"), name, "each service account once")

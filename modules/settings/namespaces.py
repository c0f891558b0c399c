"""Settings of service teams' namespaces."""

from __future__ import annotations

from typing import Literal

from modules.settings.fields import KubernetesName, Listed, Settings, Slug, setting


class ServiceAccountRole(Settings):
    """One service account with one IAM role of its own (ADR: Apps' access to AWS roles)."""

    name: KubernetesName = setting("Name of the service account.")
    policies: Listed[str] = setting("Short names from `service_account_policies` of the organisation.", min_length=1)


class Namespace(Settings):
    """A service team's namespace (ADR: Authorization, Network policy enforcement)."""

    name: KubernetesName = setting("Name of the namespace.", example="prison-visits-production")
    team: Slug = setting("Slug of the GitHub team that administers it.")
    business_unit: str = setting("Business unit that owns it.", "Platforms")
    environment: Literal["development", "staging", "preproduction", "production"] = setting(
        "What it is for.", "development"
    )
    source_code: str | None = setting("Repository of the service.", None)
    pods: int = setting("Most pods.", 50, unit="pods", ge=1, le=1000)
    scraped: bool = setting("Prometheus may scrape its pods.", False)
    service_accounts: Listed[ServiceAccountRole] = setting("Service accounts with an IAM role.", ())

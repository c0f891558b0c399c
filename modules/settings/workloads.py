"""Settings of what the platform itself runs in a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from modules.settings.fields import DomainName, HttpsUrl, Listed, Secret, Settings, setting
from modules.settings.rules import Violation, rule


class CredentialIssuer(Settings):
    """Kuberos, which hands out kubeconfigs (ADR: Auth credential issuer)."""

    host: DomainName = setting("Host name of Kuberos.", example="login.live.cloud-platform.service.justice.gov.uk")
    replicas: int = setting("Pods of Kuberos.", 2, unit="pods", ge=2, le=20)


class LogShipping(Settings):
    """Where fluent-bit sends logs (ADR: Future Fargate considerations, Daemonset functionality)."""

    host: DomainName = setting(
        "Host of the OpenSearch or Elasticsearch domain.",
        example="search-cloud-platform-live.eu-west-2.es.amazonaws.com",
    )
    domain_arn: str = setting(
        "ARN of that domain.",
        pattern=r"^arn:aws:es:[a-z0-9-]+:[0-9]{12}:domain/[a-z][a-z0-9-]{2,27}$",
        allowed="the ARN of an OpenSearch or Elasticsearch domain",
        example="arn:aws:es:eu-west-2:111122223333:domain/cloud-platform-live",
    )
    index_prefix: str | None = setting(
        "Prefix of the indices; absent: `<cluster>_kubernetes_cluster`.",
        None,
        pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$",
        allowed="at most 100 lower-case letters, digits, . _ and -, first a letter or digit",
    )


class AlertReceiver(Settings):
    """Who hears the alerts that manual scaling depends on (ADR: Cluster scaling)."""

    kind: Literal["slack", "pagerduty", "webhook"] = setting("Kind of receiver.")
    channel: str | None = setting(
        "Slack channel; for kind `slack` alone.",
        None,
        pattern=r"^#[a-z0-9_-]{1,80}$",
        allowed="a Slack channel, quoted, with its #",
        example="#high-priority-alarms",
    )
    secret: Secret = setting("The receiver's URL or key.")

    @rule
    def slack_alone_has_a_channel(self) -> Iterator[Violation]:
        """A channel is named for Slack and for nothing else."""
        if self.kind == "slack" and self.channel is None:
            yield Violation(("channel",), None, "a Slack channel, for kind is slack")
        if self.kind != "slack" and self.channel is not None:
            yield Violation(("channel",), self.channel, f"no channel, for kind is {self.kind}")


class Monitoring(Settings):
    """Prometheus, Alertmanager and Grafana (ADR: Node groups, Cluster scaling)."""

    grafana_host: DomainName = setting(
        "Host name of Grafana.", example="grafana.live.cloud-platform.service.justice.gov.uk"
    )
    storage: int = setting("Volume of Prometheus.", 75, unit="GiB", ge=10, le=16000)
    retention: int = setting("How long metrics are kept.", 1, unit="days", ge=1, le=90)
    low_capacity_threshold: int = setting(
        "Alert when the main group's pods, CPU or memory requests reach this share of what is allocatable.",
        80,
        unit="percent",
        ge=50,
        le=95,
    )
    receiver: AlertReceiver = setting("Who hears alerts.")
    extra_callbacks: Listed[HttpsUrl] = setting("Further callbacks of the `components` client, exact https URLs.", ())

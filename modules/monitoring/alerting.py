"""Who hears alerts: Alertmanager's configuration for the receiver of the settings (ADR: Cluster scaling)."""

from __future__ import annotations

from typing import Final

from modules.expression import Value
from modules.settings.workloads import AlertReceiver

CREDENTIALS: Final = "alert-receiver"
"""Name of the Secret that is mounted."""
KEY: Final = "receiver"
"""Key of the Secret under which the receiver's URL or key lies."""
RECEIVER: Final = "platform"
NOBODY: Final = "null"
"""Receiver of the two alerts that tell nobody anything: the constant one and the one that only silences others."""


def _delivery(receiver: AlertReceiver) -> dict[str, Value]:
    """Return how alerts reach `receiver`; what is secret is read from a file."""
    file = f"/etc/alertmanager/secrets/{CREDENTIALS}/{KEY}"
    if receiver.kind == "slack":
        text = "{{ range .Alerts }}{{ .Annotations.summary }} {{ .Annotations.description }}\n{{ end }}"
        return {
            "slack_configs": [{"api_url_file": file, "channel": receiver.channel, "send_resolved": True, "text": text}]
        }
    if receiver.kind == "pagerduty":
        return {"pagerduty_configs": [{"routing_key_file": file, "send_resolved": True}]}
    return {"webhook_configs": [{"url_file": file, "send_resolved": True}]}


def configuration(receiver: AlertReceiver) -> dict[str, Value]:
    """Return Alertmanager's configuration: every alert goes to `receiver`; the chart's default is nobody."""
    return {
        "route": {
            "receiver": RECEIVER,
            "group_by": ["namespace", "alertname"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": [{"receiver": NOBODY, "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}],
        },
        "receivers": [{"name": NOBODY}, {"name": RECEIVER, **_delivery(receiver)}],
    }

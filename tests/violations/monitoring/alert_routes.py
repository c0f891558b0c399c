"""Ways to raise an alert that nobody hears (D22)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.monitoring.values import monitoring, prometheus


def _config(stacks: Stacks) -> Any:
    return monitoring(stacks)["alertmanager"]["config"]


@violation(kills="D22-alert-is-heard")
def routed_to_nobody(stacks: Stacks) -> None:
    """A route to the receiver `null`, which was there for two other alerts."""
    _config(stacks)["route"]["routes"].insert(0, {"receiver": "null", "matchers": ['severity = "warning"']})


@violation(kills="D22-alert-is-heard")
def one_alert_more_for_nobody(stacks: Stacks) -> None:
    """The list of alerts that tell nobody anything gets one longer."""
    _config(stacks)["route"]["routes"][0]["matchers"] = ['alertname =~ "Watchdog|InfoInhibitor|MainNodeGroup.*"']


@violation(kills="D22-alert-is-heard")
def receiver_without_destination(stacks: Stacks) -> None:
    """The receiver keeps its name and loses its channel."""
    _config(stacks)["receivers"][1] = {"name": "platform"}


@violation(kills="D22-alert-is-heard")
def receiver_misspelt(stacks: Stacks) -> None:
    """A receiver that is not there; Alertmanager keeps its former configuration."""
    _config(stacks)["route"]["receiver"] = "plattform"


@violation(kills="D22-alert-is-heard")
def muted_at_night(stacks: Stacks) -> None:
    """Nights, weekends, and, by a slip, all days."""
    _config(stacks)["route"]["routes"].append({"matchers": ['severity = "warning"'], "mute_time_intervals": ["always"]})


@violation(kills="D22-alert-is-heard")
def inhibited(stacks: Stacks) -> None:
    """Watchdog, which fires always, silences every warning."""
    _config(stacks)["inhibit_rules"] = [
        {"source_matchers": ['alertname = "Watchdog"'], "target_matchers": ['severity = "warning"'], "equal": []}
    ]


@violation(kills="D22-alert-is-heard")
def configured_by_another_secret(stacks: Stacks) -> None:
    """Alertmanager reads a Secret of another name; all that is written here is not read."""
    monitoring(stacks)["alertmanager"]["alertmanagerSpec"]["useExistingSecret"] = True


@violation(kills="D22-alert-is-heard")
def dropped_on_the_way(stacks: Stacks) -> None:
    """Prometheus drops the alert before it sends any."""
    prometheus(stacks)["additionalAlertRelabelConfigs"] = [
        {"source_labels": ["alertname"], "regex": "MainNodeGroup.*", "action": "drop"}
    ]


@violation(kills="D22-alert-is-heard")
def secret_not_mounted(stacks: Stacks) -> None:
    """The receiver's address is read from a file that is not there."""
    monitoring(stacks)["alertmanager"]["alertmanagerSpec"]["secrets"] = []


@violation(kills="D22-alert-is-heard")
def chart_default(stacks: Stacks) -> None:
    """No configuration at all: the chart's default receiver is `null`."""
    del monitoring(stacks)["alertmanager"]["config"]

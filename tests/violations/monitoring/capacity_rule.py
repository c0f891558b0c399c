"""Ways to let the main group fill up unnoticed (D22)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.monitoring.values import monitoring, prometheus


def _rules(stacks: Stacks) -> Any:
    return monitoring(stacks)["additionalPrometheusRulesMap"]["capacity"]["groups"][0]["rules"]


@violation(kills="D22-low-capacity")
def vector_of_nothing(stacks: Stacks) -> None:
    """An alert of the right name that never fires."""
    _rules(stacks)[0]["expr"] = "vector(0) > 1"


@violation(kills="D22-low-capacity")
def never_true(stacks: Stacks) -> None:
    """The expression is as decided, and then an `and` with nothing."""
    _rules(stacks)[1]["expr"] += " and on () (vector(0) == 1)"


@violation(kills="D22-low-capacity")
def in_ninety_days(stacks: Stacks) -> None:
    """It fires, when capacity was low for 90 days."""
    _rules(stacks)[0]["for"] = "90d"


@violation(kills="D22-low-capacity")
def at_the_very_end(stacks: Stacks) -> None:
    """100 %: when nothing fits any more."""
    rule = _rules(stacks)[2]
    rule["expr"] = rule["expr"].replace(">= 80", ">= 100")


@violation(kills="D22-low-capacity")
def the_wrong_resource(stacks: Stacks) -> None:
    """The label says memory, the expression asks for cpu, twice."""
    rules = _rules(stacks)
    rules[2]["expr"] = rules[1]["expr"]


@violation(kills="D22-low-capacity")
def pods_left_out(stacks: Stacks) -> None:
    """Pods run out first, with addresses or without; nobody warns of them."""
    _rules(stacks).pop(0)


@violation(kills="D22-low-capacity")
def of_no_severity(stacks: Stacks) -> None:
    """Severity `none` is what routes drop."""
    _rules(stacks)[0]["labels"]["severity"] = "none"


@violation(kills="D22-low-capacity")
def counted_with_prometheus_nodes(stacks: Stacks) -> None:
    """The Prometheus group's room is counted as if teams could use it."""
    rule = _rules(stacks)[1]
    rule["expr"] = rule["expr"].replace("monitoring-node", "nothing-of-that-name")


@violation(kills="D22-low-capacity")
def rules_not_read(stacks: Stacks) -> None:
    """Prometheus reads rules of a label that this one has not."""
    prometheus(stacks)["ruleSelector"] = {"matchLabels": {"team": "platform"}}


@violation(kills="D22-low-capacity")
def no_series(stacks: Stacks) -> None:
    """kube-state-metrics leaves the nodes out, "to save memory"."""
    monitoring(stacks)["kube-state-metrics"]["collectorsExclude"] = ["secrets", "nodes"]


@violation(kills="D22-low-capacity")
def series_denied(stacks: Stacks) -> None:
    """One metric on a list of those denied."""
    monitoring(stacks)["kube-state-metrics"]["metricDenylist"] = ["kube_node_status_allocatable"]


@violation(kills="D22-low-capacity")
def limited_group(stacks: Stacks) -> None:
    """A group that yields more alerts than its limit yields none."""
    monitoring(stacks)["additionalPrometheusRulesMap"]["capacity"]["groups"][0]["limit"] = 1

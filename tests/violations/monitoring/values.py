"""What the violations change: values of the monitoring chart."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks
from tests.violations.workloads import values


def monitoring(stacks: Stacks) -> Any:
    """Return the chart's values."""
    return values(stacks, "monitoring")


def prometheus(stacks: Stacks) -> Any:
    """Return what the operator makes Prometheus of."""
    return monitoring(stacks)["prometheus"]["prometheusSpec"]

"""What a pod asks of its node, and what it is held to: too much of the one or too little of the other, and it never runs."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine.attribute import Attribute
from policies.engine.finding import Finding
from policies.engine.quantities import amount, mebibytes


def sensible(
    resources: Attribute,
    *,
    least: float = 16,
    most: float = parameters.MOST_MEMORY,
    processors: float = parameters.MOST_PROCESSORS,
) -> Iterator[Finding]:
    """Yield a finding unless a node has the memory, `most` MiB, and the `processors` that the pod asks for, and its limits leave it `least` MiB."""
    for side, amounts in resources.items():
        for key, given in amounts.items():
            if side not in ("requests", "limits") or key not in ("memory", "cpu", "ephemeral-storage"):
                yield given.finding(
                    "is no amount of memory or processors", expected="requests or limits of memory, cpu"
                )
    asked, limit = resources["requests"], resources["limits"]
    for each in (asked["memory"], limit["memory"] if asked["memory"].absent else asked["memory"]):
        if mebibytes(each) > most:
            yield each.finding("is more than a node has to spare", expected=f"{most:g}Mi at most")
            break
    share = limit["cpu"] if asked["cpu"].absent else asked["cpu"]
    if amount(share) > processors:
        yield share.finding("is more than a node has to spare", expected=f"{processors:g} at most")
    if not limit["memory"].absent and mebibytes(limit["memory"]) < least:
        yield limit["memory"].finding("is less than it needs", expected=f"{least:g}Mi at least")
    if not limit["cpu"].absent and amount(limit["cpu"]) < parameters.LEAST_PROCESSORS:
        yield limit["cpu"].finding("is less than it needs", expected=f"{parameters.LEAST_PROCESSORS:g} at least")

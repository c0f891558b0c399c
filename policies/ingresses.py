"""Whether an ingress leads to what it is for and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from policies.engine import Attribute, Finding

_REWRITES = (
    "snippet",
    "upstream-vhost",
    "service-upstream",
    "rewrite-target",
    "permanent-redirect",
    "temporal-redirect",
)
_PLAIN = {
    "ssl-redirect": "true",
    "force-ssl-redirect": "true",
    "ssl-passthrough": "false",
    "backend-protocol": "HTTP",
    "mirror-target": "",
}
"""Annotations that may be written, each with the one value that changes nothing."""


def plain_ingress(ingress: Attribute) -> Iterator[Finding]:
    """Yield each annotation by which an ingress controller sends requests elsewhere, or in the clear."""
    for key, value in ingress["annotations"].items():
        name = key.rpartition("/")[2]
        if any(each in name for each in _REWRITES) or value.text() != _PLAIN.get(name, value.text()):
            yield value.finding("changes where requests go, or how", expected="absent")

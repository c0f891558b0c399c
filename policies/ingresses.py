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
_INSECURE = ("ssl-redirect", "force-ssl-redirect", "ssl-passthrough", "backend-protocol", "mirror-target")


def plain_ingress(ingress: Attribute) -> Iterator[Finding]:
    """Yield each annotation by which an ingress controller sends requests elsewhere, or in the clear."""
    for key, value in ingress["annotations"].items():
        name = key.rpartition("/")[2]
        if any(each in name for each in _REWRITES) or (name in _INSECURE and value.text() not in ("true", "HTTP")):
            yield value.finding("changes where requests go, or how", expected="absent")

"""Annotations of an ingress: what leaves requests as they are may stand, what sends them elsewhere may not."""

from __future__ import annotations

import pytest

from policies.engine.resource import Resource, Stack
from policies.ingresses import plain_ingress


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("ssl-redirect", "true", False),
        ("ssl-redirect", "false", True),
        ("ssl-passthrough", "false", False),
        ("ssl-passthrough", "true", True),
        ("backend-protocol", "HTTP", False),
        ("backend-protocol", "true", True),
        ("mirror-target", "true", True),
        ("configuration-snippet", "", True),
        ("whitelist-source-range", "10.0.0.0/8", False),
    ],
)
def test_annotation(name: str, value: str, *, refused: bool) -> None:
    body = {"ingress": {"annotations": {f"nginx.ingress.kubernetes.io/{name}": value}}}
    ingress = Resource(Stack("s", "synth"), "managed", "helm_release", "r", body)["ingress"]
    assert [name in each.message for each in plain_ingress(ingress)] == [True] * refused

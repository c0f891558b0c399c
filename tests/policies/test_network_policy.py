"""What a network policy says of somebody does not depend on of whom, or in which direction, it was asked before."""

from __future__ import annotations

import itertools
from typing import Any

from policies.engine.network_policy import Direction, Endpoint, Policy, Traffic

RULES: list[dict[str, Any]] = [
    {"from": [{"podSelector": {"matchLabels": {"app": "a"}}}], "ports": [{"port": 80}]},
    {"from": [{"ipBlock": {"cidr": "10.2.0.0/16"}}], "ports": [{"port": 443, "protocol": "TCP"}]},
    {"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "c"}}}]},
]
OUT: list[dict[str, Any]] = [{"to": rule["from"], "ports": [{"port": 53, "protocol": "UDP"}]} for rule in RULES[2:]]
ENDPOINTS = [
    Endpoint("team", {"app": "a"}),
    Endpoint("team", {"app": "b"}, address="10.2.0.9"),
    Endpoint("other", {"app": "c"}),
    Endpoint("other", {"app": "a"}),
    Endpoint(address="10.2.0.10"),
]
TRAFFIC = [Traffic(80), Traffic(443), Traffic(53, "UDP")]


def policy() -> Policy:
    return Policy("default", 1000.0, "knp", "team", {"podSelector": {}, "ingress": RULES, "egress": OUT}, True)


def test_a_policy_that_was_asked_before_says_the_same() -> None:
    directions: tuple[Direction, ...] = ("ingress", "egress")
    asked = list(itertools.product(directions, ENDPOINTS, ENDPOINTS, TRAFFIC))
    one = policy()
    by_pair = sorted(asked, key=lambda each: (ENDPOINTS.index(each[1]), ENDPOINTS.index(each[2]), each[3].port))
    for order in (asked, asked[::-1], by_pair):
        assert [one.verdict(*each) for each in order] == [policy().verdict(*each) for each in order]
    assert {policy().verdict(*each) for each in asked} == {"allow", ""}


def test_addresses_of_another_family_are_told_apart() -> None:
    spec = {"selector": "all()", "ingress": [{"action": "Allow", "ipVersion": 6}]}
    six = Policy("default", 1000.0, "six", "", spec, False)
    one, other = Endpoint(address="10.2.0.10"), Endpoint(address="fd00::7")
    assert six.verdict("ingress", one, ENDPOINTS[0], TRAFFIC[0]) == ""
    assert six.tells("ingress", one) != six.tells("ingress", other)

"""Fleets that are valid and within what the decisions allow, as different as they may be; the same ones every time."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Iterator
from typing import Any

from policies import parameters

Fleet = dict[str, Any]
TRICKY = (
    "HMPPS",
    "Crown & Court",
    "a: b # c",
    "50% ${off}",
    "%{if}",
    'say "hi"',
    "naïve",
    "- x",
    "true",
    "null",
    "1e3",
)
LONGEST_NAME = 12
VERSIONS = ("1.34", "1.35")
NETWORKS: tuple[list[str], ...] = ([], ["203.0.113.0/24"], ["198.51.100.7/32", "203.0.113.0/24"])


def allowed_fleets(committed: Fleet, *, seeds: Iterable[int], clusters: int) -> Iterator[Fleet]:
    """Yield a fleet for each seed, of so many clusters, in the tenant and account of the committed one, as plain data."""
    for number in seeds:
        draw = random.Random(number)
        fleet = copy.deepcopy(committed)
        fleet["account"]["session_manager"] = {
            **fleet["account"].get("session_manager", {}), "import_existing": draw.random() < 0.5
        }  # fmt: skip
        fleet["clusters"] = [_cluster(draw, fleet, name, index) for index, name in enumerate(_names(draw, clusters))]
        yield fleet


def _names(draw: random.Random, many: int) -> list[str]:
    """Return names of which some begin with others, as `live` and `live2`, `live-2` do."""
    names: dict[str, None] = {}
    while len(names) < many:
        stem = draw.choice(("live", "test", "manager", "a", "login", "workloads", "eks", "main", "prometheus"))
        name = stem + draw.choice(("", "2", "-2", f"-{draw.randrange(100)}", "-green", f"{draw.randrange(100)}"))
        if len(name) <= LONGEST_NAME:
            names[name] = None
    return list(names)


def _cluster(draw: random.Random, fleet: Fleet, name: str, index: int) -> Fleet:
    region, account = fleet["account"]["region"], fleet["account"]["id"]
    domain = fleet["organisation"]["base_domain"]
    zones = [f"{region}{letter}" for letter in "abc"[: draw.choice((2, 3))]]
    version = draw.choice(VERSIONS)
    low, wanted, high = sorted(draw.randint(1, 60) for _ in range(3))
    fallbacks = draw.sample(parameters.MAIN_TYPES[1:], draw.randint(0, len(parameters.MAIN_TYPES) - 1))
    kind = draw.choice(("slack", "pagerduty", "webhook"))
    cluster: Fleet = {
        "name": name,
        "kubernetes_version": version,
        "protect": draw.random() < 0.5,
        "network": {
            "vpc": f"vpc-{index}",
            "node_subnets": {
                "tag": "SubnetType",
                "value": draw.choice(("Private", "EKS-Private")),
                "cidrs": {
                    zone: f"10.{index}.{64 * number}.0/{draw.choice((18, 19))}" for number, zone in enumerate(zones)
                },
            },
        },
        "public_access_cidrs": draw.choice(NETWORKS),
        "main": {
            "instance_types": [parameters.MAIN_FIRST_TYPE, *fallbacks],
            "size": {"minimum": low, "desired": wanted, "maximum": high},
            "max_unavailable_percentage": draw.randint(1, 50),
        },
        "prometheus": {
            "instance_types": list(parameters.PROMETHEUS_TYPES[: draw.choice((1, 2))]),
            "size": {"desired": 2, "minimum": draw.choice((1, 2)), "maximum": draw.choice((2, 3))},
            "zone": draw.choice(zones),
        },
        "log_retention": draw.choice(parameters.LOG_RETENTIONS),
        "kubernetes_client_secret": {"parameter": f"/fleet/{name}/kubernetes", "revision": draw.randint(1, 9)},
        "components_client_secret": {"parameter": f"/fleet/{name}/components"},
        "credential_issuer": {"host": f"login.{name}.{domain}", "replicas": draw.randint(2, 5)},
        "log_shipping": {
            "host": parameters.LOG_HOST.format(cluster=name, region=region),
            "domain_arn": parameters.LOG_DOMAIN.format(cluster=name, region=region, account=account),
        },
        "monitoring": {
            "grafana_host": f"grafana.{name}.{domain}",
            "retention": draw.randint(1, 90),
            "receiver": {"kind": kind, "secret": {"parameter": f"/fleet/{name}/receiver"}}
            | ({"channel": "#alarms"} if kind == "slack" else {}),
        },
        "namespaces": [_namespace(draw, fleet, f"team-{number}") for number in range(draw.choice((0, 0, 1, 3)))],
    }
    if draw.random() < 0.3:
        cluster["ami_releases"] = {version: f"{version}.3-20261110"}
    if draw.random() < 0.3:
        cluster["runner"] = f"runner-{name}"
    if draw.random() < 0.3:
        named = {
            "vpc_cni": "v1.22.3-eksbuild.1",
            "kube_proxy": f"v{version}.0-eksbuild.2",
            "coredns": "v1.13.2-eksbuild.11",
            "ebs_csi": "v1.57.1-eksbuild.1",
        }
        cluster["addons"] = {each: named[each] for each in draw.sample(sorted(named), draw.randint(1, len(named)))}
    return cluster


def _namespace(draw: random.Random, fleet: Fleet, name: str) -> Fleet:
    policies = sorted(fleet["organisation"].get("service_account_policies", {}))
    return {
        "name": name,
        "team": draw.choice(("webapps", "a-team", "x1")),
        "business_unit": draw.choice(TRICKY),
        "environment": draw.choice(("development", "staging", "preproduction", "production")),
        "pods": draw.randint(1, 1000),
        "scraped": draw.random() < 0.5,
        "service_accounts": [
            {"name": f"app-{number}", "policies": draw.sample(policies, draw.randint(1, len(policies)))}
            for number in range(draw.choice((0, 1, 2)) if policies else 0)
        ],
    }

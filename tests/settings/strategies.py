"""Hypothesis strategies: any valid fleet as plain data, and changes that make one invalid."""

from __future__ import annotations

import copy
import string
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from modules.settings.instance_types import INSTANCE_TYPES, NITRO, X86_64
from modules.settings.kubernetes_versions import ADMITTED
from modules.settings.organisation import BUILT_IN, INSTALLED_IN

Fleet = dict[str, Any]
"""Plain data: `organisation`, `tenant`, `account` and the list `clusters`, as `Fleet.model_validate` takes it."""
Steps = tuple[str | int, ...]

REGION = "eu-west-2"
ZONES = tuple(f"{REGION}{letter}" for letter in "abc")
ACCOUNT = "111122223333"
BASE_DOMAIN = "platform.example.org"
POLICIES = {"s3-read": f"arn:aws:iam::{ACCOUNT}:policy/s3-read", "sqs": f"arn:aws:iam::{ACCOUNT}:policy/sqs"}
NITRO_TYPES = [name for name, each in INSTANCE_TYPES.items() if (each.hypervisor, each.architecture) == (NITRO, X86_64)]
X86_TYPES = [name for name, each in INSTANCE_TYPES.items() if each.architecture == X86_64]
REASON = "It needs what the level restricted forbids."

names = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
cluster_names = st.from_regex(r"[a-z][a-z0-9]{0,11}", fullmatch=True).filter(
    lambda name: name not in ("organisation", "tenant", "account", "identity")
)
tricky_text = st.text(
    st.sampled_from(string.ascii_letters + string.digits + " ${}%\"'`\\#:,&*!|>-é"), min_size=1, max_size=40
)


@st.composite
def sizes(draw: st.DrawFn) -> Fleet:
    """Return a main group's size."""
    low, wanted, high = sorted(draw(st.tuples(*[st.integers(1, 20)] * 3)))
    return {"minimum": low, "desired": wanted, "maximum": high}


@st.composite
def namespaces(draw: st.DrawFn) -> list[Fleet]:
    """Return up to three namespaces of service teams."""
    found = []
    for name in draw(st.lists(names, max_size=3, unique=True)):
        accounts = [
            {"name": account, "policies": draw(st.lists(st.sampled_from(sorted(POLICIES)), min_size=1, unique=True))}
            for account in draw(st.lists(names, max_size=2, unique=True))
        ]
        found.append(
            {
                "name": f"team-{name}",
                "team": draw(names),
                "business_unit": draw(tricky_text),
                "environment": draw(st.sampled_from(["development", "staging", "preproduction", "production"])),
                "pods": draw(st.integers(1, 1000)),
                "scraped": draw(st.booleans()),
                "service_accounts": accounts,
            }
        )
    return found


@st.composite
def clusters(draw: st.DrawFn, name: str, index: int) -> Fleet:
    """Return one cluster in a VPC that other clusters stand in as well, in the same subnets or in others."""
    prefixes = draw(st.booleans())
    version = draw(st.sampled_from(ADMITTED))
    kind = draw(st.sampled_from(["slack", "pagerduty", "webhook"]))
    zones = ZONES[: draw(st.integers(2, 3))]
    exempt = draw(st.lists(st.sampled_from(INSTALLED_IN), max_size=2, unique=True))
    tag = draw(st.sampled_from(["SubnetType", "Name"]))
    subnets = draw(st.sampled_from([0, index + 1]))
    receiver = {"kind": kind, "secret": {"parameter": f"/fleet/{name}/receiver"}}
    cluster = {
        "name": name,
        "kubernetes_version": version,
        "protect": draw(st.booleans()),
        "network": {
            "vpc": draw(st.sampled_from(["shared", f"vpc-{index}"])),
            "node_subnets": {
                "tag": tag,
                "value": f"{subnets} in {len(zones)} zones",
                "cidrs": {zone: f"10.{16 * subnets + number}.0.0/16" for number, zone in enumerate(zones)},
            },
        },
        "public_access_cidrs": draw(st.sampled_from([[], ["203.0.113.0/24"], ["198.51.100.7/32", "203.0.113.0/24"]])),
        "main": {
            "instance_types": draw(
                st.lists(st.sampled_from(NITRO_TYPES if prefixes else X86_TYPES), min_size=1, max_size=3, unique=True)
            ),
            "size": draw(sizes()),
            "max_unavailable_percentage": draw(st.integers(1, 50)),
        },
        "prometheus": {
            "instance_types": draw(st.lists(st.sampled_from(X86_TYPES), min_size=1, max_size=2, unique=True)),
            "size": {"desired": 2, "minimum": draw(st.integers(1, 2)), "maximum": draw(st.integers(2, 4))},
            "zone": draw(st.sampled_from(zones)),
        },
        "instance_metadata": {"hop_limit": 2 if exempt else 1, "exempt_namespaces": exempt},
        "prefix_delegation": prefixes,
        "log_retention": draw(st.sampled_from([365, 400, 731])),
        "kubernetes_client_secret": {"parameter": f"/fleet/{name}/kubernetes", "revision": draw(st.integers(1, 9))},
        "components_client_secret": {"parameter": f"/fleet/{name}/components"},
        "credential_issuer": {"host": f"login.{name}.{BASE_DOMAIN}", "replicas": draw(st.integers(2, 5))},
        "log_shipping": {
            "host": f"logs-{name}.{REGION}.es.amazonaws.com",
            "domain_arn": f"arn:aws:es:{REGION}:{ACCOUNT}:domain/logs-{name}",
        },
        "monitoring": {
            "grafana_host": f"grafana.{name}.{BASE_DOMAIN}",
            "retention": draw(st.integers(1, 90)),
            "receiver": receiver | ({"channel": "#alarms"} if kind == "slack" else {}),
        },
        "namespaces": draw(namespaces()),
    }
    if draw(st.booleans()):
        cluster["ami_releases"] = {version: f"{version}.3-20261110", "1.31": "1.31.9-20260101"}
    if draw(st.booleans()):
        cluster["runner"] = f"runner-{name}"
    return cluster


@st.composite
def organisations(draw: st.DrawFn) -> Fleet:
    """Return an organisation with the namespaces that it must have, in any order."""
    listed: list[Fleet] = [{"name": name, "made_by": "kubernetes"} for name in BUILT_IN if name != "kube-system"]
    listed += [{"name": name} for name in INSTALLED_IN]
    for each in listed:
        level = draw(st.sampled_from(["privileged", "baseline", "restricted"]))
        each.update({"level": level} if level == "restricted" else {"level": level, "reason": REASON})
    node = {"service_account": "aws-node", "reason": REASON, "privileged": True, "host_namespaces": ["hostNetwork"]}
    listed.append(
        {
            "name": "kube-system",
            "made_by": "kubernetes",
            "level": "privileged",
            "reason": REASON,
            "isolated": False,
            "privileged_service_accounts": [node],
        }
    )
    listed.append({"name": "ingress-controllers", "made_by": "others", "isolated": False})
    certificate = draw(st.sampled_from([{"certificate_issuer": "letsencrypt"}, {"tls_secret": "wildcard"}]))
    return {
        "github_organisation": draw(st.sampled_from(["ministryofjustice", "Acme-Org", "a"])),
        "admin_team": draw(names),
        "base_domain": BASE_DOMAIN,
        "default_tags": {"owner": draw(tricky_text), "application": "platform"},
        "state": {"backend": draw(st.sampled_from(["s3", "local"])), "bucket": "state-bucket", "region": REGION},
        "service_account_policies": dict(POLICIES),
        "platform_namespaces": draw(st.permutations(listed)),
        **certificate,
    }


@st.composite
def tenants(draw: st.DrawFn) -> Fleet:
    """Return a tenant of either engine, its connection looked up or managed."""
    engine = draw(st.sampled_from(["actions", "rules"]))
    managed = {"client_id": "Iv1.0123", "client_secret": {"parameter": "/fleet/github"}}
    idle, absolute = sorted(draw(st.tuples(*[st.integers(3600, 2592000)] * 2)))
    tenant = {
        "domain": draw(st.sampled_from(["acme.eu.auth0.com", "acme.auth0.com"])),
        "engine": engine,
        "groups_claim": draw(st.sampled_from(["https://k8s.example.org/groups", "https://example.org"])),
        "username_claim": draw(st.sampled_from(["email", "sub"])),
        "connection": draw(st.sampled_from([{"id": "con_abc"}, managed])),
        "actions_client_secret": {"parameter": "/fleet/actions"},
        "refresh_token_lifetime": absolute,
        "refresh_token_idle_lifetime": idle,
    }
    if engine == "actions":
        tenant["actions_before"] = draw(st.sampled_from([[], [{"id": "a-1", "display_name": "Theirs"}]]))
    return tenant


@st.composite
def valid_fleets(draw: st.DrawFn, *, most: int = 2) -> Fleet:
    """Return any valid fleet of up to `most` clusters, as plain data."""
    chosen = draw(st.lists(cluster_names, min_size=1, max_size=most, unique=True))
    return {
        "organisation": draw(organisations()),
        "tenant": draw(tenants()),
        "account": {
            "id": ACCOUNT,
            "region": REGION,
            "zones": list(ZONES),
            "principals": {
                "platform_team": [f"arn:aws:iam::{ACCOUNT}:role/team"],
                "deploy": f"arn:aws:iam::{ACCOUNT}:role/deploy",
                "plan": f"arn:aws:iam::{ACCOUNT}:role/plan",
            },
            "session_manager": {"import_existing": draw(st.booleans())},
        },
        "clusters": [draw(clusters(name, index)) for index, name in enumerate(chosen)],
    }


def places(value: Any, path: Steps = ()) -> Iterator[Steps]:
    """Yield the path of every value within plain data, outermost first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def value_at(data: Any, path: Steps) -> Any:
    """Return the value at a path."""
    for step in path:
        data = data[step]
    return data


FREE = ("default_tags", "service_account_policies", "cidrs")
"""Mappings whose keys the settings do not name."""


@st.composite
def invalid_fleets(draw: st.DrawFn) -> tuple[Fleet, Steps]:
    """Return a valid fleet with one value made wrong, and the path of the mapping, list or value that is wrong."""
    fleet = copy.deepcopy(draw(valid_fleets(most=1)))
    inside = [path for path in places(fleet) if len(path) > 1 and path != ("clusters", 0)]
    path = draw(st.sampled_from(inside))
    *above, last = path
    parent, value = value_at(fleet, tuple(above)), value_at(fleet, path)
    if isinstance(value, dict) and last not in FREE and draw(st.booleans()):
        value["unheard_of"] = 1
        return fleet, (*path, "unheard_of")
    wrong: list[Any] = [None, -(10**6), "\x07", {"a": {"b": []}}, [[]], "x" * 5000]
    parent[last] = draw(st.sampled_from(wrong))
    return fleet, path

"""Whatever is wrong is told in one run, and what is refused makes nothing else look wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modules.settings.errors import SettingsError
from modules.settings.load import UNCHECKED, load_fleet
from tests.settings.fleet_rule_cases import FLEET_CASES
from tests.settings.folders import DELETE, change, fixed, write
from tests.settings.rule_cases import CASES as FILE_CASES

CASES = FILE_CASES | FLEET_CASES
TYPOS = {
    "live/protect": DELETE,
    "live/protekt": True,
    "organisation/ingress_class": DELETE,
    "organisation/ingress_clas": "default",
    "tenant/id_token_lifetim": 36000,
    "account/session_manager/import_existin": True,
}
"""A key misspelt in each kind of file, none of which any rule asks for."""
Told = tuple[str, str, str, str, str | None]


def told(changes: dict[str, Any], folder: Path) -> tuple[set[Told], str | None]:
    """Return what is said of the fixed fleet with some changes, and what it could not say."""
    with pytest.raises(SettingsError) as raised:
        load_fleet(write(change(fixed(), changes), folder))
    found = {(Path(each.file).stem, each.key, each.given, each.allowed, each.rule) for each in raised.value.problems}
    return found, raised.value.unchecked


@pytest.fixture(scope="module")
def typos(tmp_path_factory: pytest.TempPathFactory) -> set[Told]:
    """What is said of misspelt keys alone."""
    found, unchecked = told(TYPOS, tmp_path_factory.mktemp("typos"))
    assert {(file, key) for file, key, *_ in found} == {
        ("live", "protekt"), ("organisation", "ingress_clas"), ("tenant", "id_token_lifetim"),
        ("account", "session_manager.import_existin"),
    }  # fmt: skip
    assert unchecked is None
    return found


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_broken_rule_is_told_beside_misspelt_keys(name: str, typos: set[Told], tmp_path: Path) -> None:
    rule, _ = told(CASES[name].broken, tmp_path / "rule")
    both, _ = told(TYPOS | CASES[name].broken, tmp_path / "both")
    assert both == rule | typos


WRONG = {
    "live/main/instance_types/0": 5,
    "live/credential_issuer/host": DELETE,
    "live/namespaces/2": "a name alone",
    "test/kubernetes_version": "1.53",
    "organisation/base_domain": "no domain",
    "account/zones": DELETE,
}


def test_a_value_that_is_refused_hides_no_rule_that_does_not_ask_for_it(tmp_path: Path) -> None:
    """Within a file, around it, and between the others."""
    broken = {
        "live/main/size/desired": 61,
        "live/public_access_cidrs/+": "0.0.0.0/0",
        "live/components_client_secret/parameter": "/cloud-platform/live/auth0/kubernetes-client-secret",
        "manager/credential_issuer/host": "login.test.cloud-platform.service.justice.gov.uk",
        "manager/main/size/maximum": 450,
        "test/namespaces": [{"name": "logging", "team": "webops"}],
        "account/principals/plan": "arn:aws:iam::111122223333:role/cloud-platform-deploy",
        "organisation/tls_secret": "wildcard",
    }
    wrong, unchecked = told(WRONG, tmp_path / "wrong")
    assert {(file, key) for file, key, *_ in wrong} == {
        ("live", "main.instance_types[0]"), ("live", "credential_issuer.host"), ("live", "namespaces[2]"),
        ("test", "kubernetes_version"), ("organisation", "base_domain"), ("account", "zones"),
    }  # fmt: skip
    assert unchecked == UNCHECKED
    both, _ = told(WRONG | broken, tmp_path / "both")
    assert wrong <= both
    assert {(file, key, rule) for file, key, _, _, rule in both - wrong} == {
        ("live", "main.size.desired", "desired_is_between_minimum_and_maximum"),
        ("live", "public_access_cidrs[1]", "public_access_is_not_for_everybody"),
        ("live", "components_client_secret.parameter", "client_secrets_are_distinct"),
        ("manager", "network.node_subnets.cidrs.eu-west-2a", "subnets_hold_the_pods"),
        ("manager", "network.node_subnets.cidrs.eu-west-2b", "subnets_hold_the_pods"),
        ("manager", "network.node_subnets.cidrs.eu-west-2c", "subnets_hold_the_pods"),
        ("test", "credential_issuer.host", "web_hosts_are_unique"),
        ("test", "namespaces[0].name", "namespaces_are_not_the_platforms"),
        ("account", "principals.plan", "principals_are_distinct"),
        ("organisation", "certificate_issuer", "certificates_come_from_one_place"),
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"organisation/service_account_policies": DELETE, "organisation/service_account_policys": {}},
        {"organisation/service_account_policies": DELETE, "organisation/grants": {}},
        {"organisation/service_account_policies/s3-read": 5},
        {"live/network/node_subnets/cidrs/eu-west-2b": DELETE, "live/network/node_subnets/cidrs/eu-west-2": "10.0.0.0/19"},
        {"tenant/connection/id": DELETE, "tenant/connection/idd": "con_a"},
        {"organisation/platform_namespaces/8/name": 5},
        {"live/monitoring/receiver/channel": DELETE, "live/monitoring/receiver/chanel": "#a"},
        {"live/main/instance_types/1": "r5.2xlrage", "live/main/instance_types/2": "r5.2xlrage"},
    ],
)  # fmt: skip
def test_what_is_refused_makes_nothing_else_look_wrong(changes: dict[str, Any], tmp_path: Path) -> None:
    """Neither a default nor anything else stands in for a value, and no rule is judged by one that breaks another."""
    found, unchecked = told(changes, tmp_path / "clusters")
    if "live/main/instance_types/1" in changes:
        assert {rule for *_, rule in found} == {"instance_types_are_known", "instance_types_are_named_once"}
    else:
        assert len(found) == 1, found
        assert {rule for *_, rule in found} == {None}
    assert unchecked == UNCHECKED


def test_a_key_that_stands_twice_is_not_judged(tmp_path: Path) -> None:
    folder = write(fixed(), tmp_path / "clusters")
    live = folder / "live.yaml"
    live.write_text(live.read_text().replace("    desired: 54\n", "    desired: 61\n    desired: 54\n"))
    with pytest.raises(SettingsError) as raised:
        load_fleet(folder)
    (found,) = raised.value.problems
    assert (found.key, found.rule, raised.value.unchecked) == ("main.size.desired", None, UNCHECKED)


@pytest.mark.parametrize("missing", ["organisation", "tenant", "account"])
def test_a_missing_shared_file_hides_no_rule_that_does_not_ask_for_it(missing: str, tmp_path: Path) -> None:
    files = change(fixed(), {"manager/main/size/maximum": 58, "live/main/size/minimum": 61})
    del files[missing]
    with pytest.raises(SettingsError) as raised:
        load_fleet(write(files, tmp_path / "clusters"))
    assert {(Path(each.file).stem, each.rule) for each in raised.value.problems} == {
        (missing, None), ("live", "minimum_is_not_above_maximum"), ("live", "subnets_hold_the_pods"),
    }  # fmt: skip
    assert raised.value.unchecked == UNCHECKED

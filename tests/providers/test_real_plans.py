"""Violations in what terraform itself plans, with the real AWS provider: not in a plan that only looks like one.

Batched, since starting terraform and its provider costs far more than one resource more in a plan: all violations that
`BATCHES` names for a stack are done to it together, and it is planned once, as a new stack in the sandbox's AWS. No two
of them that the same control kills touch the same resource, and none brings down the control of another on the side, so
what a control says of a resource is the work of one violation. The plans are judged alone, as an apply job sees them,
and beside the synthesized fleet, as a pull request does.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Final

import pytest

from modules.settings.fleet import Fleet
from policies.engine.control import load_controls
from policies.engine.judge import Report
from tests.policies.judged import judge
from tests.providers.planning import Documents, plan
from tests.sandbox.terraform import Providers, missing_terraform
from tests.violations.catalogue import Stacks, violations

BATCHES: Final = {
    "live": (
        "B01-endpoint:two_halves_of_the_world",
        "B02-secrets-encrypted:key_of_somebody_else",
        "B03-keys:key_for_everybody",
        "B05-default-tags:empty_tag",
        "B08-root-disks-encrypted:another_disk_than_the_root",
        "B11-iam-without-wildcards:every_request",
        "B13-roles-with-their-policies:driver_before_its_policy",
        "B14-addons-in-order:coredns_without_nodes",
        "B15-cluster-security-group:group_replaced",
        "B19-roles-of-the-service:control_planes_role_for_the_account",
        "D01-one-cluster:forced_over_insights",
        "D01-known-addons:addon_of_another_cluster",
        "D01-zones:one_zone",
        "D02-audience:client_id_of_the_components",
        "D02-claims:dash_as_prefix",
        "D04-access-entries:creator_left_to_the_default",
        "D05-group-of-this-cluster:role_for_everybody",
        "D05-managed-only:hybrid_nodes",
        "D05-on-demand:spot_in_the_template",
        "D06-main-for-all:the_same_zone_three_times",
        "D06-prometheus-alone:taint_that_only_prefers",
        "D07-main-types:behind_a_condition",
        "D08-able-cni:old_cni",
        "D08-before-the-nodes:nodes_first",
        "D08-prefix-delegation:prefixes_as_a_boolean",
        "D09-prometheus-types:the_same_type_twice",
        "D10-addresses-of-the-vpc:custom_networking",
        "D11-nothing-at-boot:key_by_user_data",
        "D11-optimised-image:own_image_behind_the_template",
        "D12-no-autoscaler:discovery_tags",
        "D13-one-enforcer:the_cni_enforces_too",
        "D15-all-log-types:the_same_type_five_times",
        "D15-log-group-encrypted:key_for_every_log_group",
        "D15-log-group-first:cluster_does_not_wait",
        "D15-log-group-kept:infrequent_access_class",
        "D16-no-keys:public_addresses_by_the_subnet",
        "D16-no-login-port:all_protocols_from_a_peer",
        "D16-no-secrets-for-nodes:one_read_left",
        "D19-bound-roles:two_service_accounts",
        "D19-no-kiam:pod_identity",
        "D19-one-issuer:another_audience",
        "D20-tokens-and-one-hop:hops_by_a_local",
    ),
    "account": (
        "B11-iam-without-wildcards:wildcard_in_a_local",
        "D01-eks-alone:state_of_kops",
        "D05-managed-only:one_instance_for_a_tool",
        "D12-no-autoscaler:night_schedule",
        "D16-no-keys:shared_key",
        "D16-own-credentials:any_tag_will_do",
        "D16-sessions-logged:sessions_for_ever",
        "D20-nodes-role:policy_from_another_stack",
    ),
}
"""By stack: what is done to it, all at once."""
_BY_ID: Final = {each.id: each for each in violations()}
PLANNED: Final = {id_: stack for stack, ids in BATCHES.items() for id_ in ids}
NEEDS_MORE: Final = "D16-sessions-logged:sessions_for_ever"
"""Seen beside the synthesized form alone: a local holds the preferences, and names a key that is not made yet."""


@dataclass(frozen=True)
class Broken:
    """The fleet with all violations done to it, and what each of them touched."""

    stacks: Documents
    culprits: dict[str, list[str]]


@pytest.fixture(scope="module")
def broken(stacks: dict[str, Path]) -> Broken:
    """The committed fleet as the sandbox has it, broken in every way of `BATCHES`."""
    folders = {name: folder for name, folder in stacks.items() if not name.startswith("adr-2021-")}
    changed = Stacks({name: json.loads((folder / "cdk.tf.json").read_text()) for name, folder in folders.items()})
    culprits = {}
    for id_ in PLANNED:
        touched = len(changed.touched)
        _BY_ID[id_].function(changed)
        named = _BY_ID[id_].names
        culprits[id_] = [named] if named else changed.touched[touched:]
    return Broken(changed.left(), culprits)


@pytest.fixture(scope="module")
def plans(
    broken: Broken, fleet: Fleet, providers: Providers, tmp_path_factory: pytest.TempPathFactory, left_out: list[str]
) -> Documents:
    """What terraform plans for the stacks of `BATCHES`; nothing where it cannot be asked."""
    reason = missing_terraform() or (None if "hashicorp/aws" in providers.packages else "no provider hashicorp/aws")
    if reason is not None:
        left_out.append(f"{len(PLANNED)} violations in real plans: {reason}")
        return {}
    folders = {}
    for name in BATCHES:
        folders[name] = tmp_path_factory.mktemp("broken") / name
        folders[name].mkdir()
        (folders[name] / "cdk.tf.json").write_text(json.dumps(broken.stacks[name]))
    return plan(fleet, folders, providers)


@pytest.fixture(scope="module")
def beside(broken: Broken, plans: Documents) -> Report:
    """The verdicts on the plans, with the synthesized fleet beside them."""
    return judge(broken.stacks, plans, layers=("plan",))


@pytest.fixture(scope="module")
def alone(plans: Documents) -> Report:
    """The verdicts on the plans and nothing else."""
    return judge({}, plans, layers=("plan",))


def told(report: Report, control: str, *verdicts: str) -> list[str]:
    """Return what a control says under these verdicts."""
    return [each.message for each in report.results if each.control.id == control and each.verdict in verdicts]


def names_one_of(message: str, culprits: list[str]) -> bool:
    """Whether a message spells one of the addresses, and no longer one that begins with it."""
    return any(re.search(rf"{re.escape(each)}(?![\w-])", message) for each in culprits)


def test_a_batch_can_be_told_apart(broken: Broken) -> None:
    """What a control says of a resource is the work of one violation."""
    assert len(PLANNED) == sum(map(len, BATCHES.values())) >= 50
    for id_, other in permutations(PLANNED, 2):
        kills = _BY_ID[id_].kills
        assert broken.culprits[id_], id_
        assert kills not in _BY_ID[other].also, f"{id_} and {other}"
        assert kills != _BY_ID[other].kills or not set(broken.culprits[id_]) & set(broken.culprits[other]), id_


@pytest.mark.parametrize("id_", PLANNED)
def test_violation_is_killed(id_: str, broken: Broken, plans: Documents, beside: Report) -> None:
    if plans:
        found, culprits = told(beside, _BY_ID[id_].kills, "FAIL"), broken.culprits[id_]
        assert any(names_one_of(each, culprits) for each in found), f"{found} names none of {culprits}"


def test_plans_alone_say_the_same_of_what_they_show(broken: Broken, plans: Documents, alone: Report) -> None:
    """Where a control reads a stack that was not planned here, the answer is unknown, never that it holds."""
    if not plans:
        return
    killed = set()
    for id_ in PLANNED:
        control = load_controls()[_BY_ID[id_].kills]
        found = told(alone, control.id, "FAIL")
        if any(names_one_of(each, broken.culprits[id_]) for each in found):
            killed.add(id_)
            continue
        assert told(alone, control.id, "UNKNOWN"), id_
        assert set(control.reads) - {"account", "cluster"} or id_ == NEEDS_MORE, id_
    assert len(killed) >= 40


def test_nothing_else_is_seen(broken: Broken, plans: Documents, beside: Report, alone: Report) -> None:
    """No false alarm in real plans: what fails is named by a violation, and so is the resource."""
    if not plans:
        return
    assert {each.verdict for each in beside.results} == {"PASS", "FAIL", "NOT_APPLICABLE"}
    named: dict[str, list[str]] = {}
    expected = set()
    for id_ in PLANNED:
        named.setdefault(_BY_ID[id_].kills, []).extend(broken.culprits[id_])
        expected |= {_BY_ID[id_].kills, *_BY_ID[id_].also}
    assert {each.refusal.control for each in beside.refused} <= expected
    for report in (beside, alone):
        failed = {each.control.id for each in report.results if each.verdict == "FAIL"}
        assert failed <= expected
        for control, culprits in named.items():
            for message in told(report, control, "FAIL"):
                assert names_one_of(message, culprits), message

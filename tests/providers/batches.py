"""The fleet with violations done to it, of which terraform is asked what it plans.

Batched, since starting terraform and its provider costs far more than one resource more in a plan: all violations that
`BATCHES` names for a stack are done to it together. No two of them that the same control kills touch the same resource,
and none brings down the control of another on the side, so what a control says of a resource is the work of one violation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

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
BY_ID: Final = {each.id: each for each in violations()}
PLANNED: Final = {id_: stack for stack, ids in BATCHES.items() for id_ in ids}


@dataclass(frozen=True)
class Broken:
    """The fleet with all violations done to it, and what each of them touched."""

    stacks: dict[str, dict[str, Any]]
    culprits: dict[str, list[str]]


def broken_fleet(folders: Mapping[str, Path]) -> Broken:
    """Return the fleet whose stacks lie in `folders`, broken in every way of `BATCHES`."""
    changed = Stacks({name: json.loads((folder / "cdk.tf.json").read_text()) for name, folder in folders.items()})
    culprits = {}
    for id_ in PLANNED:
        touched = len(changed.touched)
        BY_ID[id_].function(changed)
        named = BY_ID[id_].names
        culprits[id_] = [named] if named else changed.touched[touched:]
    return Broken(changed.left(), culprits)

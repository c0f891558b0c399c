"""What the state of a changed fleet shows of a violation, and which violations no state shows."""

from __future__ import annotations

from typing import Any, Final

from policies.engine.control import load_controls
from policies.engine.judge import Report
from tests.policies.judged import judge
from tests.policies.standing import States
from tests.violations.catalogue import Violation

CONTROLS: Final = {key: each for key, each in load_controls().items() if "state" in each.layers and each.begins is None}
"""Those that read a state. Login code is the same text in every layer, and runs for seconds: it is tried in the others."""
NOT_SHOWN: Final = {
    "B10-no-secret-in-state:parameter_decrypted": "a state holds what was read, and no reference to where",
    "B10-no-secret-in-state:secret_of_somebodys_choice": "a state holds no reference by which somebody opens the parameter",
    "B11-iam-without-wildcards:attached_to_a_computed_role": "a state spells the role's name, so that it is no secret whose policy it is",
    "B11-iam-without-wildcards:document_laid_over_by_a_former_argument": "a state holds what the provider made of it",
    "B11-iam-without-wildcards:resource_by_a_parameter": "a state holds what was read: what the policy allows is no secret",
    "B14-addons-of-this-version:defaults_mixed_up": "a state holds the version that was found, not how",
    "D02-secrets:parameter_read_into_the_state": "a state holds what was read, and no reference to where",
    "D02-secrets:version_that_follows_another": "a state holds a number, not what it follows",
    "D02-secrets:written_out_in_the_code": "what is write-only is in no state",
    "D08-able-cni:default_of_an_old_kubernetes": "a state holds the version that was found, not how",
    "D12-no-autoscaler:discovery_by_default_tags": "tags of the provider are not made up here",
    "D15-log-group-encrypted:logs_go_with_the_cluster": "a state does not hold that the cluster is protected",
    "D22-alert-is-heard:key_that_the_secret_lacks": "what is write-only is in no state: which keys the Secret has is not known",
}
"""Violations that a state does not show, and why; all others are killed there."""
NAMED_THERE: Final = {"B14-addons-of-this-version:proxy_of_another_version": "aws_eks_addon.kube-proxy"}
"""Violations for which a state shows another culprit: the add-on that has the version, not what found it."""


def is_shown(violation: Violation) -> bool:
    """Whether the state shows it: all that is done to stacks and shows in plans does, but for what is listed."""
    return (
        violation.on == "synth"
        and "plan" in violation.layers
        and violation.id not in NOT_SHOWN
        and violation.kills in CONTROLS
        and not violation.decision.startswith("X")
    )


def report_on_state(states: States, violation: Violation, concerned: dict[str, Any]) -> Report:
    """Return the report of the control that kills it on the state of the changed stacks."""
    return judge({}, states.of(concerned), controls={violation.kills: CONTROLS[violation.kills]})

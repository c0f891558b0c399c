"""Ways to the node's role by the instance metadata (D20)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import LIVE, held, manifest

_RELEASE = "instance-metadata_policy"


def _policy(stacks: Stacks) -> Any:
    return held(stacks, _RELEASE, "GlobalNetworkPolicy")


@violation(kills="D20-metadata-denied")
def one_family_only(stacks: Stacks) -> None:
    """IPv4 is denied; the service answers at its IPv6 address, too."""
    _policy(stacks)["spec"]["egress"].pop()


@violation(kills="D20-metadata-denied")
def port_80_only(stacks: Stacks) -> None:
    """Only the port that everybody knows."""
    for rule in _policy(stacks)["spec"]["egress"]:
        rule["protocol"] = "TCP"
        rule["destination"]["ports"] = [8080]


@violation(kills="D20-metadata-denied", also=("D13-tenants-apart", "D20-nothing-else-denied"))
def in_the_default_tier(stacks: Stacks) -> None:
    """Among the teams' policies, any of which may come before it."""
    policy = _policy(stacks)
    policy["metadata"] = {"name": "default.deny-instance-metadata"}
    policy["spec"]["tier"] = "default"


@violation(kills="D20-metadata-denied")
def tier_after_the_default(stacks: Stacks) -> None:
    """The tier stands after the default one: what a team allows is never asked again."""
    held(stacks, _RELEASE, "Tier")["spec"]["order"] = 2_000_000


@violation(kills="D20-metadata-denied")
def allowed_before_denied(stacks: Stacks) -> None:
    """An allow of everything before the denial, as "the rule that keeps egress working"."""
    _policy(stacks)["spec"]["egress"].insert(0, {"action": "Allow", "destination": {"nets": ["0.0.0.0/0"]}})


@violation(kills="D20-metadata-denied")
def logged_not_denied(stacks: Stacks) -> None:
    """Log is no decision: the traffic passes."""
    for rule in _policy(stacks)["spec"]["egress"]:
        rule["action"] = "Log"


@violation(kills="D20-metadata-denied")
def passed_on(stacks: Stacks) -> None:
    """Pass sends the traffic to the next tier, where teams decide."""
    for rule in _policy(stacks)["spec"]["egress"]:
        rule["action"] = "Pass"


@violation(kills="D20-metadata-denied")
def judged_on_the_way_in(stacks: Stacks) -> None:
    """The type is Ingress, and rules of egress are not read."""
    _policy(stacks)["spec"]["types"] = ["Ingress"]


@violation(kills="D20-metadata-denied")
def pods_with_a_label_excepted(stacks: Stacks) -> None:
    """A label on the pod is the way out, and who writes the pod writes its labels."""
    _policy(stacks)["spec"]["selector"] = "!has(metadata-access)"


@violation(kills="D20-metadata-denied")
def namespaces_with_a_label_excepted(stacks: Stacks) -> None:
    """A label on the namespace."""
    _policy(stacks)["spec"]["namespaceSelector"] = 'metadata-access != "true"'


@violation(kills="D20-metadata-denied")
def a_team_excepted_by_name(stacks: Stacks) -> None:
    """One more namespace in a list of exceptions that nobody reads."""
    _policy(stacks)["spec"]["namespaceSelector"] = (
        'has(projectcalico.org/name) && projectcalico.org/name not in {"court-probation-dev"}'
    )


@violation(kills="D20-metadata-denied")
def only_the_namespaces_of_today(stacks: Stacks) -> None:
    """Each namespace by its name: the next one is not among them."""
    names = [body["metadata"]["name"] for body in stacks.named(LIVE, "kubernetes_namespace_v1").values()]
    listed = ", ".join(f'"{name}"' for name in names)
    _policy(stacks)["spec"]["namespaceSelector"] = f"projectcalico.org/name in {{{listed}}}"


@violation(kills="D20-metadata-denied")
def another_address(stacks: Stacks) -> None:
    """One digit off."""
    _policy(stacks)["spec"]["egress"][0]["destination"]["nets"] = ["169.254.169.253/32"]


@violation(kills="D20-metadata-denied")
def all_but_the_metadata(stacks: Stacks) -> None:
    """notNets excludes what nets includes."""
    _policy(stacks)["spec"]["egress"][0]["destination"]["notNets"] = ["169.254.0.0/16"]


@violation(kills="D20-metadata-denied", also=("D13-one-enforcer",), names="169.254.169.254")
def staged_only(stacks: Stacks) -> None:
    """A staged policy shows what it would do, and does nothing."""
    _policy(stacks)["kind"] = "StagedGlobalNetworkPolicy"


@violation(kills="D20-metadata-denied", names="kubernetes_manifest.agents")
def an_allow_in_an_earlier_tier(stacks: Stacks) -> None:
    """The policy is untouched; another tier, with a lower number, allows it before."""
    manifest(
        stacks,
        "tier",
        {
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "Tier",
            "metadata": {"name": "agents"},
            "spec": {"order": 10, "defaultAction": "Pass"},
        },
    )
    manifest(
        stacks,
        "agents",
        {
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "GlobalNetworkPolicy",
            "metadata": {"name": "agents.metadata"},
            "spec": {
                "tier": "agents",
                "selector": "has(needs-metadata)",
                "types": ["Egress"],
                "egress": [{"action": "Allow", "destination": {"nets": ["169.254.169.254/32"]}}],
            },
        },
    )


@violation(
    kills="D20-metadata-denied",
    also=("D13-platform-closed", "D20-nothing-else-denied"),
    names="cluster manager",
)
def forgotten_in_one_cluster(stacks: Stacks) -> None:
    """One cluster has it not."""
    stacks.remove("manager-workloads", "helm_release", "instance-metadata_policy")
    stacks.remove("manager-workloads", "helm_release", "network-policy_admit-api-server")


@violation(kills="D20-nothing-else-denied", also=("D13-tenants-apart",))
def tier_denies_what_it_does_not_know(stacks: Stacks) -> None:
    """Calico's own default: a tier denies whatever its policies say nothing of, and no pod resolves a name."""
    del held(stacks, _RELEASE, "Tier")["spec"]["defaultAction"]


@violation(kills="D20-nothing-else-denied", also=("D13-tenants-apart",))
def link_local_altogether(stacks: Stacks) -> None:
    """All of 169.254/16, where the node's DNS cache and the pod identity agent answer, too, and a rule that denies the rest."""
    rules = _policy(stacks)["spec"]["egress"]
    rules[0]["destination"]["nets"] = ["169.254.0.0/16"]
    rules.append({"action": "Deny", "destination": {"nets": ["0.0.0.0/0"]}})


@violation(kills="D20-nothing-else-denied")
def both_families_in_one_rule(stacks: Stacks) -> None:
    """One rule for both addresses is shorter, and Calico refuses the policy."""
    rules = _policy(stacks)["spec"]["egress"]
    rules[0]["destination"]["nets"] += rules.pop()["destination"]["nets"]

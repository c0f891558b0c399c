"""Ways to run less restricted pods than were decided (D17)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import LIVE, held, manifest, set_value

_PREFIX = "pod-security.kubernetes.io"
_TEAM = "namespaces_tenants_court-probation-dev"
_POLICY, _BINDING = "pod-security_policy", "pod-security_binding"


def _labels(stacks: Stacks, name: str = _TEAM) -> Any:
    return stacks.one(LIVE, "kubernetes_namespace_v1", name)["metadata"]["labels"]


def _guard(stacks: Stacks) -> Any:
    return held(stacks, _POLICY, "ValidatingAdmissionPolicy")["spec"]


def _variable(stacks: Stacks, name: str) -> Any:
    return next(each for each in _guard(stacks)["variables"] if each["name"] == name)


@violation(kills="D17-namespace-levels")
def a_team_is_privileged(stacks: Stacks) -> None:
    """One namespace "needs it for a sidecar"."""
    _labels(stacks)[f"{_PREFIX}/enforce"] = "privileged"


@violation(kills="D17-namespace-levels")
def baseline_for_a_team(stacks: Stacks) -> None:
    """Baseline sounds like the norm; the norm is restricted."""
    _labels(stacks)[f"{_PREFIX}/enforce"] = "baseline"


@violation(kills="D17-namespace-levels")
def level_of_an_old_version(stacks: Stacks) -> None:
    """Still `restricted`, as it was in a version that asked for less."""
    _labels(stacks)[f"{_PREFIX}/enforce-version"] = "v1.22"


@violation(kills="D17-namespace-levels")
def warned_only(stacks: Stacks) -> None:
    """Warn and audit stay: the label that refuses is gone."""
    del _labels(stacks)[f"{_PREFIX}/enforce"]


@violation(kills="D17-namespace-levels")
def misspelt_label(stacks: Stacks) -> None:
    """A label of the same look under another prefix."""
    labels = _labels(stacks)
    labels["pod-security.kubernetes.com/enforce"] = labels.pop(f"{_PREFIX}/enforce")


@violation(kills="D17-namespace-levels")
def no_audit(stacks: Stacks) -> None:
    """Nothing is recorded of what would be refused."""
    _labels(stacks)[f"{_PREFIX}/audit"] = "privileged"


@violation(kills="D17-namespace-levels")
def relabelled_afterwards(stacks: Stacks) -> None:
    """The namespace is restricted; another resource labels it again."""
    stacks.add(
        LIVE,
        "kubernetes_labels",
        "more",
        {
            "api_version": "v1",
            "kind": "Namespace",
            "metadata": {"name": "court-probation-dev"},
            "labels": {f"{_PREFIX}/enforce": "privileged"},
            "force": True,
        },
    )


@violation(kills="D17-namespace-levels")
def a_namespace_by_a_manifest(stacks: Stacks) -> None:
    """A namespace without any label, by another resource than all others."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-public"}}
    manifest(stacks, "public", body)
    del stacks[LIVE]["resource"]["kubernetes_labels"]["namespaces_kube-public-labels"]


@violation(
    kills="D17-namespace-levels",
    also=(
        "X12-recorded-types",
        "X17-applied-once",
        "D13-platform-closed",
    ),
    names="cluster live",
)
def default_namespace_forgotten(stacks: Stacks) -> None:
    """`default` has no label: whoever forgets `-n` is not restricted."""
    stacks.remove(LIVE, "kubernetes_labels", "namespaces_default-labels")
    stacks.add(
        LIVE,
        "kubernetes_labels",
        "nodes",
        {
            "api_version": "v1",
            "kind": "Node",
            "metadata": {"name": "default"},
            "labels": {f"{_PREFIX}/enforce": "restricted"},
        },
    )
    stacks.one(LIVE, "kubernetes_network_policy_v1", "network-policy_default")["metadata"]["namespace"] = "kube-public"


@violation(kills="D17-namespace-levels")
def kuberos_privileged(stacks: Stacks) -> None:
    """The namespace is recorded as baseline, because its image runs as root; privileged is easier."""
    _labels(stacks, "namespaces_kuberos")[f"{_PREFIX}/enforce"] = "privileged"


@violation(kills="D17-namespaces-made-here")
def made_by_its_release(stacks: Stacks) -> None:
    """`create_namespace`: Helm makes the namespace, without a level."""
    release = stacks.one(LIVE, "helm_release", "kuberos")
    release["create_namespace"] = True


@violation(kills="D17-namespaces-made-here", also=("X14-recorded-releases",))
def released_into_nowhere(stacks: Stacks) -> None:
    """A namespace that no stack declares, made by somebody by hand."""
    stacks.add(
        LIVE,
        "helm_release",
        "reloader",
        {
            "name": "reloader",
            "namespace": "reloader",
            "chart": "reloader",
            "repository": "https://example.com",
            "version": "1.0.0",
        },
    )


@violation(kills="D17-namespaces-made-here")
def released_into_default(stacks: Stacks) -> None:
    """Without a namespace Helm takes `default`, and with `create_namespace` nobody notices where it went."""
    release = stacks.one(LIVE, "helm_release", "instance-metadata_policy")
    release["namespace"] = "policies"
    release["create_namespace"] = True


@violation(kills="D17-namespaces-guarded")
def audited_not_denied(stacks: Stacks) -> None:
    """The binding audits: whoever takes a label off is written down, and gets his way."""
    held(stacks, _BINDING, "ValidatingAdmissionPolicyBinding")["spec"]["validationActions"] = ["Audit"]
    stacks.touched[:] = ["pod-security"]


@violation(kills="D17-namespaces-guarded", names="pod-security")
def bound_to_some_namespaces(stacks: Stacks) -> None:
    """The binding selects namespaces of a label, and a namespace without it is never asked."""
    held(stacks, _BINDING, "ValidatingAdmissionPolicyBinding")["spec"]["matchResources"] = {
        "namespaceSelector": {"matchLabels": {"guarded": "true"}}
    }


@violation(kills="D17-namespaces-guarded")
def failing_open(stacks: Stacks) -> None:
    """`Ignore`: an expression that raises admits."""
    _guard(stacks)["failurePolicy"] = "Ignore"


@violation(kills="D17-namespaces-guarded")
def only_at_their_creation(stacks: Stacks) -> None:
    """A namespace is made restricted, and changed a minute later."""
    _guard(stacks)["matchConstraints"]["resourceRules"][0]["operations"] = ["CREATE"]


@violation(kills="D17-namespaces-guarded")
def not_by_way_of_the_status(stacks: Stacks) -> None:
    """A request for the namespace's status carries labels too, and nobody judges it."""
    _guard(stacks)["matchConstraints"]["resourceRules"][0]["resources"] = ["namespaces", "namespaces/finalize"]


@violation(kills="D17-namespaces-guarded")
def objects_with_a_label_are_left_out(stacks: Stacks) -> None:
    """An object selector: whoever labels the namespace so is not asked."""
    _guard(stacks)["matchConstraints"]["objectSelector"] = {
        "matchExpressions": [{"key": "unguarded", "operator": "DoesNotExist"}]
    }


@violation(kills="D17-namespaces-guarded")
def one_namespace_more(stacks: Stacks) -> None:
    """The policy knows one more privileged namespace than is recorded."""
    levels = _variable(stacks, "levels")
    levels["expression"] = levels["expression"].replace("{", '{"court-probation-dev": "privileged", ', 1)


@violation(kills="D17-namespaces-guarded")
def a_way_in_by_name(stacks: Stacks) -> None:
    """A namespace whose name begins so is let pass."""
    validation = _guard(stacks)["validations"][0]
    validation["expression"] = f'({validation["expression"]}) || object.metadata.name.startsWith("sandbox")'


@violation(kills="D17-namespaces-guarded")
def a_way_in_by_user(stacks: Stacks) -> None:
    """One user is not asked."""
    _guard(stacks)["matchConditions"].append(
        {"name": "not-ci", "expression": 'request.userInfo.username != "somebody@digital.justice.gov.uk"'}
    )


@violation(kills="D17-namespaces-guarded")
def a_condition_that_is_never_met(stacks: Stacks) -> None:
    """The policy stands and asks nobody: each request is left out by a condition."""
    _guard(stacks)["matchConditions"][0]["expression"] = 'object.metadata.name == ""'


@violation(kills="D17-namespaces-guarded")
def strictness_turned_around(stacks: Stacks) -> None:
    """One number: privileged counts as the strictest."""
    strictness = _variable(stacks, "strictness")
    strictness["expression"] = '{"privileged": 3, "baseline": 1, "restricted": 2}'


@violation(kills="D17-namespaces-guarded")
def an_or_for_an_and(stacks: Stacks) -> None:
    """Any known level will do."""
    validation = _guard(stacks)["validations"][0]
    validation["expression"] = validation["expression"].replace("&&", "||")


@violation(kills="D17-namespaces-guarded")
def versions_not_asked(stacks: Stacks) -> None:
    """The level is held, its version is not."""
    _guard(stacks)["validations"].pop()


@violation(kills="D17-namespaces-guarded")
def parameters_of_a_config_map(stacks: Stacks) -> None:
    """The policy reads its levels from a ConfigMap, which whoever administers kube-system may change."""
    _guard(stacks)["paramKind"] = {"apiVersion": "v1", "kind": "ConfigMap"}


@violation(kills="D17-namespaces-guarded", names="pod-security")
def binding_of_nothing(stacks: Stacks) -> None:
    """The binding names a policy that is not there."""
    held(stacks, _BINDING, "ValidatingAdmissionPolicyBinding")["spec"]["policyName"] = "pod-securty"


@violation(kills="D17-namespaces-guarded")
def overridden_by_set(stacks: Stacks) -> None:
    """The values are untouched; a `set` beside them changes one word of the policy."""
    set_value(stacks, _POLICY, "objects[0].spec.failurePolicy", "Ignore")


def _validation_on_the_namespace(stacks: Stacks) -> Any:
    validations = held(stacks, "privileged-pods_guard", "ValidatingAdmissionPolicy")["spec"]["validations"]
    return next(each for each in validations if "namespaceObject" in each["expression"])


@violation(kills="D17-no-level-no-pod")
def namespaces_of_before_are_left_out(stacks: Stacks) -> None:
    """What was there before the guards keeps running pods as root: it has no label, and nobody asks for one."""
    _validation_on_the_namespace(stacks)["expression"] = "true"


@violation(kills="D17-no-level-no-pod", also=("D18-agents-only",))
def any_label_of_the_kind_will_do(stacks: Stacks) -> None:
    """A namespace that only warns has a label as well."""
    validation = _validation_on_the_namespace(stacks)
    validation["expression"] = validation["expression"].replace(f"{_PREFIX}/enforce", f"{_PREFIX}/warn")


@violation(kills="D17-no-pod-security-policy")
def the_policies_of_before(stacks: Stacks) -> None:
    """The ADR's own form, which no Kubernetes reads: it looks as decided and does nothing."""
    stacks.add(
        LIVE,
        "kubernetes_pod_security_policy_v1beta1",
        "restricted",
        {"metadata": {"name": "restricted"}, "spec": {"privileged": False}},
    )


@violation(kills="D17-no-pod-security-policy")
def the_policy_as_a_manifest(stacks: Stacks) -> None:
    """The same by a manifest, which the provider does not know by name."""
    body = {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "restricted"}, "spec": {}}
    stacks.add(LIVE, "kubernetes_manifest", "restricted", {"manifest": body})


@violation(kills="D17-namespaces-guarded")
def another_label_opens(stacks: Stacks) -> None:
    """A label beside the level, which whoever makes the namespace may set, makes any level good."""
    expression = _guard(stacks)["validations"][0]
    expression["expression"] += " || (has(object.metadata.labels) && 'cloud-platform/legacy' in object.metadata.labels)"


@violation(kills="D17-no-level-no-pod", names="privileged-pods")
def an_annotation_in_place_of_a_level(stacks: Stacks) -> None:
    """A pod that says so itself runs where no level is enforced."""
    policy = held(stacks, "privileged-pods_guard", "ValidatingAdmissionPolicy")["spec"]
    policy["validations"][0]["expression"] += (
        " || (has(object.metadata.annotations) && 'cloud-platform/legacy' in object.metadata.annotations)"
    )

"""Ways for a pod to take more of its node than was recorded (D18)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import held, set_value

_RELEASE = "privileged-pods_guard"


def _guard(stacks: Stacks) -> Any:
    return held(stacks, _RELEASE, "ValidatingAdmissionPolicy")["spec"]


def _validation(stacks: Stacks, words: str) -> Any:
    return next(each for each in _guard(stacks)["validations"] if words in each["message"])


def _variable(stacks: Stacks, name: str) -> Any:
    return next(each for each in _guard(stacks)["variables"] if each["name"] == name)


def _grant(stacks: Stacks, text: str) -> None:
    grants = _variable(stacks, "grants")
    grants["expression"] = grants["expression"].replace("[", f'["{text}", ', 1)


@violation(kills="D18-agents-only")
def host_path_by_an_init_container(stacks: Stacks) -> None:
    """Init containers are left out: what runs first runs privileged."""
    containers = _variable(stacks, "containers")
    containers["expression"] = (
        "dyn(object.spec.containers) + (has(object.spec.ephemeralContainers) ? dyn(object.spec.ephemeralContainers) : dyn([]))"
    )


@violation(kills="D18-agents-only")
def debug_containers_left_out(stacks: Stacks) -> None:
    """`kubectl debug` adds a privileged container to a pod that was admitted."""
    _guard(stacks)["matchConstraints"]["resourceRules"].pop()


@violation(kills="D18-agents-only", also=("D17-namespaces-guarded",))
def debug_containers_under_a_star(stacks: Stacks) -> None:
    """`*` stands for resources, not for what lies below them: nobody judges the debugging container."""
    _guard(stacks)["matchConstraints"]["resourceRules"][1]["resources"] = ["*"]


@violation(kills="D18-agents-only")
def a_label_of_the_namespace_opens(stacks: Stacks) -> None:
    """Whoever may label its namespace may be privileged in it."""
    validation = _validation(stacks, "privileged container")
    validation["expression"] += " || ('trusted' in namespaceObject.metadata.labels)"


@violation(kills="D18-agents-only")
def a_label_of_the_namespace_says_what(stacks: Stacks) -> None:
    """The guard steps aside where the namespace says so."""
    validation = _validation(stacks, "hostPath")
    validation["expression"] += " || namespaceObject.metadata.labels['trusted'] == 'yes'"


@violation(kills="D18-agents-only", also=("D18-recorded-reasons",))
def one_more_agent(stacks: Stacks) -> None:
    """A service account of a team may be privileged; the label on its namespace says restricted, until somebody changes it."""
    _grant(stacks, "court-probation-dev/agent:privileged")


@violation(kills="D18-agents-only", also=("D18-recorded-reasons",))
def default_account_of_kube_system(stacks: Stacks) -> None:
    """Every pod of kube-system that names no service account."""
    _grant(stacks, "kube-system/default:hostNetwork")


@violation(kills="D18-agents-only", also=("D18-recorded-reasons",))
def a_path_more(stacks: Stacks) -> None:
    """fluent-bit reads the kubelet's files, too, and with them every pod's token."""
    _grant(stacks, "logging/fluent-bit:mount /var/lib/kubelet/")


@violation(kills="D18-agents-only", also=("D18-recorded-reasons",))
def the_root_as_a_path(stacks: Stacks) -> None:
    """A slash is a path, and all others begin with it."""
    _grant(stacks, "logging/fluent-bit:mount /")


@violation(kills="D18-agents-only", also=("D18-recorded-reasons",))
def paths_without_their_end(stacks: Stacks) -> None:
    """Without its last slash `/var/log` stands for `/var/log-of-others`, too."""
    grants = _variable(stacks, "grants")
    grants["expression"] = grants["expression"].replace(
        "logging/fluent-bit:mount /var/log/", "logging/fluent-bit:mount /var/log"
    )


@violation(kills="D18-agents-only")
def the_account_without_its_namespace(stacks: Stacks) -> None:
    """Judged by the service account's name: a team may call its own `aws-node`."""
    who = _variable(stacks, "who")
    who["expression"] = who["expression"].replace("request.namespace + '/'", "'kube-system/'")


@violation(kills="D18-agents-only")
def a_whole_namespace(stacks: Stacks) -> None:
    """The ADR's privileged namespace, as privileged as its letter: any service account of kube-system."""
    validation = _validation(stacks, "privileged container")
    validation["expression"] = f"({validation['expression']}) || request.namespace == 'kube-system'"


@violation(kills="D18-agents-only")
def a_way_in_by_the_pods_name(stacks: Stacks) -> None:
    """A pod called `node-debugger-…` is let pass."""
    validation = _validation(stacks, "hostPID")
    validation["expression"] += " || object.metadata.name.startsWith('node-debugger-')"


@violation(kills="D18-agents-only")
def a_way_in_by_a_label(stacks: Stacks) -> None:
    """Who labels the pod so is let pass."""
    validation = _validation(stacks, "hostPath")
    validation["expression"] += " || (has(object.metadata.labels) && 'trusted' in object.metadata.labels)"


@violation(kills="D18-agents-only")
def a_way_in_by_the_user(stacks: Stacks) -> None:
    """One user's pods are not asked."""
    _guard(stacks)["matchConditions"] = [
        {"name": "not-admin", "expression": "!('github:webops' in request.userInfo.groups)"}
    ]


@violation(kills="D18-agents-only")
def exists_for_all(stacks: Stacks) -> None:
    """One harmless volume beside the host path is enough."""
    validation = _validation(stacks, "hostPath")
    validation["expression"] = validation["expression"].replace("volumes.all(", "volumes.exists(", 1)


@violation(kills="D18-agents-only")
def one_capability_free_for_all(stacks: Stacks) -> None:
    """NET_ADMIN is added to what everybody may have."""
    validation = _validation(stacks, "capability")
    validation["expression"] = validation["expression"].replace(
        '["NET_BIND_SERVICE"]', '["NET_BIND_SERVICE", "NET_ADMIN"]'
    )


@violation(kills="D18-agents-only")
def host_ports_not_asked(stacks: Stacks) -> None:
    """A host port is a piece of the host's network."""
    guard = _guard(stacks)
    guard["validations"] = [each for each in guard["validations"] if "host port" not in each["message"]]


@violation(kills="D18-agents-only", also=("D17-no-level-no-pod",))
def audited_not_denied(stacks: Stacks) -> None:
    """Written down, and admitted."""
    held(stacks, _RELEASE, "ValidatingAdmissionPolicyBinding")["spec"]["validationActions"] = ["Audit", "Warn"]


@violation(kills="D18-agents-only", also=("D17-no-level-no-pod",))
def restricted_namespaces_only(stacks: Stacks) -> None:
    """Bound where Pod Security refuses such pods anyway; the privileged namespaces are left out."""
    held(stacks, _RELEASE, "ValidatingAdmissionPolicyBinding")["spec"]["matchResources"] = {
        "namespaceSelector": {"matchLabels": {"pod-security.kubernetes.io/enforce": "restricted"}}
    }


@violation(kills="D18-agents-only", also=("D17-no-level-no-pod",))
def failing_open(stacks: Stacks) -> None:
    """A pod that makes an expression fail is admitted."""
    set_value(stacks, _RELEASE, "objects[0].spec.failurePolicy", "Ignore")


@violation(kills="D18-agents-only", also=("D17-no-level-no-pod",))
def some_pods_left_out(stacks: Stacks) -> None:
    """`excludeResourceRules` takes pods of one name out again."""
    _guard(stacks)["matchConstraints"]["excludeResourceRules"] = [
        {
            "apiGroups": [""],
            "apiVersions": ["v1"],
            "operations": ["*"],
            "resources": ["pods"],
            "resourceNames": ["debug"],
        }
    ]


@violation(kills="D18-agents-only", also=("D17-no-level-no-pod",))
def policy_that_nothing_matches(stacks: Stacks) -> None:
    """The policy judges the resource `pod`, which does not exist: requests are for `pods`."""
    _guard(stacks)["matchConstraints"]["resourceRules"][0]["resources"] = ["pod"]


@violation(kills="D18-agents-only")
def always_true(stacks: Stacks) -> None:
    """A validation that holds whatever is asked."""
    _validation(stacks, "hostNetwork")["expression"] = "true"


@violation(kills="D18-agents-only")
def agents_refused(stacks: Stacks) -> None:
    """The grants are emptied: the next node gets no network, for aws-node is refused."""
    _variable(stacks, "grants")["expression"] = '["none"]'


@violation(kills="D18-agents-only")
def apparmor_by_its_old_annotation(stacks: Stacks) -> None:
    """The field is asked, the annotation that means the same is not."""
    validation = _validation(stacks, "AppArmor")
    validation["expression"] = (
        "(variables.contexts.all(s, !has(s.appArmorProfile) || s.appArmorProfile.type != 'Unconfined'))"
        " || variables.mayBePrivileged"
    )


@violation(kills="D18-recorded-reasons")
def granted_and_useless(stacks: Stacks) -> None:
    """A grant that no expression reads today, waiting for one that does."""
    _grant(stacks, "court-probation-dev/agent:mknod")


@violation(kills="D18-recorded-reasons")
def granted_to_an_agent_as_well(stacks: Stacks) -> None:
    """One more grant for an agent that is recorded, which asks for none of it."""
    _grant(stacks, "logging/fluent-bit:mknod")


@violation(kills="D18-agents-only")
def an_annotation_opens(stacks: Stacks) -> None:
    """An annotation of the pod's own, which the policy may read for AppArmor's sake."""
    _validation(stacks, "privileged container")["expression"] += (
        " || (has(object.metadata.annotations) && 'cloud-platform/legacy' in object.metadata.annotations)"
    )


@violation(kills="D18-agents-only")
def a_containers_name_opens(stacks: Stacks) -> None:
    """A container of a certain name may be privileged; whoever writes the pod names its containers."""
    _validation(stacks, "privileged container")["expression"] += (
        " || object.spec.containers.exists(c, c.name == 'agent')"
    )


@violation(kills="D18-agents-only")
def a_volume_opens(stacks: Stacks) -> None:
    """Any volume at all, which most pods have, opens the node's network."""
    _validation(stacks, "hostNetwork is not")["expression"] += " || has(object.spec.volumes)"


@violation(kills="D18-agents-only")
def all_names_alike_open(stacks: Stacks) -> None:
    """Only a pod whose containers are all called so, and with a volume of that kind, gets at the node's files."""
    _validation(stacks, "hostPath is not")["expression"] += (
        " || (object.spec.containers.all(c, c.name == 'reader') && object.spec.volumes.exists(v, has(v.hostPath)"
        " && has(v.hostPath.type) && v.hostPath.type == 'reader'))"
    )

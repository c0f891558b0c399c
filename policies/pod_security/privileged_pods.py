"""D18: only the recorded agents take anything of their node, and each no more than it needs."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies import parameters
from policies.engine import Cluster, Finding, Presence, cel, control
from policies.engine.admission import Wording, guards, in_force, unguarded
from policies.pod_security.company import called, in_company
from policies.pod_security.pod_security import ENFORCE, decided, only_reads

_ADR = "PodSecurityPolicies"
_REQUESTS = (("pods", "CREATE"), ("pods/ephemeralcontainers", "UPDATE"))
_FIELDS = frozenset(
    [
        "object",
        "request",
        "spec",
        "metadata",
        "annotations",
        "namespace",
        "serviceAccountName",
        "containers",
        "initContainers",
        "ephemeralContainers",
        "securityContext",
        "privileged",
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "volumes",
        "hostPath",
        "path",
        "capabilities",
        "add",
        "ports",
        "hostPort",
        "windowsOptions",
        "hostProcess",
        "procMount",
        "sysctls",
        "name",
        "seLinuxOptions",
        "type",
        "user",
        "role",
        "appArmorProfile",
        "seccompProfile",
        "namespaceObject",
        "labels",
    ]
)
"""What a pod may be judged by; neither its name, labels, images nor who makes it. `labels` are the namespace's: see `_STEPS`."""
_STEPS = frozenset(
    {
        ("object", "spec"),
        ("object", "metadata"),
        ("metadata", "annotations"),
        ("request", "namespace"),
        ("namespaceObject", "labels"),
        ("namespaceObject", ENFORCE),
    }
)
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_HOST_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")
_CONTEXTS: Mapping[str, Mapping[str, Any]] = {
    "a privileged container": {"privileged": True},
    "an unmasked /proc": {"procMount": "Unmasked"},
    "an SELinux type of its own": {"seLinuxOptions": {"type": "spc_t"}},
    "an SELinux user of its own": {"seLinuxOptions": {"user": "system_u"}},
    "an SELinux role of its own": {"seLinuxOptions": {"role": "system_r"}},
    "a container without AppArmor": {"appArmorProfile": {"type": "Unconfined"}},
    "a container without seccomp": {"seccompProfile": {"type": "Unconfined"}},
}
_POD_CONTEXTS: Mapping[str, Mapping[str, Any]] = {
    "an unsafe sysctl": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]},
    "a pod's unsafe second sysctl": {
        "sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}, {"name": "net.core.somaxconn", "value": "9"}]
    },
    "a pod without AppArmor": {"appArmorProfile": {"type": "Unconfined"}},
    "a pod without seccomp": {"seccompProfile": {"type": "Unconfined"}},
    "a pod's SELinux type of its own": {"seLinuxOptions": {"type": "spc_t"}},
}
_PATHS = ("/", "/etc", "/var/run/docker.sock", "/run/containerd/containerd.sock", "/root/.ssh", "/var/lib", "/home")
_CAPABILITIES = ("SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "BPF", "ALL", "SYS_MODULE")
_STRANGERS = (("kube-system", "default"), ("a-team-production", "aws-node"), ("default", ""))
"""Whom everything is asked of that is asked of the recorded agents."""
_PLAIN: Mapping[str, Any] = {
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "ports": [{"containerPort": 8080}],
}


_TRIED_BY_EACH_NAME = ("a privileged container (containers)", "hostNetwork", "the host path /etc")


@dataclass(frozen=True, slots=True)
class _Probe:
    """A pod specification that takes one thing (annotations under the empty key), and whether an agent may."""

    what: str
    pod: Mapping[str, Any]
    granted: bool


@control(
    id="D18-agents-only",
    title="The API server refuses any pod that takes more of its node than is recorded for its service account",
    severity="critical",
    reads=("workloads",),
    presence=(Presence("object:ValidatingAdmissionPolicy"), Presence("object:ValidatingAdmissionPolicyBinding")),
    remediation=(
        "Keep a ValidatingAdmissionPolicy over pods and ephemeral containers with failurePolicy Fail, bound with Deny and"
        " without selectors, that grants what policies/parameters records and nothing else."
    ),
    references=(_ADR, "https://kubernetes.io/docs/concepts/security/pod-security-standards/"),
)
def agents_only(cluster: Cluster) -> Iterator[Finding]:
    """Asks the admission policies for pods of recorded and other service accounts, each taking one thing of the node."""
    listed = guards(cluster.objects())
    for resource, operation in _REQUESTS:
        judging = in_force(listed, resource, operation)
        if not judging:
            yield unguarded(listed, cluster, resource, operation)
            continue
        for guard in judging:
            yield from only_reads(guard, _FIELDS, _STEPS)
        for message in _wrong(tuple(each.wording for each in judging)):
            yield judging[0].policy.finding(message, expected="what policies/parameters records")


@control(
    id="D18-recorded-reasons",
    title="Every service account that may use its node is recorded with its reason",
    severity="medium",
    reads=("workloads",),
    presence=(Presence("object:ValidatingAdmissionPolicy"),),
    remediation="Record the service account, what it needs and why in policies/parameters.",
    references=(_ADR,),
)
def recorded_reasons(cluster: Cluster) -> Iterator[Finding]:
    """No admission policy names a service account, or a thing of the node, that is not recorded."""
    agents = {
        f"{namespace}/{account}": agent
        for namespace, recorded in parameters.PLATFORM_NAMESPACES.items()
        for account, agent in recorded.agents.items()
    }
    for guard in guards(cluster.objects()):
        if not guard.judges("", "v1", "pods", "CREATE"):
            continue
        for text in sorted({text for each in guard.expressions() for text in cel.literals(each)}):
            who, colon, what = text.partition(":")
            if "/" not in who or not colon or who.startswith("/"):
                continue
            agent = agents.get(who)
            if agent is None or not agent.reason or what not in _rights(agent):
                yield guard.policy.finding(
                    f"grants {what!r} to {who}, which is not recorded",
                    found=text,
                    expected=sorted(_rights(agent)) if agent else "absent",
                )


def _rights(agent: parameters.Agent) -> set[str]:
    return {
        *(["privileged"] if agent.privileged else []),
        *agent.host_namespaces,
        *(f"mount {path.rstrip('/')}/" for path in agent.host_paths),
        *(f"add {each}" for each in agent.capabilities),
    }


@functools.lru_cache(maxsize=256)
def _wrong(asked: tuple[Wording, ...]) -> tuple[str, ...]:
    """Return a message for each kind of pod that is admitted and must not be, or the other way round."""
    literals = {text for guard in asked for each in guard.expressions() for text in cel.literals(each)}
    found: dict[str, str] = {}
    for namespace, account in _accounts(literals):
        agent = _agent(namespace, account)
        places = _CONTAINERS if agent.reason or (namespace, account) in _STRANGERS else _CONTAINERS[:1]
        for probe in _probes(agent, literals, places):
            request = _request(namespace, account, probe.pod)
            admitted = all(guard.admits(request) for guard in asked)
            if admitted and not probe.granted:
                found.setdefault(f"-{probe.what}", f"admits {probe.what} of {namespace}/{account or 'default'}")
            if not admitted and probe.granted:
                found.setdefault(f"+{probe.what}", f"refuses {probe.what} of {namespace}/{account or 'default'}")
    for what in _ways_in(asked, literals):
        found.setdefault(f"-{what}", f"admits {what} of a stranger that carries what the policy names")
    return tuple(found.values())


def _ways_in(asked: tuple[Wording, ...], literals: set[str]) -> Iterator[str]:
    """Yield what is admitted of pods that are called as the policy's own texts, or carry them."""
    namespace, account = _STRANGERS[0]
    nobody = parameters.Agent(reason="")
    for probe in _probes(nobody, literals, _CONTAINERS[:1]):
        if probe.granted:
            continue
        pods = [in_company(probe.pod, literals, _PLAIN)]
        if probe.what in _TRIED_BY_EACH_NAME:
            pods += [pod for word in sorted(literals) if ":" not in word for pod in called(probe.pod, word, literals)]
        if any(all(guard.admits(_request(namespace, account, pod)) for guard in asked) for pod in pods):
            yield probe.what


def _agent(namespace: str, account: str) -> parameters.Agent:
    recorded = parameters.PLATFORM_NAMESPACES.get(namespace)
    nobody = parameters.Agent(reason="")
    return recorded.agents.get(account or "default", nobody) if recorded is not None else nobody


def _accounts(literals: set[str]) -> list[tuple[str, str]]:
    """Return namespaces and service accounts to ask for: those recorded, those that are not, those that the policy spells."""
    recorded = [
        (namespace, account) for namespace, each in parameters.PLATFORM_NAMESPACES.items() for account in each.agents
    ]
    found = dict.fromkeys(recorded)
    for _, account in recorded:
        found["a-team-production", account] = None
        found["kube-system", account] = None
    for namespace in ("kube-system", "default", "a-team-production", "logging"):
        for account in ("", "default", "another", "aws-node-2"):
            found[namespace, account] = None
    for text in literals:
        words = text.split(":", 1)[0].strip("/")
        namespace, slash, account = words.partition("/")
        if slash and namespace and "/" not in account:
            found[namespace, account or "another"] = None
        elif words and words.replace("-", "").isalnum() and words.islower():
            found[words, "another"] = None
            found["a-team-production", words] = None
            found[f"{words}x", f"{words}x"] = None
    return list(found)


def _probes(agent: parameters.Agent, literals: set[str], places: tuple[str, ...]) -> Iterator[_Probe]:
    """Yield pods that take one thing each, in every one of `places` where it can stand."""
    yield _Probe("a plain pod", _with_container({}), True)
    for what, context in _CONTEXTS.items():
        for where in places:
            yield _Probe(
                f"{what} ({where})", _with_container({"securityContext": dict(context)}, where), agent.privileged
            )
    for what, context in _POD_CONTEXTS.items():
        yield _Probe(what, {**_with_container({}), "securityContext": dict(context)}, agent.privileged)
    for name in _HOST_NAMESPACES:
        yield _Probe(name, {**_with_container({}), name: True}, name in agent.host_namespaces)
    for where in places:
        port = {"ports": [{"containerPort": 80, "hostPort": 80}]}
        yield _Probe(f"a host port ({where})", _with_container(port, where), "hostNetwork" in agent.host_namespaces)
    for where in ("", *places):
        yield _Probe(f"a Windows host process ({where or 'pod'})", _windows(where), False)
    for path in _host_paths(agent, literals) if len(places) > 1 else _PATHS[:2]:
        yield _Probe(f"the host path {path}", _mounting(path), _may_mount(agent, path))
    yield _Probe(
        "a second host path",
        {
            **_with_container({}),
            "volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "hostPath": {"path": "/boot"}}],
        },
        _may_mount(agent, "/boot"),
    )
    annotations = {"container.apparmor.security.beta.kubernetes.io/other": "unconfined"}
    yield _Probe(
        "a container without AppArmor by annotation", {**_with_container({}), "": annotations}, agent.privileged
    )
    spelled = {word for each in literals for word in each.split(" ") if word.isupper() and word.isidentifier()}
    capabilities = {*_CAPABILITIES, *agent.capabilities, *spelled} if len(places) > 1 else set(_CAPABILITIES[:2])
    for capability in sorted(capabilities - {"NET_BIND_SERVICE"}):
        for where in places:
            context = {"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE", capability]}}}
            yield _Probe(
                f"the capability {capability} ({where})",
                _with_container(context, where),
                capability in agent.capabilities,
            )


def _with_container(extra: Mapping[str, Any], where: str = "containers") -> dict[str, Any]:
    pod: dict[str, Any] = {"containers": [{"name": "app", "image": "app", **_PLAIN}]}
    pod[where] = [*pod.get(where, []), {"name": "other", "image": "other", **extra}]
    return pod


def _windows(where: str) -> dict[str, Any]:
    context = {"securityContext": {"windowsOptions": {"hostProcess": True}}}
    return _with_container(context, where) if where else {**_with_container({}), **context}


def _mounting(path: str) -> dict[str, Any]:
    return {**_with_container({}), "volumes": [{"name": "host", "hostPath": {"path": path}}]}


def _host_paths(agent: parameters.Agent, literals: set[str]) -> list[str]:
    spelled = {word for each in literals for word in each.split(" ") if word.startswith("/")}
    recorded = {
        path for own in agent.host_paths for path in (own, f"{own.rstrip('/')}/below", f"{own.rstrip('/')}-beside")
    }
    return sorted({*_PATHS, *recorded, *spelled})


def _may_mount(agent: parameters.Agent, path: str) -> bool:
    return any(f"{path.rstrip('/')}/".startswith(f"{own.rstrip('/')}/") for own in agent.host_paths)


def _request(namespace: str, account: str, pod: Mapping[str, Any]) -> dict[str, Any]:
    spec = {**pod, **({"serviceAccountName": account} if account else {})}
    metadata = {"name": "pod", "namespace": namespace, "annotations": {"team": "a", **spec.pop("", {})}}
    thing = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    around = {"metadata": {"name": namespace, "labels": {ENFORCE: decided(namespace)}}}
    return {"object": thing, "request": {"namespace": namespace}, "namespaceObject": around}

"""Only the service accounts that the settings list may use the node, each only as far as it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from modules.bindings import Construct, ITerraformDependable
from modules.objects import KubernetesObject, Objects
from modules.pod_security import cel
from modules.pod_security.pod_security import ENFORCE
from modules.pod_security.validating_policy import binding, policy, validation
from modules.settings import names
from modules.settings.organisation import PlatformNamespace

POLICY_NAME = "privileged-pods"
FREE_CAPABILITIES = ("NET_BIND_SERVICE",)
"""Capabilities that every pod may add: what the level `restricted` allows."""
SAFE_SYSCTLS = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
)
"""Kernel parameters that the level `baseline` allows."""
SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
"""SELinux types that the level `baseline` allows."""
APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"

_NONE_PRIVILEGED = "!variables.contexts.exists(s, has(s.privileged) && s.privileged)"


def grants(namespaces: Iterable[PlatformNamespace]) -> Iterator[str]:
    """Yield what each listed service account may do, one thing a line: `namespace/account:what`.

    A path ends in a slash, so that it stands for itself and what lies below it, and for no other name.
    """
    for namespace in sorted(namespaces, key=lambda each: each.name):
        for account in sorted(namespace.privileged_service_accounts, key=lambda each: each.service_account):
            who = f"{namespace.name}/{account.service_account}"
            if account.privileged:
                yield f"{who}:privileged"
            yield from (f"{who}:{each}" for each in sorted(account.host_namespaces))
            yield from (f"{who}:mount {path.rstrip('/')}/" for path in sorted(account.host_paths))
            yield from (f"{who}:add {each}" for each in sorted(account.capabilities))


def _granted(what: str) -> str:
    return f"(variables.who + {cel.string(f':{what}')}) in variables.grants"


def _host_namespace(name: str) -> dict[str, str]:
    return validation(
        expression=f"!(has(object.spec.{name}) && object.spec.{name}) || {_granted(name)}",
        message=f"{name} is not granted to the pod's service account",
    )


def _unless_privileged(condition: str, what: str) -> dict[str, str]:
    return validation(
        expression=f"({condition}) || variables.mayBePrivileged",
        message=f"{what} is not granted to the pod's service account",
    )


def pod_policy(namespaces: Iterable[PlatformNamespace]) -> KubernetesObject:
    """Return the policy over pods and ephemeral containers of every namespace.

    A pod's specification is fixed when it is created, so that only its creation and its ephemeral containers are
    judged: pods of before can be changed and removed. `dyn` joins lists whose elements have different types.
    A namespace from before the guards that enforces no level gets no pod at all.
    """
    return policy(
        POLICY_NAME,
        rules=[
            {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]},
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"],
                "resources": ["pods/ephemeralcontainers"],
            },
        ],
        variables={
            "grants": cel.strings(grants(namespaces)),
            "who": "request.namespace + '/' + (has(object.spec.serviceAccountName)"
            " && object.spec.serviceAccountName != '' ? object.spec.serviceAccountName : 'default')",
            "mayBePrivileged": _granted("privileged"),
            "containers": "dyn(object.spec.containers)"
            " + (has(object.spec.initContainers) ? dyn(object.spec.initContainers) : dyn([]))"
            " + (has(object.spec.ephemeralContainers) ? dyn(object.spec.ephemeralContainers) : dyn([]))",
            "contexts": "dyn(variables.containers.filter(c, has(c.securityContext)).map(c, c.securityContext))"
            " + (has(object.spec.securityContext) ? dyn([object.spec.securityContext]) : dyn([]))",
        },
        validations=[
            validation(
                expression="has(namespaceObject.metadata.labels)"
                f" && {cel.string(ENFORCE)} in namespaceObject.metadata.labels",
                message=f"the pod's namespace lacks the label {ENFORCE} and so enforces no level",
            ),
            _unless_privileged(_NONE_PRIVILEGED, "a privileged container"),
            *(_host_namespace(name) for name in ("hostNetwork", "hostPID", "hostIPC")),
            validation(
                expression="!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath)"
                " || variables.grants.exists(g, (variables.who + ':mount ' + v.hostPath.path + '/').startsWith(g)))",
                message="a hostPath is not granted to the pod's service account",
            ),
            validation(
                expression="variables.contexts.all(s, !has(s.capabilities) || !has(s.capabilities.add)"
                f" || s.capabilities.add.all(c, c in {cel.strings(FREE_CAPABILITIES)}"
                " || (variables.who + ':add ' + c) in variables.grants))",
                message="an added capability is not granted to the pod's service account",
            ),
            validation(
                expression="variables.containers.all(c, !has(c.ports)"
                " || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0))"
                f" || {_granted('hostNetwork')}",
                message="a host port is not granted to the pod's service account",
            ),
            validation(
                expression="!variables.contexts.exists(s, has(s.windowsOptions)"
                " && has(s.windowsOptions.hostProcess) && s.windowsOptions.hostProcess)",
                message="a Windows HostProcess pod is granted to nobody",
            ),
            _unless_privileged(
                "variables.contexts.all(s, !has(s.procMount) || s.procMount == 'Default')", "an unmasked /proc"
            ),
            _unless_privileged(
                "variables.contexts.all(s, !has(s.sysctls)"
                f" || s.sysctls.all(p, p.name in {cel.strings(SAFE_SYSCTLS)}))",
                "an unsafe sysctl",
            ),
            _unless_privileged(
                "variables.contexts.all(s, !has(s.seLinuxOptions) || ("
                f"(!has(s.seLinuxOptions.type) || s.seLinuxOptions.type in {cel.strings(SELINUX_TYPES)})"
                " && (!has(s.seLinuxOptions.user) || s.seLinuxOptions.user == '')"
                " && (!has(s.seLinuxOptions.role) || s.seLinuxOptions.role == '')))",
                "an SELinux user, role or type of its own",
            ),
            _unless_privileged(
                "variables.contexts.all(s, !has(s.appArmorProfile) || s.appArmorProfile.type != 'Unconfined')"
                " && (!has(object.metadata.annotations) || object.metadata.annotations.all(k,"
                f" !k.startsWith({cel.string(APPARMOR_ANNOTATION)}) || object.metadata.annotations[k] != 'unconfined'))",
                "a container without AppArmor",
            ),
            _unless_privileged(
                "variables.contexts.all(s, !has(s.seccompProfile) || s.seccompProfile.type != 'Unconfined')",
                "a container without seccomp",
            ),
        ],
    )


class PrivilegedPods(Construct):
    """The guard of what pods may take of their node (ADR: PodSecurityPolicies).

    The heir of `eks.privileged used only by aws-node`: aws-node and the other agents of the nodes are listed by
    service account, each with what it needs. The guard holds in every namespace, whatever its level.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        namespaces: Sequence[PlatformNamespace],
        depends_on: Sequence[ITerraformDependable],
    ) -> None:
        """Grant what `namespaces` list, once all that is in `depends_on` stands."""
        super().__init__(scope, id_)
        self.guard = Objects(
            self,
            "guard",
            release_name="privileged-pods",
            namespace=names.KUBE_SYSTEM,
            objects=[pod_policy(namespaces), binding(POLICY_NAME)],
            depends_on=depends_on,
        )

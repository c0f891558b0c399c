"""The ADR's PodSecurityPolicies, for Kubernetes below 1.25."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modules.bindings import (
    ClusterRoleBindingV1,
    ClusterRoleBindingV1Metadata,
    ClusterRoleBindingV1RoleRef,
    ClusterRoleBindingV1Subject,
    ClusterRoleV1,
    ClusterRoleV1Metadata,
    ClusterRoleV1Rule,
    Construct,
    ITerraformDependable,
    PodSecurityPolicyV1Beta1,
    PodSecurityPolicyV1Beta1Metadata,
    PodSecurityPolicyV1Beta1Spec,
    PodSecurityPolicyV1Beta1SpecFsGroup,
    PodSecurityPolicyV1Beta1SpecFsGroupRange,
    PodSecurityPolicyV1Beta1SpecHostPorts,
    PodSecurityPolicyV1Beta1SpecRunAsGroup,
    PodSecurityPolicyV1Beta1SpecRunAsGroupRange,
    PodSecurityPolicyV1Beta1SpecRunAsUser,
    PodSecurityPolicyV1Beta1SpecSeLinux,
    PodSecurityPolicyV1Beta1SpecSupplementalGroups,
    PodSecurityPolicyV1Beta1SpecSupplementalGroupsRange,
    RoleBindingV1,
    RoleBindingV1Metadata,
    RoleBindingV1RoleRef,
    RoleBindingV1Subject,
)
from modules.namespaces import Namespaces
from modules.settings import names
from modules.settings.organisation import PlatformNamespace

AWS_NODE = "aws-node"
RBAC = "rbac.authorization.k8s.io"
_SECCOMP = "seccomp.security.alpha.kubernetes.io"
_PERSISTENT_AND_POD_OWN = ["configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret"]


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """A service account that may use a policy."""

    namespace: str
    name: str


class PodSecurityPolicies(Construct):
    """`privileged` for kube-system, `restricted` for the rest, `aws-node` as the heir of `eks.privileged` (ADR: PodSecurityPolicies).

    Beside kube-system, `privileged` is for the service accounts that the settings list and for the namespaces that
    they put at `baseline`, which has no policy of its own. EKS' own `eks.privileged` and what binds it to every
    user are not Terraform's to remove: they are deleted by hand once `aws-node` is bound.
    """

    def __init__(
        self, scope: Construct, id_: str, *, platform: Sequence[PlatformNamespace], namespaces: Namespaces
    ) -> None:
        """Bind the policies in `namespaces`, of which `platform` are the platform's."""
        super().__init__(scope, id_)
        self._namespaces = namespaces
        self.all: list[ITerraformDependable] = []
        """The bindings, for what must come after them."""
        self._policy("privileged", spec=_unrestricted(drop=["NET_RAW"]))
        self._policy("restricted", spec=_restricted(), annotations=_default_seccomp())
        self._policy(AWS_NODE, spec=_unrestricted(drop=[]))
        self._bind_cluster(
            "restricted", [ClusterRoleBindingV1Subject(kind="Group", name="system:authenticated", api_group=RBAC)]
        )
        self._bind_cluster(
            AWS_NODE,
            [
                ClusterRoleBindingV1Subject(
                    kind="ServiceAccount", name=AWS_NODE, namespace=names.KUBE_SYSTEM, api_group=""
                )
            ],
        )
        listed = [
            ServiceAccount(namespace=namespace.name, name=account.service_account)
            for namespace in sorted(platform, key=lambda each: each.name)
            if namespace.name != names.KUBE_SYSTEM
            for account in sorted(namespace.privileged_service_accounts, key=lambda each: each.service_account)
        ]
        if listed:
            self._bind_cluster(
                "privileged",
                [
                    ClusterRoleBindingV1Subject(
                        kind="ServiceAccount", name=account.name, namespace=account.namespace, api_group=""
                    )
                    for account in listed
                ],
            )
        whole = {names.KUBE_SYSTEM} | {each.name for each in platform if each.level == "baseline"}
        for namespace_name in sorted(whole):
            self._bind_namespace("privileged", namespace_name)

    def _policy(
        self, name: str, *, spec: PodSecurityPolicyV1Beta1Spec, annotations: dict[str, str] | None = None
    ) -> None:
        made = PodSecurityPolicyV1Beta1(
            self,
            name,
            metadata=PodSecurityPolicyV1Beta1Metadata(name=name, annotations=annotations),
            spec=spec,
        )
        ClusterRoleV1(
            self,
            f"use-{name}",
            metadata=ClusterRoleV1Metadata(name=f"psp:{name}"),
            rule=[
                ClusterRoleV1Rule(
                    api_groups=["policy"], resources=["podsecuritypolicies"], resource_names=[name], verbs=["use"]
                )
            ],
            depends_on=[made],
        )

    def _bind_cluster(self, name: str, subjects: list[ClusterRoleBindingV1Subject]) -> None:
        bound = ClusterRoleBindingV1(
            self,
            f"default-{name}",
            metadata=ClusterRoleBindingV1Metadata(name=f"default:{name}"),
            role_ref=ClusterRoleBindingV1RoleRef(api_group=RBAC, kind="ClusterRole", name=f"psp:{name}"),
            subject=subjects,
        )
        self.all.append(bound)

    def _bind_namespace(self, name: str, namespace: str) -> None:
        """Let the pods of one namespace use a policy: there alone, for kube-system's accounts make pods everywhere."""
        bound = RoleBindingV1(
            self,
            f"{namespace}-{name}",
            metadata=RoleBindingV1Metadata(name=f"default:{name}", namespace=namespace),
            role_ref=RoleBindingV1RoleRef(api_group=RBAC, kind="ClusterRole", name=f"psp:{name}"),
            subject=[RoleBindingV1Subject(kind="Group", name=f"system:serviceaccounts:{namespace}", api_group=RBAC)],
            depends_on=self._namespaces.after(namespace) or None,
        )
        self.all.append(bound)


def _unrestricted(*, drop: list[str]) -> PodSecurityPolicyV1Beta1Spec:
    """Return what the nodes' agents may do; `drop` are capabilities that every container gives up."""
    return PodSecurityPolicyV1Beta1Spec(
        privileged=True,
        allow_privilege_escalation=True,
        default_allow_privilege_escalation=True,
        allowed_capabilities=["NET_ADMIN", "NET_BIND_SERVICE"]
        if drop
        else ["NET_ADMIN", "NET_BIND_SERVICE", "NET_RAW"],
        required_drop_capabilities=drop or None,
        host_network=True,
        host_pid=True,
        host_ipc=True,
        host_ports=[PodSecurityPolicyV1Beta1SpecHostPorts(min=0, max=65535)],
        volumes=["*"],
        run_as_user=PodSecurityPolicyV1Beta1SpecRunAsUser(rule="RunAsAny"),
        se_linux=PodSecurityPolicyV1Beta1SpecSeLinux(rule="RunAsAny"),
        supplemental_groups=PodSecurityPolicyV1Beta1SpecSupplementalGroups(rule="RunAsAny"),
        fs_group=PodSecurityPolicyV1Beta1SpecFsGroup(rule="RunAsAny"),
    )


def _restricted() -> PodSecurityPolicyV1Beta1Spec:
    """Return what every other pod may do: nothing with the node, and not as root."""
    return PodSecurityPolicyV1Beta1Spec(
        privileged=False,
        allow_privilege_escalation=False,
        default_allow_privilege_escalation=False,
        required_drop_capabilities=["ALL"],
        host_network=False,
        host_pid=False,
        host_ipc=False,
        volumes=_PERSISTENT_AND_POD_OWN,
        run_as_user=PodSecurityPolicyV1Beta1SpecRunAsUser(rule="MustRunAsNonRoot"),
        run_as_group=PodSecurityPolicyV1Beta1SpecRunAsGroup(
            rule="MustRunAs", range=[PodSecurityPolicyV1Beta1SpecRunAsGroupRange(min=1, max=65535)]
        ),
        se_linux=PodSecurityPolicyV1Beta1SpecSeLinux(rule="RunAsAny"),
        supplemental_groups=PodSecurityPolicyV1Beta1SpecSupplementalGroups(
            rule="MustRunAs", range=[PodSecurityPolicyV1Beta1SpecSupplementalGroupsRange(min=1, max=65535)]
        ),
        fs_group=PodSecurityPolicyV1Beta1SpecFsGroup(
            rule="MustRunAs", range=[PodSecurityPolicyV1Beta1SpecFsGroupRange(min=1, max=65535)]
        ),
    )


def _default_seccomp() -> dict[str, str]:
    return {
        f"{_SECCOMP}/allowedProfileNames": "runtime/default",
        f"{_SECCOMP}/defaultProfileName": "runtime/default",
    }

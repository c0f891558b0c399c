"""Who may do what in a cluster: the organisation's existing RBAC configuration."""

from __future__ import annotations

from collections.abc import Iterable

from modules.bindings import (
    ClusterRoleBindingV1,
    ClusterRoleBindingV1Metadata,
    ClusterRoleBindingV1RoleRef,
    ClusterRoleBindingV1Subject,
    Construct,
    ITerraformDependable,
    RoleBindingV1,
    RoleBindingV1Metadata,
    RoleBindingV1RoleRef,
    RoleBindingV1Subject,
    ServiceAccountV1,
    ServiceAccountV1Metadata,
)
from modules.namespaces import Namespaces
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fleet import Fleet
from modules.settings.namespaces import Namespace

RBAC = "rbac.authorization.k8s.io"
CLUSTER_ADMIN = "cluster-admin"


def group(fleet: Fleet, team: str) -> str:
    """Return the name under which Kubernetes sees the members of the GitHub team with the slug `team`."""
    return f"{fleet.tenant.groups_prefix}{team}"


class Authorization(Construct):
    """The existing RBAC configuration (ADR: Authorization).

    The admin team administers the cluster, each team its own namespaces, and CI's service account the cluster, as in
    the former clusters. CI asks for short-lived tokens: no token Secret is made and no pod mounts one.
    """

    def __init__(self, scope: Construct, id_: str, *, fleet: Fleet, cluster: Cluster, namespaces: Namespaces) -> None:
        """Bind the roles in `namespaces`."""
        super().__init__(scope, id_)
        admins = fleet.organisation.admin_team
        self._bind_cluster_admin(
            f"{admins}-cluster-admin",
            ClusterRoleBindingV1Subject(kind="Group", name=group(fleet, admins), api_group=RBAC),
        )
        ci = fleet.organisation.ci_service_account
        account = ServiceAccountV1(
            self,
            ci,
            metadata=ServiceAccountV1Metadata(name=ci, namespace=names.KUBE_SYSTEM),
            automount_service_account_token=False,
        )
        self._bind_cluster_admin(
            f"{ci}-cluster-admin",
            ClusterRoleBindingV1Subject(kind="ServiceAccount", name=ci, namespace=names.KUBE_SYSTEM, api_group=""),
            binding_name=ci,
            depends_on=[account],
        )
        for namespace in sorted(cluster.namespaces, key=lambda each: each.name):
            self._bind_team(namespace, group(fleet, namespace.team), namespaces.after(namespace.name))

    def _bind_cluster_admin(
        self,
        id_: str,
        subject: ClusterRoleBindingV1Subject,
        *,
        binding_name: str | None = None,
        depends_on: Iterable[ITerraformDependable] = (),
    ) -> None:
        ClusterRoleBindingV1(
            self,
            id_,
            metadata=ClusterRoleBindingV1Metadata(name=binding_name or id_),
            role_ref=ClusterRoleBindingV1RoleRef(api_group=RBAC, kind="ClusterRole", name=CLUSTER_ADMIN),
            subject=[subject],
            depends_on=list(depends_on) or None,
        )

    def _bind_team(self, namespace: Namespace, team: str, before: list[ITerraformDependable]) -> None:
        name = f"{namespace.name}-admin"
        RoleBindingV1(
            self,
            name,
            metadata=RoleBindingV1Metadata(name=name, namespace=namespace.name),
            role_ref=RoleBindingV1RoleRef(api_group=RBAC, kind="ClusterRole", name="admin"),
            subject=[RoleBindingV1Subject(kind="Group", name=team, api_group=RBAC)],
            depends_on=before,
        )

"""Ways to more rights than were decided (D04)."""

from __future__ import annotations

import json

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import LIVE, manifest

_RBAC = "rbac.authorization.k8s.io"
_TEAM = "authorization_court-probation-dev-admin"


@violation(kills="D04-cluster-admins")
def second_binding_by_a_manifest(stacks: Stacks) -> None:
    """A binding to cluster-admin as a manifest: a check that looks at typed resources sees two bindings, as before."""
    manifest(
        stacks,
        "helpers",
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "read-only-dashboards"},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": "github:court-probation"}],
        },
    )


@violation(kills="D04-cluster-admins")
def everybody_who_is_logged_in(stacks: Stacks) -> None:
    """`system:authenticated` may read everything, secrets of every namespace too."""
    stacks.add(
        LIVE,
        "kubernetes_cluster_role_binding_v1",
        "viewers",
        {
            "metadata": {"name": "viewers"},
            "role_ref": {"api_group": _RBAC, "kind": "ClusterRole", "name": "edit"},
            "subject": [{"api_group": _RBAC, "kind": "Group", "name": "system:authenticated"}],
        },
    )


@violation(kills="D04-cluster-admins")
def a_second_subject(stacks: Stacks) -> None:
    """The binding keeps its name, and gains a subject."""
    binding = stacks.one(LIVE, "kubernetes_cluster_role_binding_v1", "authorization_webops-cluster-admin")
    binding["subject"].append({"api_group": _RBAC, "kind": "User", "name": "somebody@digital.justice.gov.uk"})


@violation(kills="D04-cluster-admins")
def group_without_prefix(stacks: Stacks) -> None:
    """A group without `github:` is none that the login yields; what yields it is unknown."""
    binding = stacks.one(LIVE, "kubernetes_cluster_role_binding_v1", "authorization_webops-cluster-admin")
    binding["subject"][0]["name"] = "webops"


@violation(kills="D04-cluster-admins")
def service_account_of_a_team(stacks: Stacks) -> None:
    """The name of CI's service account, in a namespace of a team."""
    binding = stacks.one(
        LIVE, "kubernetes_cluster_role_binding_v1", "authorization_concourse-build-environments-cluster-admin"
    )
    binding["subject"][0]["namespace"] = "court-probation-dev"


@violation(kills="D04-cluster-admins", also=("D02-groups-reach-rbac",), names="cluster manager")
def platform_team_locked_out(stacks: Stacks) -> None:
    """Nobody can mend the cluster."""
    stacks.remove("manager-workloads", "kubernetes_cluster_role_binding_v1", "authorization_webops-cluster-admin")


@violation(kills="D04-team-admins")
def another_team(stacks: Stacks) -> None:
    """A namespace is administered by a team that it does not belong to."""
    stacks.one(LIVE, "kubernetes_role_binding_v1", _TEAM)["subject"][0]["name"] = "github:laa-get-paid"


@violation(kills="D04-team-admins")
def two_teams(stacks: Stacks) -> None:
    """One more team, for a while."""
    stacks.one(LIVE, "kubernetes_role_binding_v1", _TEAM)["subject"].append(
        {"api_group": _RBAC, "kind": "Group", "name": "github:contractors"}
    )


@violation(kills="D04-team-admins")
def cluster_admin_of_a_namespace(stacks: Stacks) -> None:
    """cluster-admin in a namespace may change its labels, quota and limits; admin may not."""
    stacks.one(LIVE, "kubernetes_role_binding_v1", _TEAM)["role_ref"]["name"] = "cluster-admin"


@violation(kills="D04-team-admins")
def binding_in_kube_system(stacks: Stacks) -> None:
    """A team is admin where the nodes' agents run, and so of every node."""
    stacks.one(LIVE, "kubernetes_role_binding_v1", _TEAM)["metadata"]["namespace"] = "kube-system"


@violation(kills="D04-team-admins")
def a_service_account_administers(stacks: Stacks) -> None:
    """Whoever gets into a pod administers the namespace."""
    stacks.add(
        LIVE,
        "kubernetes_role_binding",
        "deployer",
        {
            "metadata": {"name": "deployer", "namespace": "court-probation-dev"},
            "role_ref": {"api_group": _RBAC, "kind": "ClusterRole", "name": "admin"},
            "subject": [{"kind": "ServiceAccount", "name": "default", "namespace": "court-probation-dev"}],
        },
    )


@violation(kills="D04-team-admins", names="court-probation-dev")
def nobody_administers(stacks: Stacks) -> None:
    """The team has its namespace and no right in it."""
    stacks.remove(LIVE, "kubernetes_role_binding_v1", _TEAM)


@violation(kills="D04-no-other-roles")
def role_that_aggregates(stacks: Stacks) -> None:
    """A ClusterRole whose label adds its rights to `admin`, and so to every team."""
    manifest(
        stacks,
        "extra",
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "extra", "labels": {f"{_RBAC}/aggregate-to-admin": "true"}},
            "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
        },
    )


@violation(kills="D04-no-other-roles", also=("X12-recorded-types",))
def aws_auth_is_back(stacks: Stacks) -> None:
    """An IAM role becomes `system:masters` by the ConfigMap of before."""
    stacks.add(
        LIVE,
        "kubernetes_config_map_v1_data",
        "auth",
        {
            "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": {"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/dev\n  groups: [system:masters]\n"},
        },
    )


@violation(kills="D04-cluster-admins", names="ClusterRoleBinding/everybody")
def binding_inside_a_list(stacks: Stacks) -> None:
    """The chart of objects renders a list, and the list holds the binding."""
    body = dict(stacks.one("live-workloads", "helm_release", "pod-security_policy"))
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "everybody"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "Group", "name": "system:authenticated"}],
    }
    values = {"objects": [{"apiVersion": "v1", "kind": "List", "items": [binding]}]}
    stacks.add("live-workloads", "helm_release", "more", {**body, "name": "more", "values": [json.dumps(values)]})

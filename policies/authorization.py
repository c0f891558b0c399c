"""D04: RBAC stays as it was: teams administer their namespaces, the platform's team and CI the clusters."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Attribute, Cluster, Finding, KubernetesObject, Presence, control
from policies.engine.namespaces import declared

_ADR = "Authorization"
_RBAC = "rbac.authorization.k8s.io"
_ADMINS = (
    ("cluster-admin", "Group", "", f"{parameters.GROUPS_PREFIX}{parameters.ADMIN_TEAM}"),
    ("cluster-admin", "ServiceAccount", *parameters.CI_SERVICE_ACCOUNT),
)


def _subjects(binding: KubernetesObject) -> list[tuple[str, str, str]]:
    """Return kind, namespace and name of each subject."""
    return [
        (each["kind"].text() or "", each["namespace"].text() or "", each["name"].text() or "")
        for each in binding["subjects"].blocks()
    ]


@control(
    id="D04-cluster-admins",
    title="The platform's team and CI, nobody else, hold a role in the whole cluster",
    severity="critical",
    reads=("workloads",),
    presence=(Presence("object:ClusterRoleBinding"),),
    remediation="Keep the two bindings to cluster-admin; whoever else needs a role gets it in a namespace.",
    references=(_ADR,),
)
def cluster_admins(cluster: Cluster) -> Iterator[Finding]:
    """Each ClusterRoleBinding is one of those recorded, and each of those recorded is there."""
    held: set[tuple[str, ...]] = set()
    for binding in cluster.objects("ClusterRoleBinding"):
        role = binding["roleRef.name"].text() or ""
        yield from binding["roleRef.kind"].must_be("ClusterRole")
        yield from binding["roleRef.apiGroup"].must_be(_RBAC)
        subjects = _subjects(binding)
        if not subjects:
            yield binding.finding("has no subject", expected=_ADMINS)
        for kind, namespace, name in subjects:
            grant = (role, kind, namespace if kind == "ServiceAccount" else "", name)
            held.add(grant)
            if grant not in _ADMINS:
                yield binding.finding(
                    f"gives {kind} {name or 'without name'} the role {role} in the whole cluster", expected=_ADMINS
                )
    for missing in sorted(set(_ADMINS) - held):
        yield cluster.finding(f"{missing[1]} {missing[3]} does not hold {missing[0]}", expected=missing)


@control(
    id="D04-team-admins",
    title="Each service team's namespace is administered by its GitHub team alone",
    severity="high",
    reads=("workloads",),
    presence=(Presence("object:Namespace"),),
    remediation="Bind ClusterRole admin in the namespace to Group github:<team>, the team of the namespace's annotation.",
    references=(_ADR,),
)
def team_admins(cluster: Cluster) -> Iterator[Finding]:
    """Each RoleBinding binds the team's role to the team that the namespace names; each namespace has one."""
    namespaces = declared(cluster)
    bound: set[str] = set()
    for binding in cluster.objects("RoleBinding"):
        objects = namespaces.get(binding.namespace, [])
        if not objects or binding.namespace in parameters.PLATFORM_NAMESPACES:
            yield binding.finding(
                f"gives a role in {binding.namespace or 'no namespace'}, which is no service team's", expected="absent"
            )
            continue
        team = _team(objects)
        expected = f"{parameters.GROUPS_PREFIX}{team.text() or ''}"
        yield from binding["roleRef.kind"].must_be("ClusterRole")
        yield from binding["roleRef.name"].must_be(parameters.TEAM_ROLE)
        for subject in binding["subjects"].blocks():
            yield from subject["kind"].must_be("Group")
            yield from subject["apiGroup"].must_be_one_of((_RBAC, None))
            yield from subject["name"].must_be(expected)
        if binding["subjects"].absent:
            yield binding.finding("has no subject", expected=expected)
        bound.add(binding.namespace)
    for name, objects in namespaces.items():
        if name in parameters.PLATFORM_NAMESPACES:
            continue
        team = _team(objects)
        if not team.text():
            yield team.finding("names no team", expected="the slug of a GitHub team")
        if name not in bound:
            yield objects[0].finding(f"{name} is administered by nobody", expected="a RoleBinding to its team")


def _team(objects: list[KubernetesObject]) -> Attribute:
    """Return the annotation that names a namespace's team."""
    found = [each.annotation(parameters.TEAM_ANNOTATION) for each in objects]
    return next((each for each in found if not each.absent), found[0])


@control(
    id="D04-no-other-roles",
    title="No role and no mapping of identities is added to those that Kubernetes brings",
    severity="high",
    reads=("cluster", "workloads"),
    presence=(Presence("object:ClusterRoleBinding"),),
    remediation="Use Kubernetes' own roles; identities are mapped by EKS access entries, not by aws-auth.",
    references=(_ADR,),
)
def no_other_roles(cluster: Cluster) -> Iterator[Finding]:
    """No Role or ClusterRole, which may aggregate to `admin`, and no aws-auth, which may name `system:masters`."""
    for role in cluster.objects("ClusterRole", "Role"):
        yield role.finding("is a role that was not there before", found=role.name, expected="absent")
    for mapping in cluster.objects("ConfigMap"):
        if mapping.name == "aws-auth":
            yield mapping.finding("maps AWS identities to groups beside the access entries", expected="absent")
    for release in cluster.releases():
        if "aws-auth" in release.chart or "aws-auth" in release.name or "rbac-manager" in release.chart:
            yield release.finding("maps identities or grants roles of its own", found=release.chart, expected="absent")
    for release in cluster.releases("kube-prometheus-stack"):
        grafana = release.values["grafana"]
        if grafana["enabled"].flag() is not False and grafana["rbac.namespaced"].flag() is not True:
            yield grafana["rbac.namespaced"].finding(
                "gives Grafana a role that reads the Secrets of every namespace, as the chart does", expected=True
            )


def _given_name(principal: str) -> str:
    """Return the user name that EKS gives a role which is given none."""
    account, role = principal.split(":")[4:5], principal.rsplit("/", 1)[-1]
    return f"arn:aws:sts::{''.join(account)}:assumed-role/{role}/{{{{SessionName}}}}"


@control(
    id="D04-access-entries",
    title="IAM opens each cluster to the pipeline and the platform's team alone",
    severity="critical",
    reads=("cluster",),
    presence=(Presence("aws_eks_access_entry", 1),),
    remediation="Use authentication_mode API without the creator's rights, and access entries for the principals of ACCESS in policies/parameters.",
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html"),
)
def access_entries(cluster: Cluster) -> Iterator[Finding]:
    """Service teams log in by OIDC; who comes by IAM is listed, with what they may do."""
    eks = cluster.eks
    yield from eks["access_config.authentication_mode"].must_be("API")
    yield from eks["access_config.bootstrap_cluster_creator_admin_permissions"].must_be(False)
    for entry in cluster.resources("aws_eks_access_entry"):
        yield from entry["principal_arn"].must_be_one_of(parameters.ACCESS)
        yield from entry["cluster_name"].must_refer_to(eks, "this cluster")
        yield from entry["kubernetes_groups"].must_be_absent("a group such as system:masters needs no binding")
        name, principal = entry["user_name"], entry["principal_arn"]
        if not (name.known and principal.known and name.text() == _given_name(principal.text() or "")):
            yield from name.must_be_absent("the audit log names the principal")
    for grant in cluster.resources("aws_eks_access_policy_association"):
        yield from grant["cluster_name"].must_refer_to(eks, "this cluster")
        principal = grant["principal_arn"]
        if not principal.known or principal.text() not in parameters.ACCESS:
            yield principal.finding("is nobody who may hold a policy", expected=sorted(parameters.ACCESS))
            continue
        yield from grant["policy_arn"].must_be(parameters.ACCESS[principal.text() or ""])
        yield from grant["access_scope.type"].must_be("cluster")
    for kind in ("aws_eks_access_entry", "aws_eks_access_policy_association"):
        named = {each["principal_arn"].text() for each in cluster.resources(kind) if each["principal_arn"].known}
        for principal_arn in sorted(set(parameters.ACCESS) - named):
            yield cluster.finding(f"no {kind} is for {principal_arn}", found=sorted(named), expected=principal_arn)

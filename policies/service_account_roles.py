"""D19: pods reach AWS by a role for their service account, bound by subject and audience."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policies import parameters
from policies.engine import Cluster, Estate, Finding, Presence, control
from policies.engine.attribute import Attribute
from policies.engine.helm import Release
from policies.engine.iam import IamRole, Statement
from policies.engine.kubernetes import containers
from policies.engine.memory import remembered
from policies.engine.resource import Resource

_ADR = "Apps' access to AWS roles"
_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
_SUBJECT = re.compile(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9.-]+")
_WITHOUT_SCHEME = re.compile(r"\$\{(?:replace|trimprefix)\(([^,()]+), *\"https://\"(?:, *\"\")?\)\}")
_BROKERS = ("kiam", "kube2iam", "kube-aws-iam-controller", "iam4kube", "aws-pod-identity")
_OLD_ANNOTATIONS = ("iam.amazonaws.com/role", "iam.amazonaws.com/permitted", "iam.amazonaws.com/allowed-roles")
_STATIC = (
    "aws_iam_user",
    "aws_iam_access_key",
    "aws_iam_user_policy",
    "aws_iam_user_policy_attachment",
    "aws_eks_pod_identity_association",
)


def subjects(role: IamRole) -> list[str]:
    """Return each service account that a role's trust names."""
    return sorted(
        {
            value
            for statement in role.trust.statements
            if statement.allows
            for condition in statement.conditions
            if condition.key.endswith(":sub")
            for value in condition.values
        }
    )


def _federated(role: IamRole) -> bool:
    return any(
        statement.allows and ("Federated" in statement.principals or statement.grants(_WEB_IDENTITY))
        for statement in role.trust.statements
    )


@control(
    id="D19-one-issuer",
    title="Each cluster has one OIDC provider, of its own issuer and for STS alone",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_iam_openid_connect_provider", 1, 1),),
    remediation="Declare one aws_iam_openid_connect_provider with the cluster's issuer and the client id sts.amazonaws.com.",
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html"),
)
def one_issuer(cluster: Cluster) -> Iterator[Finding]:
    """Another issuer's tokens would be good for this cluster's roles."""
    eks = cluster.eks
    for provider in cluster.resources("aws_iam_openid_connect_provider"):
        yield from provider["client_id_list"].must_hold_exactly([parameters.AUDIENCE])
        url = provider["url"]
        issuer = eks["identity.0.oidc.0.issuer"]
        literal = _bare(url.text()) if url.known else None
        own = _bare(issuer.text()) if issuer.known else None
        if not _issuers(eks).intersection(url.stands_for()) and (not literal or literal != own):
            yield url.finding("is not this cluster's issuer", expected=f"{eks.base}.identity[0].oidc[0].issuer")


@control(
    id="D19-bound-roles",
    title="Each role for a service account trusts exactly one, by subject and audience",
    severity="critical",
    reads=("cluster",),
    presence=(Presence("aws_iam_openid_connect_provider"),),
    remediation="Trust the cluster's own provider with StringEquals on :sub, one service account without wildcard, and on :aud.",
    checkov=("CKV_AWS_393",),
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html"),
)
def bound_roles(cluster: Cluster) -> Iterator[Finding]:
    """No other service account, cluster or kind of token can take the role, and no service account has two."""
    provider = cluster.one("aws_iam_openid_connect_provider")
    eks = cluster.eks
    taken: dict[str, str] = {}
    for role in cluster.roles():
        if not _federated(role):
            continue
        yield from role.resource["permissions_boundary"].must_be_absent("it takes rights away unseen")
        for statement in role.trust.statements:
            yield from _bound(role, statement, provider, eks)
        for subject in subjects(role):
            if subject in taken:
                yield role.finding(f"is a second role for {subject}, beside {taken[subject]}", expected="one role")
            taken[subject] = role.address


def _bound(role: IamRole, statement: Statement, provider: Resource, eks: Resource) -> Iterator[Finding]:
    if not statement.allows:
        yield role.finding("is denied to some", found=statement.principals, expected="no Deny")
        return
    if statement.actions != [_WEB_IDENTITY] or statement.not_actions:
        yield role.finding("may be assumed in other ways", found=statement.actions, expected=_WEB_IDENTITY)
    named = statement.principals.get("Federated", [])
    own = {provider["arn"].text()} if provider["arn"].known else set()
    if set(statement.principals) != {"Federated"} or not all(
        each == f"${{{provider.base}.arn}}" or each in own for each in named
    ):
        yield role.finding(
            "trusts others than this cluster's provider", found=statement.principals, expected=provider.address
        )
    if len(named) != 1:
        yield role.finding("must trust one provider", found=named, expected=provider.address)
    for each in statement.conditions:
        if each.operator != "StringEquals" or not each.key.endswith((":sub", ":aud")):
            yield role.finding(f"is bound by {each.operator} on {each.key}, too", found=each.values, unknown=True)
    equal = {each.key: each.values for each in statement.conditions if each.operator == "StringEquals"}
    for suffix in (":sub", ":aud"):
        keys = [key for key in equal if key.endswith(suffix)]
        if len(keys) != 1 or len(equal[keys[0]]) != 1:
            yield role.finding(f"must be bound by StringEquals on one {suffix}", found=equal, expected="one value")
            continue
        if not _of_issuer(keys[0].removesuffix(suffix), provider, eks):
            yield role.finding(f"names another issuer in {keys[0]}", found=keys[0], expected=provider.address)
        value = equal[keys[0]][0]
        if suffix == ":sub" and not _SUBJECT.fullmatch(value):
            yield role.finding(
                f"trusts {value}, which is no service account", found=value, expected="one service account"
            )
        if suffix == ":aud" and value != parameters.AUDIENCE:
            yield role.finding(f"trusts tokens for {value}", found=value, expected=parameters.AUDIENCE)


def _issuers(eks: Resource) -> set[str]:
    """Return how an expression may spell the issuer of a cluster."""
    return {f"{eks.base}.identity{first}.oidc{second}.issuer" for first in ("[0]", ".0") for second in ("[0]", ".0")}


def _of_issuer(prefix: str, provider: Resource, eks: Resource) -> bool:
    if _WITHOUT_SCHEME.sub(r"\1", prefix).removeprefix("${").removesuffix("}") in {
        f"{provider.base}.url",
        *_issuers(eks),
    }:
        return True
    url = provider["url"]
    literal = url.text() if url.known else None
    return literal is not None and prefix == _bare(literal)


def _bare(issuer: str | None) -> str:
    """Return an issuer as IAM keeps it, without its scheme."""
    return (issuer or "").removeprefix("https://")


@dataclass(frozen=True, slots=True)
class _Use:
    """A service account and the role that it names."""

    subject: str
    arn: Attribute


def _uses(cluster: Cluster) -> Iterator[_Use]:
    for account in cluster.objects("ServiceAccount"):
        annotation = account.annotation(parameters.ROLE_ANNOTATION)
        if not annotation.absent:
            yield _Use(f"system:serviceaccount:{account.namespace}:{account.name}", annotation)
    for release in cluster.releases():
        for named, arn in annotated(release) if not release.is_local else ():
            name = named["name"].text() or release.name
            yield _Use(f"system:serviceaccount:{release.namespace}:{name}", arn)


@remembered("_annotated")
def annotated(release: Release) -> list[tuple[Attribute, Attribute]]:
    """Return each service account that a chart's values annotate, at whatever depth, and the role that it names."""
    return list(_annotated(release.values))


def _annotated(values: Attribute) -> Iterator[tuple[Attribute, Attribute]]:
    if not isinstance(values.node, dict):
        return
    for key, below in values.items():
        if key == "annotations" and not below.at(parameters.ROLE_ANNOTATION).absent:
            yield values, below.at(parameters.ROLE_ANNOTATION)
        else:
            yield from _annotated(below)


@control(
    id="D19-one-role-each",
    title="Each service account names its own role, and each role is named by its service account",
    severity="high",
    reads=("cluster", "workloads"),
    presence=(Presence("aws_iam_openid_connect_provider"),),
    remediation="Annotate the service account with the role whose trust names it; remove roles that no service account names.",
    references=(_ADR,),
)
def one_role_each(cluster: Cluster) -> Iterator[Finding]:
    """A role that nobody names waits for whoever creates the service account it trusts."""
    roles = {role.resource["name"].text() or "": role for role in cluster.roles() if _federated(role)}
    used: set[str] = set()
    prefix = f"arn:aws:iam::{parameters.ACCOUNT}:role/"
    for use in _uses(cluster):
        arn = use.arn.text() or ""
        role = roles.get(arn.removeprefix(prefix)) if arn.startswith(prefix) else None
        if role is None:
            yield use.arn.finding(f"is {arn}, no role for a service account of this cluster", expected=sorted(roles))
        elif subjects(role) != [use.subject]:
            yield use.arn.finding(f"names the role of {subjects(role)}, not of {use.subject}", expected=use.subject)
        else:
            used.add(role.address)
    for addon in cluster.resources("aws_eks_addon"):
        name, given = addon["addon_name"].text() or "", addon["service_account_role_arn"]
        taken = given.follow("aws_iam_role")
        used |= {each.address for each in taken}
        account = parameters.ADDON_SERVICE_ACCOUNTS.get(name)
        for role in roles.values():
            if role.resource in taken and subjects(role) != [account] and name != "vpc-cni":  # D10 holds the CNI's
                yield given.finding(f"is the role of {subjects(role)}, not of {name}", expected=account)
    for role in roles.values():
        if role.address not in used:
            yield role.finding("is named by no service account", found=subjects(role), expected="a service account")


@control(
    id="D19-no-kiam",
    title="No broker, key or other kind of identity hands AWS roles to pods",
    severity="high",
    scope="estate",
    reads=("cluster", "workloads", "account"),
    presence=(Presence("aws_iam_openid_connect_provider"),),
    remediation="Remove kiam, kube2iam, IAM users, access keys and pod identity associations; use a role for the service account.",
    references=(_ADR,),
)
def no_kiam(estate: Estate) -> Iterator[Finding]:
    """Neither the brokers of old, by chart, image or annotation, nor static keys, nor chains of roles."""
    yield from estate.none_of(*_STATIC, why="pods use roles for service accounts")
    for addon in estate.resources("aws_eks_addon"):
        yield from addon["pod_identity_association"].must_be_absent("pods use roles for service accounts")
        if addon["addon_name"].text() == "eks-pod-identity-agent":
            yield addon.finding(
                "hands out roles beside service accounts", found="eks-pod-identity-agent", expected="absent"
            )
    for release in estate.releases():
        words = f"{release.chart} {release.name}".lower()
        if any(each in words for each in _BROKERS):
            yield release.finding("hands out roles by the instance metadata", found=release.chart, expected="absent")
    for each in estate.objects():
        for annotation in _OLD_ANNOTATIONS:
            yield from each.annotation(annotation).must_be_absent("it asks kiam or kube2iam for a role")
        for container in containers(each):
            if any(name in (container["image"].text() or "").lower() for name in _BROKERS):
                yield container["image"].finding("hands out roles by the instance metadata", expected="absent")
    for policy in estate.policies():
        for statement in policy.statements:
            if statement.grants("sts:AssumeRole"):
                yield policy.finding("lets its holder take further roles", found=statement.actions, expected="none")
    for role in estate.roles():
        if _federated(role) and role.resource.stack in estate.shared.stacks:
            yield role.finding(
                "is a role for a service account of no cluster", expected="a role in its cluster's stack"
            )
        for statement in role.trust.statements:
            if statement.allows and _federated(role) and set(statement.principals) - {"Federated"}:
                yield role.finding("is taken by others than its service account", found=statement.principals)

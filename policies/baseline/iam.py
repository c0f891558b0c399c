"""What roles may do, and that they may do it before somebody uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.attribute import Attribute
from policies.engine.iam import Condition, IamRole, Policy, Statement, attachments, unresolved
from policies.engine.pointers import Mixed, pointers
from policies.engine.resource import Resource
from policies.engine.values import show

_TOO_WIDE = (
    "AdministratorAccess",
    "PowerUser",
    "FullAccess",
    "job-function/",
    "IAMFullAccess",
    "SecurityAudit",
    "SecretsManagerReadWrite",
)
_GRANTS = ("aws_iam_role_policy_attachment", "aws_iam_role_policy", "aws_iam_role_policy_attachments_exclusive")


@control(
    id="B11-iam-without-wildcards",
    title="IAM policies name actions and resources",
    severity="high",
    scope="estate",
    reads=("cluster", "account"),
    presence=(Presence("aws_iam_role", 1),),
    remediation="List the actions and the ARNs; an action that cannot be bound goes to UNBOUND_ACTIONS in policies/parameters with its reason.",
    checkov=("CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_274", "CKV_AWS_355", "CKV_AWS_286", "CKV_AWS_290"),
    references=("https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",),
)
def iam_without_wildcards(estate: Cluster) -> Iterator[Finding]:
    """A wildcard grants what nobody has thought of yet."""
    for policy in estate.policies():
        if policy.resource.type not in ("aws_kms_key", "aws_kms_key_policy"):
            for statement in policy.statements:
                yield from _named(policy, statement)
    for role in estate.roles():
        for arn in role.managed_arns:
            if any(each in arn for each in _TOO_WIDE):
                yield role.finding(f"holds {arn}", found=arn, expected="a policy for what it does")
        yield from _taken_from_outside(role)
    for stack in estate.stacks:
        for resource, attached in attachments(stack):
            if resource.type != "aws_iam_role" and any(each in str(show(attached.node)) for each in _TOO_WIDE):
                yield attached.finding("is attached", expected="a policy for what it does")
        for named in unresolved(stack):
            yield named.finding("names a role that cannot be told", expected="a reference or a name", unknown=True)


def _taken_from_outside(role: IamRole) -> Iterator[Finding]:
    for statement in role.trust.statements:
        for principal in statement.principals.get("AWS", []) if statement.allows else ():
            own = f":{parameters.ACCOUNT}:" in principal or principal == parameters.ACCOUNT
            if not own and not principal.startswith("${aws_iam_role."):
                yield role.finding(f"may be taken by {principal}", found=principal, expected=parameters.ACCOUNT)
        if statement.allows and statement.not_principals:
            yield role.finding("may be taken by all but some", found=statement.not_principals, expected="principals")


def _named(policy: Policy, statement: Statement) -> Iterator[Finding]:
    if not statement.allows:
        return
    if statement.not_actions or statement.not_resources:
        yield policy.finding("allows all but something", found=[*statement.not_actions, *statement.not_resources])
    hidden = [each for each in statement.actions if "${" in each]
    resources = [_through_a_local(policy, each) for each in statement.resources]
    hidden += [each for each in resources if each.startswith(_FROM_OUTSIDE)]
    if hidden:
        yield policy.finding(f"allows {hidden}, which only Terraform can tell", found=hidden, unknown=True)
    if wild := [each for each in statement.actions if "*" in each or "?" in each]:
        yield policy.finding(f"allows {wild}", found=wild, expected="named actions")
    unbound = [each for each in resources if _whole_service(each)]
    free = [each for each in statement.actions if each not in parameters.UNBOUND_ACTIONS]
    if unbound and free:
        yield policy.finding(f"allows {free} on every resource", found=unbound, expected="named resources")
    if not any(map(_chooses, statement.conditions)):
        unbound = [each for each in resources if _ALL_OF_A_KIND.fullmatch(each)]
        free = [each for each in free if not _ONLY_LISTS.match(each) and each not in _OF_SESSIONS]
        if unbound and free:
            yield policy.finding(f"allows {free} on all of a kind", found=unbound, expected="named resources")
    undoing = [action for action in parameters.UNDOING_ACTIONS if statement.grants(action)]
    if undoing and not wild:
        yield policy.finding(f"allows {undoing}, which would undo what is decided", found=undoing, expected="none")


_ALL_OF_A_KIND = re.compile(r"arn:[^:]*:(?!s3::|sns:|execute-api:)[^:]*:[^:]*:[^:]*:[A-Za-z-]+[:/][:/*?]*[*?][:/*?]*")
"""Every secret, role, parameter or instance of an account; of a bucket, topic or API the name stands where the kind would."""
_BELOW_ONE = re.compile(r"\$\{(?:data\.)?aws_\w+\.[\w-]+(?:\[[^\]]*\])?\.arn\}[:/].*")
"""What belongs to one resource, such as all objects of a bucket."""
_FROM_OUTSIDE = ("${var.", "${data.aws_ssm_parameter.", "${local.", "${data.terraform_remote_state.")
"""How a resource begins that may turn out to be any."""
_OF_SESSIONS = ("ssm:StartSession", "ssm:ResumeSession", "ssm:TerminateSession")
"""What D16 judges, on whatever resources."""
_ONLY_LISTS = re.compile(r"[a-z0-9-]+:(?:Describe|List)[A-Z]")


def _through_a_local(policy: Policy, resource: str) -> str:
    """Return a resource whose text begins with a local as it begins with what the local refers to, where that is one thing."""
    head, brace, rest = resource.partition("}")
    if not head.startswith("${local."):
        return resource
    try:
        found = list(pointers(f"{head}{brace}", policy.resource.stack))
    except Mixed:
        return resource
    return f"${{{found[0]}}}{rest}" if len(found) == 1 else resource


def _chooses(condition: Condition) -> bool:
    """Whether a condition chooses among resources, as one on a tag does."""
    named = condition.values and all(set(each) - set("*?") for each in condition.values)
    return (
        bool(named) and "resourcetag/" in condition.key.lower() and condition.operator in ("StringEquals", "StringLike")
    )


def _whole_service(arn: str) -> bool:
    """Whether it stands for everything, of a service or of all of them."""
    if _BELOW_ONE.fullmatch(arn):
        return False
    parts = arn.split(":", 5)
    return (len(parts) < 6 and "*" in arn) or (len(parts) == 6 and (set(parts[5]) <= set("*?:/") or "*" in parts[2]))


@control(
    id="B13-roles-with-their-policies",
    title="A role is used only when its policies are attached, and until they are taken away",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_iam_role_policy_attachment", 1),),
    layers=("synth", "plan"),
    remediation="Let cluster, node groups and add-ons depend on each attachment and inline policy of their role.",
    references=("https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/eks_cluster",),
)
def roles_with_their_policies(cluster: Cluster) -> Iterator[Finding]:
    """Without the order a create fails at times, and a destroy leaves network interfaces behind."""
    grants: dict[str, set[str]] = {}
    for grant in cluster.resources(*_GRANTS):
        named: Attribute = grant["role_name"] if grant["role"].absent else grant["role"]
        for role in named.follow("aws_iam_role"):
            grants.setdefault(role.base, set()).add(grant.base)
    yield from _taken_away(cluster)
    users: list[tuple[Resource, str]] = [
        *((each, "role_arn") for each in cluster.resources("aws_eks_cluster")),
        *((each, "node_role_arn") for each in cluster.resources("aws_eks_node_group")),
        *((each, "service_account_role_arn") for each in cluster.resources("aws_eks_addon")),
    ]
    for user, argument in users:
        for role in user[argument].follow("aws_iam_role"):
            missing = grants.get(role.base, set()) - set(user.depends_on)
            if missing or role.base not in grants:
                yield user.finding(
                    f"does not wait for the policies of {role.address}",
                    found=list(user.depends_on),
                    expected=sorted(missing) or "a policy",
                )


@control(
    id="B19-roles-of-the-service",
    title="The control plane's and the nodes' roles can be taken by their service and hold what it needs",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_cluster", 1, 1), Presence("aws_eks_node_group", 1)),
    remediation="Trust eks.amazonaws.com or ec2.amazonaws.com alone, and attach the policies of CONTROL_PLANE_POLICIES and REQUIRED_NODE_POLICIES in policies/parameters.",
    references=(
        "https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html",
        "https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html",
    ),
)
def roles_of_the_service(cluster: Cluster) -> Iterator[Finding]:
    """Whoever else may take such a role is node or control plane to AWS; a role that lacks a policy brings no cluster up."""
    roles = {id(each.resource): each for each in cluster.roles()}
    users = [
        (cluster.eks, "role_arn", "eks.amazonaws.com", parameters.CONTROL_PLANE_POLICIES),
        *(
            (each.resource, "node_role_arn", "ec2.amazonaws.com", parameters.REQUIRED_NODE_POLICIES)
            for each in cluster.node_groups()
        ),
    ]
    for user, argument, service, needed in users:
        followed = [roles[id(each)] for each in user[argument].follow("aws_iam_role") if id(each) in roles]
        if len(followed) != 1:
            yield user[argument].finding("is no role of this stack", expected="an aws_iam_role")
        for role in followed:
            yield from _taken_by(role, service, cluster)
            yield from role.resource["permissions_boundary"].must_be_absent("it takes rights away unseen")
            yield from _denied(role)
            held = {arn.replace("ReadOnly", "PullOnly") for arn in role.managed_arns}
            more = sorted(each for each in held - set(needed) if each.startswith("arn:"))
            if more and user is cluster.eks:
                yield role.finding("holds more than its service needs", found=more, expected=list(needed))
            if missing := sorted(set(needed) - held):
                yield role.finding("lacks what its service needs", found=role.managed_arns, expected=missing)


def _taken_away(cluster: Cluster) -> Iterator[Finding]:
    """Yield what holds a role's policies, or a policy's roles, to a list of its own, while others are attached beside it."""
    attached, inline, listed = (
        _by_role(cluster, *each)
        for each in (
            ("aws_iam_role_policy_attachment", "role"),
            ("aws_iam_role_policy", "role"),
            ("aws_iam_role_policy_attachments_exclusive", "role_name"),
        )
    )
    for role in cluster.resources("aws_iam_role"):
        lists = [role["managed_policy_arns"]] if role.says("managed_policy_arns") else []
        lists += [each["policy_arns"] for each in listed.get(id(role), ())]
        for each in lists:
            kept = {str(show(policy.node)) for policy in each.blocks()}
            lost = [one for one in attached.get(id(role), ()) if str(show(one["policy_arn"].node)) not in kept]
            if lost:
                yield each.finding(f"takes {role.address} what {lost[0].address} gives it", expected="one of them")
        if role.says("inline_policy") and id(role) in inline:
            text = f"takes the role what {inline[id(role)][0].address} gives it"
            yield role["inline_policy"].finding(text, expected="one of them")
    for alone in cluster.estate.resources("aws_iam_policy_attachment"):
        own = set(map(id, alone["roles"].follow("aws_iam_role")))
        for role_id, grants in attached.items():
            for grant in grants if role_id not in own else ():
                if show(grant["policy_arn"].node) == show(alone["policy_arn"].node):
                    yield alone["roles"].finding(f"take the policy that {grant.address} gives", expected="one of them")


def _by_role(cluster: Cluster, kind: str, argument: str) -> dict[int, list[Resource]]:
    found: dict[int, list[Resource]] = {}
    for each in cluster.resources(kind):
        for role in each[argument].follow("aws_iam_role"):
            found.setdefault(id(role), []).append(each)
    return found


def _denied(role: IamRole) -> Iterator[Finding]:
    """A Deny outweighs what is attached; only reading parameters is decided to be denied."""
    for document in role.documents:
        for statement in document.statements:
            if statement.denies and (
                statement.not_actions or not set(statement.actions) <= set(parameters.PARAMETER_READS)
            ):
                yield role.finding(
                    "is denied what its service may need", found=statement.actions, expected=parameters.PARAMETER_READS
                )


def _holds(condition: Condition, cluster: str) -> bool:
    """Whether a condition on who asks is met by the fleet's own account and this cluster."""
    if condition.operator not in ("StringEquals", "StringLike", "ArnEquals", "ArnLike"):
        return False
    if condition.key == "aws:SourceAccount":
        return condition.values == (parameters.ACCOUNT,)
    own = f"arn:aws:eks:{parameters.REGION}:{parameters.ACCOUNT}:cluster/{cluster}"
    return condition.key == "aws:SourceArn" and any(fnmatchcase(own, each) for each in condition.values)


def _taken_by(role: IamRole, service: str, cluster: Cluster) -> Iterator[Finding]:
    allowing = [each for each in role.trust.statements if each.allows]
    if not any(each.actions == ["sts:AssumeRole"] for each in allowing):
        yield role.finding(f"cannot be taken by {service}", expected="sts:AssumeRole")
    for condition in (
        each for statement in allowing for each in statement.conditions if not _holds(each, cluster.name)
    ):
        yield role.finding(f"is taken on the condition {condition.key}", found=condition.values, unknown=True)
    for statement in allowing if service == "eks.amazonaws.com" else ():
        if statement.principals != {"Service": [service]} or statement.not_principals or statement.not_actions:
            yield role.finding("may be taken by others", found=statement.principals, expected=service)

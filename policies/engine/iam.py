"""IAM policies and roles of every resource form, in one shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from policies.engine.attribute import Attribute
from policies.engine.iam_documents import Condition, Policy, Statement, read_policy
from policies.engine.memory import remembered
from policies.engine.resource import Resource, Source, Stack
from policies.engine.values import show

__all__ = [
    "Condition",
    "IamRole",
    "Policy",
    "Statement",
    "attachments",
    "policies",
    "read_policy",
    "roles",
    "unresolved",
]


@dataclass(eq=False)
class IamRole(Source):
    """One role with its trust and all that it may do."""

    resource: Resource
    trust: Policy
    attached: list[Attribute] = field(default_factory=list)
    """Each ARN of an attached managed policy, literal or reference, where it is attached."""
    documents: list[Policy] = field(default_factory=list)
    """Each policy document: inline, of a policy resource, of a customer-managed policy attached here."""

    @property
    def address(self) -> str:
        """Terraform address."""
        return self.resource.address

    @property
    def managed_arns(self) -> list[str]:
        """The attached policies' ARNs; those of policies in the same stack as their addresses."""
        found: dict[str, None] = {}
        for attribute in self.attached:
            followed = attribute.follow("aws_iam_policy")
            found |= dict.fromkeys([each.address for each in followed] or [str(show(attribute.node))])
        return list(found)  # what is attached to a role that exists is listed by the role, too


@remembered("_roles")
def roles(stack: Stack) -> list[IamRole]:
    """Return the roles of a stack, the same objects each time."""
    found: dict[int, IamRole] = {}
    for resource in stack.of_kind("aws_iam_role"):
        role = IamRole(resource, read_policy(resource["assume_role_policy"]))
        role.attached += resource["managed_policy_arns"].blocks()
        role.documents += [
            read_policy(each["policy"]) for each in resource["inline_policy"].blocks() if not each["policy"].absent
        ]
        found[id(resource)] = role
    for resource, target in (*_grants(stack), *_foreign_grants(stack)):
        owner = found.get(id(target))
        if owner is None:
            continue
        if resource.type == "aws_iam_role_policy":
            owner.documents.append(read_policy(resource["policy"]))
        elif resource.type == "aws_iam_role_policy_attachments_exclusive":
            owner.attached += resource["policy_arns"].blocks()
        else:
            owner.attached.append(resource["policy_arn"])
    for role in found.values():
        for attribute in role.attached:
            role.documents += [read_policy(each["policy"]) for each in attribute.follow("aws_iam_policy")]
    return list(found.values())


_GRANTS = (
    ("aws_iam_role_policy", "role"),
    ("aws_iam_role_policy_attachment", "role"),
    ("aws_iam_policy_attachment", "roles"),
    ("aws_iam_role_policy_attachments_exclusive", "role_name"),
)


def _grants(stack: Stack) -> list[tuple[Resource, Resource]]:
    """Return each resource of `stack` that grants something to a role, with that role."""
    return [
        (resource, target)
        for kind, argument in _GRANTS
        for resource in stack.of_kind(kind)
        for target in resource[argument].follow("aws_iam_role")
    ]


def _foreign_grants(stack: Stack) -> list[tuple[Resource, Resource]]:
    """Return what other stacks grant to roles of `stack`, which they name."""
    found: dict[int, list[tuple[Resource, Resource]]] | None = stack.estate.memory.get("foreign grants")
    if found is None:
        found = stack.estate.memory["foreign grants"] = {}
        for each in stack.estate.stacks:
            for resource, target in _grants(each):
                if target.stack is not each:
                    found.setdefault(id(target.stack), []).append((resource, target))
    return found.get(id(stack), [])


_ATTACHMENTS = (
    "aws_iam_role",
    "aws_iam_role_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_policy_attachment",
    "aws_iam_group_policy_attachment",
    "aws_iam_group_policy_attachments_exclusive",
    "aws_iam_user_policy_attachment",
    "aws_iam_user_policy_attachments_exclusive",
    "aws_ssoadmin_managed_policy_attachment",
)
_DOCUMENTS = (
    ("aws_iam_policy", "policy"),
    ("aws_iam_role_policy", "policy"),
    ("aws_iam_user_policy", "policy"),
    ("aws_iam_group_policy", "policy"),
    ("aws_kms_key", "policy"),
    ("aws_kms_key_policy", "policy"),
    ("aws_s3_bucket_policy", "policy"),
    ("aws_cloudwatch_log_resource_policy", "policy_document"),
    ("aws_ssoadmin_permission_set_inline_policy", "inline_policy"),
)


def attachments(stack: Stack) -> Iterator[tuple[Resource, Attribute]]:
    """Yield each ARN of a managed policy that a resource of `stack` attaches, to whomever it does."""
    for kind in _ATTACHMENTS:
        for resource in stack.of_kind(kind):
            for argument in ("policy_arn", "policy_arns", "managed_policy_arn", "managed_policy_arns"):
                for each in resource[argument].blocks():
                    yield resource, each


def unresolved(stack: Stack) -> Iterator[Attribute]:
    """Yield the role that a grant names, where nobody can tell which one that is."""
    for kind, argument in _GRANTS:
        for resource in stack.of_kind(kind):
            named = resource[argument]
            if not named.known and not named.follow("aws_iam_role"):
                yield named


def policies(stack: Stack) -> Iterator[Policy]:
    """Yield every policy document of a stack, trust policies apart."""
    for kind, argument in _DOCUMENTS:
        for resource in stack.of_kind(kind):
            if not resource[argument].absent:
                yield read_policy(resource[argument])
    for resource in stack.of_kind("aws_iam_role"):
        for each in resource["inline_policy"].blocks():
            if not each["policy"].absent:
                yield read_policy(each["policy"])

"""IAM roles and the policy statements that they carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modules.bindings import (
    Construct,
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
    IamRole,
    IamRolePolicy,
    IamRolePolicyAttachment,
    ITerraformDependable,
)

Conditions = Mapping[tuple[str, str], Sequence[str]]
"""Values by operator and condition key, such as `{("StringEquals", "aws:SourceAccount"): ["111122223333"]}`."""


def aws_managed(policy: str) -> str:
    """Return the ARN of the policy that AWS manages under the name `policy`, its path included."""
    return f"arn:aws:iam::aws:policy/{policy}"


def allow(
    sid: str,
    *,
    actions: Sequence[str],
    resources: Sequence[str] = (),
    principals: tuple[str, str] | None = None,
    conditions: Conditions | None = None,
) -> DataAwsIamPolicyDocumentStatement:
    """Return a statement that allows `actions`; `principals` is a type and an identifier, for a trust or key policy.

    IAM's own variables are written `&{aws:userid}`: Terraform would take `${…}` for its own.
    """
    return DataAwsIamPolicyDocumentStatement(
        sid=sid,
        effect="Allow",
        actions=sorted(actions),
        resources=sorted(resources) or None,
        principals=None
        if principals is None
        else [DataAwsIamPolicyDocumentStatementPrincipals(type=principals[0], identifiers=[principals[1]])],
        condition=[
            DataAwsIamPolicyDocumentStatementCondition(test=test, variable=variable, values=sorted(values))
            for (test, variable), values in sorted((conditions or {}).items())
        ]
        or None,
    )


def deny(sid: str, *, actions: Sequence[str], resources: Sequence[str]) -> DataAwsIamPolicyDocumentStatement:
    """Return a statement that denies `actions`, whoever else allows them."""
    return DataAwsIamPolicyDocumentStatement(
        sid=sid, effect="Deny", actions=sorted(actions), resources=sorted(resources)
    )


class Role(Construct):
    """An IAM role, whom it trusts and what it may do; users of the role wait for `grants`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        description: str,
        trust: DataAwsIamPolicyDocumentStatement,
        policies: Sequence[str] = (),
        statements: Sequence[DataAwsIamPolicyDocumentStatement] = (),
    ) -> None:
        super().__init__(scope, id_)
        document = DataAwsIamPolicyDocument(self, "trust", statement=[trust])
        self._role = IamRole(self, "Default", name=name, description=description, assume_role_policy=document.json)
        self.grants: list[ITerraformDependable] = []
        for policy in sorted(policies):
            self.attach(policy)
        if statements:
            permissions = DataAwsIamPolicyDocument(self, "permissions_document", statement=list(statements))
            self.grants.append(
                IamRolePolicy(self, "permissions", name=name, role=self._role.name, policy=permissions.json)
            )

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return self._role.arn

    def attach(self, policy_arn: str) -> None:
        """Attach a managed policy."""
        attachment = IamRolePolicyAttachment(
            self, policy_arn.rpartition("/")[2], role=self._role.name, policy_arn=policy_arn
        )
        self.grants.append(attachment)

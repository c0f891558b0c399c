"""Whether a log group is encrypted by a key that lets CloudWatch Logs use it, for this group alone."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Finding
from policies.engine.iam import Condition, read_policy
from policies.engine.resource import Resource

_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
_ENCRYPTION = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey")


def encrypted_log_group(group: Resource) -> Iterator[Finding]:
    """Yield a finding unless a key of the same stack encrypts `group` and its policy lets the logs service in for it."""
    keys = group["kms_key_id"].follow("aws_kms_key")
    if len(keys) != 1:
        yield group["kms_key_id"].finding("is no key of this stack", expected="an aws_kms_key")
        return
    if keys[0]["policy"].absent:
        yield keys[0].finding("has no policy, so CloudWatch Logs may not use it", expected="a policy")
        return
    service = f"logs.{parameters.REGION}.amazonaws.com"
    arn = f"arn:aws:logs:{parameters.REGION}:{parameters.ACCOUNT}:log-group:{group['name'].text()}"
    statements = read_policy(keys[0]["policy"]).statements
    for statement in statements:
        if statement.denies and any(statement.covers(action) for action in _ENCRYPTION):
            yield keys[0]["policy"].finding(f"denies {statement.actions}, which encrypting takes", expected="no Deny")
    admitted = [
        statement
        for statement in statements
        if statement.allows
        and service in statement.principals.get("Service", ())
        and any(statement.grants(action) for action in _ENCRYPTION)
        and "*" in statement.resources  # in a key's policy: this key
    ]
    if not all(any(statement.grants(action) for statement in admitted) for action in _ENCRYPTION):
        yield keys[0]["policy"].finding(f"does not let {service} encrypt", expected=list(_ENCRYPTION))
    for statement in admitted:
        bound = {
            value
            for condition in statement.conditions
            if condition.key == _CONTEXT and condition.operator in ("ArnEquals", "StringEquals", "ArnLike")
            for value in condition.values
        }
        for condition in statement.conditions:
            if condition.key != _CONTEXT and not _of_the_account(condition):
                text = f"lets {service} in on the condition {condition.key} of {list(condition.values)}"
                yield keys[0]["policy"].finding(text, expected=_CONTEXT, unknown=True)
        if arn not in bound or any("*" in each for each in bound):
            yield keys[0]["policy"].finding(f"is not bound to {group['name'].text()} by {_CONTEXT}", expected=arn)


def _of_the_account(condition: Condition) -> bool:
    own = condition.key == "aws:SourceAccount" and condition.values == (parameters.ACCOUNT,)
    return own and condition.operator in ("StringEquals", "StringLike")

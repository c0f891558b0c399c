"""What policies say of sessions: which ones they open, and what keeps the team out of them (D16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policies import parameters
from policies.engine import Finding
from policies.engine.iam import Policy, Statement

_OTHER_WAYS = (
    "ssm:SendCommand",
    "ssm:StartAutomationExecution",
    "ssm:StartChangeRequestExecution",
    "ssm:CreateAssociation",
    "ssm:UpdateAssociation",
    "ssm:RegisterTaskWithMaintenanceWindow",
    "ec2-instance-connect:SendSSHPublicKey",
    "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
    "ec2-instance-connect:OpenTunnel",
)
_TURNS_LOGS_OFF = ("ssm:UpdateDocument", "ssm:UpdateDocumentDefaultVersion", "ssm:DeleteDocument")
_OFTEN_ASKED = ("aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "ssm:SessionDocumentAccessCheck")
_DOCUMENT = f":document/{parameters.SESSION_DOCUMENT}"


def tags(statement: Statement) -> tuple[str, ...]:
    """Return the patterns of cluster names whose nodes a statement opens; every one without a condition."""
    key = f"ssm:resourceTag/{parameters.CLUSTER_TAG}"
    bound = [each for each in statement.conditions if each.key == key and each.operator.startswith("String")]
    return tuple(value for each in bound for value in each.values) if bound else ("*",)


def opened(policy: Policy, statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each way to a node past its log, and for sessions of others, that a statement opens."""
    for action in _OTHER_WAYS:
        if statement.grants(action):
            yield policy.finding(f"allows {action}, which no session log shows", found=action, expected="none")
    for action in _TURNS_LOGS_OFF:
        if statement.grants(action):
            yield policy.finding(f"allows {action}, by which sessions go unlogged", found=action, expected="none")
    conditions = {(each.operator, each.key): each.values for each in statement.conditions}
    if statement.grants("ssm:StartSession") and not all(":document/" in each for each in statement.resources):
        tagged = [
            values
            for (operator, key), values in conditions.items()
            if key == f"ssm:resourceTag/{parameters.CLUSTER_TAG}" and operator == "StringEquals" and "" not in values
        ]
        checked = [
            values
            for (operator, key), values in conditions.items()
            if key == "ssm:SessionDocumentAccessCheck" and operator in ("Bool", "BoolIfExists")
        ]
        if not tagged or checked != [("true",)]:
            yield policy.finding(
                "lets sessions start on instances that are not the fleet's, or by any document",
                found=statement.resources,
                expected="a condition on the cluster's tag and SessionDocumentAccessCheck",
            )
    other = [each for each in statement.resources if ":document/" in each and not each.endswith(_DOCUMENT)]
    if statement.grants("ssm:StartSession") and other:
        yield policy.finding(
            "lets sessions start by other documents", found=other, expected=parameters.SESSION_DOCUMENT
        )
    if statement.grants("ssm:TerminateSession") or statement.grants("ssm:ResumeSession"):
        own = all(_of_the_user(each) for each in statement.resources)
        own = own or any(
            key.startswith("ssm:resourceTag/aws:ssmmessages:")
            and operator in ("StringLike", "StringEquals")
            and all(_of_the_user(value) for value in values)
            for (operator, key), values in conditions.items()
        )
        if not own:
            yield policy.finding("reaches the sessions of others", found=statement.resources, expected="the user's own")


def _of_the_user(text: str) -> bool:
    return "{aws:userid}" in text or "{aws:username}" in text


def kept_away(policies: Iterable[Policy]) -> Iterator[Finding]:
    """Yield what may keep sessions from opening that the same policies allow."""
    policies = list(policies)
    for policy in policies:
        if any(each.denies and each.covers("ssm:StartSession") and not each.conditions for each in policy.statements):
            yield policy.finding("denies sessions", found="ssm:StartSession", expected="no Deny")
    for policy in policies:
        for condition in (
            one for each in policy.statements if each.grants("ssm:StartSession") for one in each.conditions
        ):
            if condition.key not in _OFTEN_ASKED and not condition.key.startswith("ssm:resourceTag/"):
                text = f"lets sessions start on the condition {condition.key}, which may never hold"
                yield policy.finding(text, found=list(condition.values), unknown=True)

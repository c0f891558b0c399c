"""D16: terminals on nodes by Session Manager."""

from __future__ import annotations

from collections.abc import Sequence

from modules.bindings import (
    CloudwatchLogGroup,
    Construct,
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsKmsAlias,
    IamPolicy,
    SsmDocument,
    TerraformLocal,
)
from modules.iam import allow, deny
from modules.keys import EncryptionKey
from modules.settings import names
from modules.settings.account import Account

SESSION_POLICY = "cloud-platform-session-manager"
"""Name of the policy for those who may open a terminal."""


def _log_group_arn(account: Account) -> str:
    return f"arn:aws:logs:{account.region}:{account.id}:log-group:{names.SESSION_LOG_GROUP}"


class SessionPreferences(Construct):
    """ADR "Node terminal access": AWS Systems Manager Session Manager, no bastion nodes.

    The account's half: preferences under the name that Session Manager reads, the encrypted log of every session, and
    the policy that lets a team open one. Departs from the letter: no daemonset, for the agent is in the node image.
    """

    def __init__(
        self, scope: Construct, id_: str, *, account: Account, cluster_names: Sequence[str], protect: bool
    ) -> None:
        super().__init__(scope, id_)
        settings = account.session_manager
        key = EncryptionKey(
            self,
            "key",
            alias=names.SESSION_KEY_ALIAS,
            description="Session Manager sessions and their log",
            account=account,
            log_groups=[names.SESSION_LOG_GROUP],
            protect=protect,
        )
        log = CloudwatchLogGroup(
            self,
            "log",
            name=names.SESSION_LOG_GROUP,
            log_group_class="STANDARD",
            retention_in_days=settings.log_retention,
            kms_key_id=key.arn,
            skip_destroy=protect,
        )
        preferences = TerraformLocal(
            self,
            "preferences",
            {
                "schemaVersion": "1.0",
                "description": "Session Manager preferences",
                "sessionType": "Standard_Stream",
                "inputs": {
                    "cloudWatchEncryptionEnabled": True,
                    "cloudWatchLogGroupName": log.name,
                    "cloudWatchStreamingEnabled": True,
                    "idleSessionTimeout": str(settings.idle_timeout),
                    "kmsKeyId": key.arn,
                    "maxSessionDuration": str(settings.max_duration),
                    "runAsDefaultUser": "",
                    "runAsEnabled": False,
                    "s3BucketName": "",
                    "s3EncryptionEnabled": True,
                    "s3KeyPrefix": "",
                },
            },
        )
        document = SsmDocument(
            self,
            "Default",
            name=names.SESSION_DOCUMENT,
            document_type="Session",
            document_format="JSON",
            content=f"${{jsonencode({preferences.fqn})}}",
        )
        if settings.import_existing:
            document.import_from(names.SESSION_DOCUMENT)
        team = DataAwsIamPolicyDocument(
            self, "team", statement=team_statements(account=account, cluster_names=cluster_names, key_arn=key.arn)
        )
        IamPolicy(
            self,
            "team_policy",
            name=SESSION_POLICY,
            description="Open terminals on the fleet's nodes by Session Manager",
            policy=team.json,
        )


def team_statements(
    *, account: Account, cluster_names: Sequence[str], key_arn: str
) -> list[DataAwsIamPolicyDocumentStatement]:
    """Return what a team needs to open a terminal on the fleet's nodes, and to resume and end its own alone."""
    place = f"{account.region}:{account.id}"
    return [
        allow(
            "StartOnNodes",
            actions=["ssm:StartSession"],
            resources=[f"arn:aws:ec2:{place}:instance/*"],
            conditions={
                ("BoolIfExists", "ssm:SessionDocumentAccessCheck"): ["true"],
                ("StringEquals", f"ssm:resourceTag/{names.CLUSTER_TAG}"): cluster_names,
            },
        ),
        allow(
            "StartByPreferences",
            actions=["ssm:StartSession"],
            resources=[f"arn:aws:ssm:{place}:document/{names.SESSION_DOCUMENT}"],
        ),
        allow(
            "OwnDataChannel",
            actions=["ssmmessages:OpenDataChannel"],
            resources=[f"arn:aws:ssm:{place}:session/&{{aws:userid}}-*"],
        ),
        allow(
            "OwnSessions",
            actions=["ssm:ResumeSession", "ssm:TerminateSession"],
            resources=[f"arn:aws:ssm:{place}:session/*"],
            conditions={("StringLike", "ssm:resourceTag/aws:ssmmessages:session-id"): ["&{aws:userid}"]},
        ),
        allow("EncryptSession", actions=["kms:GenerateDataKey"], resources=[key_arn]),
    ]


def session_log_statements(scope: Construct, *, account: Account) -> list[DataAwsIamPolicyDocumentStatement]:
    """Return what a node needs to keep the log of a session: that log group and its key, found by its alias.

    The policy that Session Manager needs on each node also reads every parameter of the account, the platform's
    SecureStrings among them; no node has any use for one.
    """
    key = DataAwsKmsAlias(scope, "session_key", name=names.SESSION_KEY_ALIAS)
    group = _log_group_arn(account)
    return [
        allow(
            "WriteSessionLog",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[group, f"{group}:*"],
        ),
        allow(
            "SeeThatTheLogIsEncrypted",
            actions=["logs:DescribeLogGroups"],
            resources=[f"arn:aws:logs:{account.region}:{account.id}:log-group:*"],
        ),
        allow("DecryptSession", actions=["kms:Decrypt"], resources=[key.target_key_arn]),
        deny(
            "ReadNoParameter",
            actions=["ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters", "ssm:GetParametersByPath"],
            resources=[f"arn:aws:ssm:{account.region}:{account.id}:parameter/*"],
        ),
    ]

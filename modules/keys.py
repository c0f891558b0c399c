"""KMS keys with written-out key policies."""

from __future__ import annotations

from collections.abc import Sequence

from modules.bindings import (
    Construct,
    DataAwsIamPolicyDocument,
    KmsAlias,
    KmsKey,
    TerraformResourceLifecycle,
)
from modules.iam import allow
from modules.settings.account import Account

DELETION_WINDOW = 30
"""Days in which the deletion of a key can be taken back: the most that KMS offers."""


def unless_destroyed_on_purpose(protect: bool) -> TerraformResourceLifecycle | None:
    """Return the guard against destruction where `protect` asks for it."""
    return TerraformResourceLifecycle(prevent_destroy=True) if protect else None


class EncryptionKey(Construct):
    """A rotating key that the account administers and that CloudWatch Logs may use for `log_groups` alone."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        alias: str,
        description: str,
        account: Account,
        log_groups: Sequence[str] = (),
        protect: bool,
    ) -> None:
        super().__init__(scope, id_)
        statements = [
            allow(
                "AccountAdministration",
                actions=["kms:*"],
                resources=["*"],
                principals=("AWS", f"arn:aws:iam::{account.id}:root"),
            )
        ]
        if log_groups:
            groups = [f"arn:aws:logs:{account.region}:{account.id}:log-group:{name}" for name in log_groups]
            statements.append(
                allow(
                    "LogGroups",
                    actions=["kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                    resources=["*"],
                    principals=("Service", f"logs.{account.region}.amazonaws.com"),
                    conditions={("ArnEquals", "kms:EncryptionContext:aws:logs:arn"): groups},
                )
            )
        policy = DataAwsIamPolicyDocument(self, "policy", statement=statements)
        self._key = KmsKey(
            self,
            "Default",
            description=description,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW,
            policy=policy.json,
            lifecycle=unless_destroyed_on_purpose(protect),
        )
        KmsAlias(self, "alias", name=alias, target_key_id=self._key.key_id)

    @property
    def arn(self) -> str:
        """The key's ARN."""
        return self._key.arn

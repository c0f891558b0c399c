"""Secrets that Terraform opens while it runs and never writes into plan or state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modules.bindings import Construct, TerraformElement
from modules.settings.account import Account
from modules.settings.fields import Secret


class Ephemeral(TerraformElement):
    """An `ephemeral` block, for which CDKTF has no construct of its own (Terraform: Ephemeral values).

    Its attributes can be referred to only where Terraform takes ephemeral values: write-only arguments,
    provider configuration and other ephemeral blocks.
    """

    def __init__(self, scope: Construct, id_: str, *, type_: str, attributes: Mapping[str, object]) -> None:
        super().__init__(scope, id_)
        self._type = type_
        self._attributes = dict(attributes)

    def to_terraform(self) -> dict[str, object]:
        """Return the block as it stands in the stack's JSON."""
        return {"ephemeral": {self._type: {self.friendly_unique_id: self._attributes}}}

    def attribute(self, name: str) -> str:
        """Return the Terraform expression of the attribute `name`."""
        return f"${{ephemeral.{self._type}.{self.friendly_unique_id}.{name}}}"


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """A secret as a write-only argument takes it.

    `value` is the Terraform expression of the secret; `revision` goes into the argument's version
    (`client_secret_wo_version`, `set_wo_revision`): Terraform sends the value again when it changes.
    """

    value: str
    revision: int


def secret_arn(secret: Secret, account: Account) -> str:
    """Return the ARN of the SecureString that holds `secret`."""
    return f"arn:aws:ssm:{account.region}:{account.id}:parameter{secret.parameter}"


def open_secret(scope: Construct, id_: str, *, secret: Secret, account: Account) -> SecretReference:
    """Open the SecureString of `secret` for this run, below `scope`; the parameter must exist when Terraform plans."""
    parameter = Ephemeral(
        scope, id_, type_="aws_ssm_parameter", attributes={"arn": secret_arn(secret, account), "with_decryption": True}
    )
    return SecretReference(value=parameter.attribute("value"), revision=secret.revision)

"""The `account` stack."""

from __future__ import annotations

from modules.bindings import Construct
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack


class AccountStack(FleetStack):
    """The `account` stack."""

    def __init__(self, scope: Construct, *, fleet: Fleet) -> None:
        super().__init__(
            scope, "account", fleet=fleet, state_key="aws-accounts/cloud-platform-aws/account/terraform.tfstate"
        )

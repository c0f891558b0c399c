"""The `identity` stack."""

from __future__ import annotations

from modules.bindings import Construct
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack


class IdentityStack(FleetStack):
    """The `identity` stack."""

    def __init__(self, scope: Construct, *, fleet: Fleet) -> None:
        super().__init__(scope, "identity", fleet=fleet, state_key="global-resources/terraform.tfstate")

"""The `identity` stack."""

from __future__ import annotations

from modules.auth0.resource import Auth0Provider
from modules.bindings import Construct
from modules.login.login import Login
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack


class IdentityStack(FleetStack):
    """The Auth0 tenant that all clusters log in with; its AWS provider serves SSM parameters alone."""

    def __init__(self, scope: Construct, *, fleet: Fleet) -> None:
        super().__init__(
            scope,
            "identity",
            fleet=fleet,
            state_key="global-resources/terraform.tfstate",
            providers=("auth0", "aws"),
        )
        Auth0Provider(self, "auth0", domain=fleet.tenant.domain)
        Login(self, "login", fleet=fleet)
        self.say_what_protects(fleet.protected if fleet.tenant.engine == "actions" else [])

"""The stack of what is once in each account and region."""

from __future__ import annotations

from modules.bindings import Construct
from modules.node_access import SessionPreferences
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack


class AccountStack(FleetStack):
    """Session Manager preferences and their log (ADR: Node terminal access)."""

    def __init__(self, scope: Construct, *, fleet: Fleet) -> None:
        super().__init__(
            scope, "account", fleet=fleet, state_key="aws-accounts/cloud-platform-aws/account/terraform.tfstate"
        )
        protected = fleet.protected
        SessionPreferences(
            self,
            "session_manager",
            account=fleet.account,
            cluster_names=sorted(cluster.name for cluster in fleet.clusters),
            protect=bool(protected),
        )
        self.say_what_protects(protected)

"""The stack of what is once in each account and region."""

from __future__ import annotations

from modules.bindings import Construct, TerraformOutput
from modules.node_access import SessionPreferences
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack


class AccountStack(FleetStack):
    """Session Manager preferences and their log (ADR: Node terminal access)."""

    def __init__(self, scope: Construct, *, fleet: Fleet) -> None:
        super().__init__(
            scope, "account", fleet=fleet, state_key="aws-accounts/cloud-platform-aws/account/terraform.tfstate"
        )
        protected = sorted(cluster.name for cluster in fleet.clusters if cluster.protect)
        SessionPreferences(
            self,
            "session_manager",
            account=fleet.account,
            cluster_names=sorted(cluster.name for cluster in fleet.clusters),
            protect=bool(protected),
        )
        if protected:
            TerraformOutput(
                self,
                "protection",
                description="How to destroy this stack.",
                value=(
                    f"Protected: a destroy is refused while a cluster is protected ({', '.join(protected)}). "
                    "Set `protect: false` in the cluster's file, have it reviewed and apply it first."
                ),
            )

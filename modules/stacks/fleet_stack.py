"""What every stack of the fleet has in common: its state, its required versions, its AWS provider."""

from __future__ import annotations

from modules.bindings import AwsProvider, AwsProviderDefaultTags, Construct, LocalBackend, S3Backend, TerraformStack
from modules.settings.fleet import Fleet

REQUIRED_TERRAFORM = ">= 1.11.0"
PROVIDERS = {
    "aws": {"source": "hashicorp/aws", "version": ">= 5.100.0, < 7.0.0"},
    "auth0": {"source": "auth0/auth0", "version": ">= 1.54.0, < 2.0.0"},
    "helm": {"source": "hashicorp/helm", "version": ">= 3.1.0, < 4.0.0"},
    "kubernetes": {"source": "hashicorp/kubernetes", "version": ">= 2.38.0, < 3.0.0"},
}
"""Ranges in which the emitted JSON is valid."""


class FleetStack(TerraformStack):
    """A stack with the fleet's state backend and an AWS provider bound to the fleet's account."""

    def __init__(
        self, scope: Construct, name: str, *, fleet: Fleet, state_key: str, providers: tuple[str, ...] = ("aws",)
    ) -> None:
        super().__init__(scope, name)
        self.fleet = fleet
        self._keep_state(name, state_key)
        self.add_override("terraform.required_version", REQUIRED_TERRAFORM)
        for provider in providers:
            self.add_override(f"terraform.required_providers.{provider}", PROVIDERS[provider])
        self.aws = AwsProvider(
            self,
            "aws",
            region=fleet.account.region,
            allowed_account_ids=[fleet.account.id],
            default_tags=[AwsProviderDefaultTags(tags=dict(sorted(fleet.organisation.default_tags.items())))],
        )

    def _keep_state(self, name: str, state_key: str) -> None:
        """Keep the state in the organisation's bucket, locked by S3 itself, or in a file beside the stack."""
        state = self.fleet.organisation.state
        if state.backend == "local":
            LocalBackend(self, path="terraform.tfstate")
            return
        S3Backend(self, bucket=state.bucket, key=state_key, region=state.region, encrypt=True)
        self.add_override("terraform.backend.s3.use_lockfile", True)

"""What every stack of the fleet has in common: its state, its required versions, its AWS provider."""

from __future__ import annotations

import re
from collections.abc import Sequence

from modules.bindings import (
    AwsProvider,
    AwsProviderDefaultTags,
    Construct,
    LocalBackend,
    Node,
    S3Backend,
    TerraformElement,
    TerraformOutput,
    TerraformStack,
)
from modules.expression import literals
from modules.fast_synth.naming import named_by_path
from modules.fast_synth.paths import path_of
from modules.settings.fleet import Fleet

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
        self._named: dict[tuple[type, str], TerraformElement] = {}
        super().__init__(scope, name)
        self.fleet = fleet
        self._keep_state(state_key)
        for provider in providers:
            self.add_override(f"terraform.required_providers.{provider}", PROVIDERS[provider])
        self.aws = AwsProvider(
            self,
            "aws",
            region=fleet.account.region,
            allowed_account_ids=[fleet.account.id],
            default_tags=[AwsProviderDefaultTags(tags=literals(fleet.organisation.default_tags))],
        )

    @named_by_path
    def _allocate_logical_id(self, tf_element: Node | TerraformElement) -> str:
        """Name an element by its path in the stack, `Default` left out, so that no hash hides what it is.

        Raises ValueError when two elements of one Terraform type would bear one name.
        """
        if not isinstance(tf_element, TerraformElement):
            return super()._allocate_logical_id(tf_element)
        path = path_of(tf_element)
        name = terraform_name(path.partition("/")[2])
        other = self._named.setdefault((type(tf_element), name), tf_element)
        if other is not tf_element and _terraform_type(other) == _terraform_type(tf_element):
            both = " and ".join(sorted((path, path_of(other))))
            raise ValueError(f"{both} would both be named {name} in Terraform")
        return name

    def say_what_protects(self, protected: Sequence[str]) -> None:
        """Output how to lift the guard against destruction, where clusters are `protected`: a refused destroy shows it."""
        if protected:
            files = ", ".join(f"clusters/{name}.yaml" for name in sorted(protected))
            TerraformOutput(
                self,
                "protection",
                description="How to destroy this stack.",
                value=f"Protected: a destroy is refused. Set `protect: false` in {files}, have it reviewed and apply it first.",
            )

    def _keep_state(self, state_key: str) -> None:
        """Keep the state in the organisation's bucket, locked by S3 itself, or in a file beside the stack."""
        state = self.fleet.organisation.state
        if state.backend == "local":
            LocalBackend(self, path="terraform.tfstate")
            return
        S3Backend(self, bucket=state.bucket, key=state_key, region=state.region, encrypt=True)
        self.add_override("terraform.backend.s3.use_lockfile", True)


def terraform_name(path: str) -> str:
    """Return the Terraform name of the element at `path`, which is relative to its stack."""
    name = "_".join(re.sub(r"[^A-Za-z0-9_-]", "_", part) for part in path.split("/") if part != "Default")
    return f"_{name}" if name[:1].isdigit() else name


def _terraform_type(element: TerraformElement) -> str:
    """Return the Terraform type of `element`, or its class where it has none."""
    return getattr(element, "terraform_resource_type", type(element).__name__)

"""The Auth0 provider and its resources as CDKTF elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules.auth0.blocks import Arguments
from modules.bindings import (
    Construct,
    TerraformProvider,
    TerraformProviderGeneratorMetadata,
    TerraformResource,
    TerraformResourceLifecycle,
)


class Auth0Provider(TerraformProvider):
    """The provider of one tenant; its credentials come from the environment alone (AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET)."""

    def __init__(self, scope: Construct, id_: str, *, domain: str) -> None:
        super().__init__(
            scope,
            id_,
            terraform_resource_type="auth0",
            terraform_generator_metadata=TerraformProviderGeneratorMetadata(provider_name="auth0"),
        )
        self._domain = domain

    def _synthesize_attributes(self) -> dict[str, Any]:
        return {"domain": self._domain}


class Auth0Resource(TerraformResource):
    """A resource of the Auth0 provider with the given arguments.

    `protect` refuses any plan that would destroy it. What it is known by in Auth0 is read with `attribute`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        arguments: Arguments,
        *,
        protect: bool = False,
        depends_on: Sequence[TerraformResource] = (),
    ) -> None:
        super().__init__(
            scope,
            id_,
            terraform_resource_type=arguments.TYPE,
            terraform_generator_metadata=TerraformProviderGeneratorMetadata(provider_name="auth0"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protect else None,
            depends_on=list(depends_on) or None,
        )
        self._arguments = arguments

    def _synthesize_attributes(self) -> dict[str, Any]:
        return self._arguments.to_json()

    def attribute(self, name: str) -> str:
        """Return a reference to the attribute `name`, such as `id` or `client_id`."""
        return self.get_string_attribute(name)

"""Ways to change the tenant from a cluster's own stack, where nobody looks for it (D02, D16)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation


@violation(kills="X15-own-stack", names="auth0_trigger_actions.flow")
def flow_bound_by_a_cluster(stacks: Stacks) -> None:
    """The cluster's stack binds the login flow anew, to nothing: it is applied after the tenant's."""
    body = {"trigger": "post-login", "actions": [{"id": "act_none", "display_name": "none"}]}
    stacks.add("live-login", "auth0_trigger_actions", "flow", body)


@violation(kills="X15-own-stack", names="auth0_trigger_action.more")
def action_appended_by_a_cluster(stacks: Stacks) -> None:
    """An Action is appended to the flow, by the stack of a cluster."""
    body = {"trigger": "post-login", "action_id": "act_more", "display_name": "more"}
    stacks.add("test-login", "auth0_trigger_action", "more", body)


@violation(kills="X15-own-stack", names="auth0_tenant.again")
def tenant_opened_by_a_cluster(stacks: Stacks) -> None:
    """The tenant's settings are written a second time, the other way round."""
    flags: dict[str, Any] = {"enable_client_connections": True, "enable_dynamic_client_registration": True}
    stacks.add("live-login", "auth0_tenant", "again", {"flags": [flags]})


@violation(kills="X15-own-stack", names="auth0_token_exchange_profile.any")
def exchange_in_a_cluster(stacks: Stacks) -> None:
    """A profile for the exchange of tokens, which names the user by code of its own."""
    body = {"name": "any", "action_id": "act_any", "subject_token_type": "urn:x:any", "type": "custom_authentication"}
    stacks.add("live-login", "auth0_token_exchange_profile", "any", body)


@violation(kills="D16-sessions-logged", names="aws_ssm_document.quiet")
def session_document_in_a_cluster(stacks: Stacks) -> None:
    """Preferences of a session that logs nothing, in the cluster's stack."""
    content = '{"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {}}'
    body = {"name": "Quiet", "document_type": "Session", "document_format": "JSON", "content": content}
    stacks.add("live", "aws_ssm_document", "quiet", body)

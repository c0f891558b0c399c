"""Ways to have the login's Actions not run, run in the wrong order, or run beside others (D02)."""

from __future__ import annotations

import copy

from tests.violations.catalogue import Body, Stacks, violation

TEAMS = "login_actions_add-github-teams-to-oidc-group-claim"
GATE = "login_actions_allow-github-organisation"


def bound(stacks: Stacks) -> list[Body]:
    """Return the list of Actions that the login runs."""
    entries: list[Body] = stacks.one("identity", "auth0_trigger_actions")["actions"]
    return entries


@violation(kills="D02-actions")
def not_deployed(stacks: Stacks) -> None:
    """`deploy` is false: the draft is there, the login runs what was deployed before, or nothing."""
    stacks.one("identity", "auth0_action", GATE)["deploy"] = False


@violation(kills="D02-actions")
def deploy_left_out(stacks: Stacks) -> None:
    """The provider's default is not to deploy."""
    del stacks.one("identity", "auth0_action", TEAMS)["deploy"]


@violation(kills="D02-actions")
def runtime_out_of_support(stacks: Stacks) -> None:
    """An old Node that gets no fixes, and has no `fetch`."""
    stacks.one("identity", "auth0_action", GATE)["runtime"] = "node16"


@violation(kills="D02-actions")
def an_older_trigger(stacks: Stacks) -> None:
    """Version 2 of the trigger."""
    stacks.one("identity", "auth0_action", GATE)["supported_triggers"][0]["version"] = "v2"


@violation(kills="D02-actions")
def an_npm_module(stacks: Stacks) -> None:
    """A dependency, of which the newest version may do anything at each login."""
    stacks.one("identity", "auth0_action", TEAMS)["dependencies"] = [{"name": "octokit", "version": "latest"}]


@violation(kills="D02-flow", also=("D02-members-only",))
def bound_to_another_flow(stacks: Stacks) -> None:
    """The binding stands, in the flow that runs when somebody changes a password."""
    stacks.one("identity", "auth0_trigger_actions")["trigger"] = "post-change-password"


@violation(kills="D02-flow", names="auth0_action.login_actions_allow-github-organisation")
def gate_not_bound(stacks: Stacks) -> None:
    """The check of the organisation is declared, deployed and not in the list."""
    del bound(stacks)[0]


@violation(kills="D02-flow")
def a_third_action_at_the_end(stacks: Stacks) -> None:
    """An Action made in the dashboard runs last, and may write the claim anew."""
    bound(stacks).append({"id": "0f5e0a5c-1f3d-4d6e-9a44-000000000000", "display_name": "enrich"})


@violation(kills="D02-flow")
def an_action_appended_beside(stacks: Stacks) -> None:
    """The other resource type appends to the same flow, from any stack."""
    body = {"trigger": "post-login", "action_id": "0f5e0a5c-1f3d-4d6e-9a44-000000000000", "display_name": "enrich"}
    stacks.add("identity", "auth0_trigger_action", "enrich", body)


@violation(kills="D02-flow", also=("D02-members-only",))
def two_bindings(stacks: Stacks) -> None:
    """Two resources that each hold the whole flow: the one applied last wins."""
    other = copy.deepcopy(stacks.one("identity", "auth0_trigger_actions"))
    other["actions"] = other["actions"][1:]
    stacks.add("identity", "auth0_trigger_actions", "short", other)


@violation(kills="D02-no-rules")
def a_rule_as_well(stacks: Stacks) -> None:
    """An enabled rule: it reads like a second check and is never executed."""
    stacks.add(
        "identity",
        "auth0_rule",
        "allow",
        {"name": "allow", "script": "function (u, c, cb) { cb(null, u, c); }", "enabled": True},
    )


@violation(
    kills="D02-no-rules", also=("D02-actions", "D02-flow", "D02-actions-client"), names="auth0_rule", on="settings"
)
def rules_instead(fleet: Body) -> None:
    """The ADR to the letter: Rules, which Auth0 has ended, so that everybody is let in."""
    fleet["tenant"]["engine"] = "rules"


@violation(kills="D02-no-rules")
def tokens_exchanged(stacks: Stacks) -> None:
    """A custom token exchange lets other code name the user."""
    body = {"name": "legacy", "subject_token_type": "urn:legacy", "action_id": "x", "type": "custom_authentication"}
    stacks.add("identity", "auth0_token_exchange_profile", "legacy", body)


@violation(kills="D02-actions-client")
def actions_may_write_users(stacks: Stacks) -> None:
    """One scope more: the login code, or who has its secret, could change any user."""
    stacks.one("identity", "auth0_client_grant")["scopes"].append("update:users")


@violation(kills="D02-actions-client")
def actions_client_for_people(stacks: Stacks) -> None:
    """The client that may read everybody's GitHub token takes part in logins."""
    stacks.one("identity", "auth0_client")["grant_types"].append("authorization_code")


@violation(kills="D02-actions-client")
def grant_of_another_api(stacks: Stacks) -> None:
    """The audience is another tenant's."""
    stacks.one("identity", "auth0_client_grant")["audience"] = "https://justice-cloud-platform-dev.eu.auth0.com/api/v2/"


@violation(kills="D02-actions-client", also=("D02-secrets", "D02-only-github"), names="auth0_client")
def a_second_client_in_the_tenant(stacks: Stacks) -> None:
    """A client for "a test", beside the fleet's."""
    body = copy.deepcopy(stacks.one("identity", "auth0_client"))
    stacks.add("identity", "auth0_client", "test", body)


@violation(kills="D02-gate-first")
def order_swapped(stacks: Stacks) -> None:
    """Teams are read before the organisation is checked."""
    bound(stacks).reverse()
    stacks.touched.append(f"auth0_action.{GATE}")


@violation(kills="D02-gate-first")
def checked_in_the_middle(stacks: Stacks) -> None:
    """The gate is bound last, by its own name still, in a list that somebody has sorted."""
    actions = bound(stacks)
    actions.append(actions.pop(next(at for at, each in enumerate(actions) if GATE in str(each))))
    stacks.touched.append(f"auth0_action.{GATE}")


@violation(kills="D02-actions-client")
def every_scope_beside_the_list(stacks: Stacks) -> None:
    """The list of scopes is as decided, and a word beside it makes it all of them."""
    stacks.one("identity", "auth0_client_grant")["allow_all_scopes"] = True

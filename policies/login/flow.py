"""D02, in the tenant: the Actions that run at each login, their order and their rights."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Finding, Presence, Resource, Shared, control

_ADR = "Auth"
_ACTIONS = "https://auth0.com/docs/customize/actions"


def trigger(shared: Shared) -> Resource | None:
    """Return the binding of the login flow, if there is exactly one."""
    found = [
        each
        for each in shared.resources("auth0_trigger_actions")
        if each["trigger"].known and each["trigger"].text() == parameters.LOGIN_TRIGGER[0]
    ]
    return found[0] if len(found) == 1 else None


def bound_actions(shared: Shared) -> list[Resource]:
    """Return the Actions of this tenant in the order in which a login runs them; those of others are left out."""
    binding = trigger(shared)
    if binding is None:
        return []
    return [action for each in binding["actions"].blocks() for action in each["id"].follow("auth0_action")]


@control(
    id="D02-actions",
    title="Each login Action is deployed, for the current login trigger, on a supported runtime, without foreign code",
    severity="critical",
    scope="shared",
    reads=("identity",),
    presence=(Presence("auth0_action"),),
    remediation="Set deploy, runtime and supported_triggers as policies/parameters says, and take dependencies out.",
    references=(_ADR, _ACTIONS),
)
def actions(shared: Shared) -> Iterator[Finding]:
    """What is not deployed does not run; an npm module is code that nobody here has read."""
    identifier, version = parameters.LOGIN_TRIGGER
    for action in shared.resources("auth0_action"):
        yield from action["deploy"].must_be(True)
        yield from action["runtime"].must_be_one_of(parameters.ACTION_RUNTIMES)
        yield from action["supported_triggers.id"].must_be(identifier)
        yield from action["supported_triggers.version"].must_be(version)
        yield from action["dependencies"].must_be_absent("code of others would run at each login")
        yield from action["modules"].must_be_absent("code that is not shown here would run at each login")


@control(
    id="D02-flow",
    title="One binding fixes which Actions a login runs, ours and recorded ones only",
    severity="critical",
    scope="shared",
    reads=("identity",),
    presence=(Presence("auth0_trigger_actions"),),
    remediation="Bind every Action in one auth0_trigger_actions for post-login; record Actions of others in policies/parameters.",
    references=(_ADR, _ACTIONS),
)
def flow(shared: Shared) -> Iterator[Finding]:
    """An Action that is declared and not bound does nothing; one that is appended runs last and may write any claim."""
    yield from shared.none_of("auth0_trigger_action", why="it appends to the flow, past the one list that is reviewed")
    binding = trigger(shared)
    for each in shared.resources("auth0_trigger_actions"):
        if each is not binding:
            yield each["trigger"].finding("binds another flow, or the same again", expected=parameters.LOGIN_TRIGGER[0])
    if binding is None:
        return
    bound: list[Resource] = []
    for entry in binding["actions"].blocks():
        ours = entry["id"].follow("auth0_action")
        if len(ours) == 1:
            bound += ours
        elif not entry["id"].known or entry["id"].text() not in parameters.FOREIGN_ACTIONS:
            yield entry["id"].finding(
                "is no Action of this tenant's stack", expected=sorted(parameters.FOREIGN_ACTIONS)
            )
    for action in shared.resources("auth0_action"):
        if bound.count(action) != 1:
            yield action.finding(f"is bound {bound.count(action)} times", expected=f"once in {binding.address}")


@control(
    id="D02-no-rules",
    title="No login relies on Auth0 Rules or Hooks, which no longer run, nor on another place that writes claims",
    severity="critical",
    scope="shared",
    reads=("identity",),
    remediation="Use the engine `actions`.",
    references=(_ADR, "https://auth0.com/docs/customize/rules"),
)
def no_rules(shared: Shared) -> Iterator[Finding]:
    """An enabled rule looks like a control and has not been executed since 2026-11-18."""
    yield from shared.none_of("auth0_rule", "auth0_rule_config", "auth0_hook", why="Auth0 ended Rules on 2026-11-18")
    yield from shared.none_of(
        "auth0_token_exchange_profile", "auth0_flow", "auth0_form", why="it could write claims or name the user"
    )


@control(
    id="D02-actions-client",
    title="The Actions' own client reads GitHub tokens of users and can do nothing else",
    severity="high",
    scope="shared",
    reads=("identity",),
    presence=(Presence("auth0_client", 1, 1), Presence("auth0_client_grant", 1, 1)),
    remediation="Keep one non_interactive client with client_credentials and the two read scopes.",
    references=(_ADR,),
)
def actions_client(shared: Shared) -> Iterator[Finding]:
    """The code that holds this client's secret sees every login; its rights are what an intruder would get."""
    for client in shared.resources("auth0_client"):
        yield from client["app_type"].must_be("non_interactive")
        yield from client["grant_types"].must_hold_exactly(("client_credentials",))
        yield from client["oidc_conformant"].must_be(True)
        yield from client["callbacks"].must_be_absent("nobody logs in to it")
        for grant in shared.resources("auth0_client_grant"):
            yield from grant["client_id"].must_refer_to(client, "the Actions' client")
        for action in shared.resources("auth0_action"):
            if action.stack.layer == "state":
                continue  # what is write-only is in no state
            if client not in [
                each for secret in action["secrets_wo"].blocks() for each in secret["value"].follow("auth0_client")
            ]:
                yield action.finding(f"does not use {client.address}", expected="a secret with the client's id")
    for grant in shared.resources("auth0_client_grant"):
        yield from grant["audience"].must_be(f"{parameters.ISSUER}api/v2/")
        yield from grant["scopes"].must_hold_exactly(parameters.ACTIONS_SCOPES)
        yield from grant["allow_all_scopes"].must_be_one_of((None, False))
        yield from grant["subject_type"].must_be_one_of((None, "client"))
        for name in ("allow_any_organization", "default_for"):
            yield from grant[name].must_be_one_of((None, False))

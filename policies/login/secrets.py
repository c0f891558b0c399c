"""D02: secrets of the login never enter plan or state."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies import parameters
from policies.engine import Attribute, Estate, Finding, Presence, Resource, Template, Unknown, control

_ADR = "Auth"
_REFERENCE = re.compile(r"\$\{[\w.-]+\}")
_FOLLOWING = re.compile(
    r"\$\{\s*parseint\(substr\(sha256\(([\w.-]+)\), *0, *(?:[6-9]|1[0-2])\), *16\) *\+ *([1-9]\d*)\s*\}"
)
"""A revision, and a client's id as a number: the sum changes with either."""
_READ_INTO_STATE = ("data.auth0_client", "data.auth0_clients", "data.aws_secretsmanager_secret_version")


@control(
    id="D02-secrets",
    title="Secrets of clients and Actions are opened for one run, written, and kept nowhere",
    severity="critical",
    scope="estate",
    reads=("identity", "login"),
    presence=(Presence("auth0_client_credentials"), Presence("auth0_client")),
    remediation="Use client_secret_wo and secrets_wo with a version, from an ephemeral resource.",
    references=(_ADR, "https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only"),
)
def secrets(estate: Estate) -> Iterator[Finding]:
    """Whoever may read the state could otherwise log in as anybody's client."""
    yield from _none_is_read(estate)
    held = []
    for credentials in estate.resources("auth0_client_credentials"):
        yield from credentials["authentication_method"].must_be_one_of(parameters.CLIENT_SECRETS)
        yield from credentials["client_secret"].must_be_absent("it would stand in the state")
        yield from _from_ephemeral(credentials["client_secret_wo"])
        clients = credentials["client_id"].follow("auth0_client")
        yield from _counted(credentials["client_secret_wo_version"], clients)
        held += clients
    for client in estate.resources("auth0_client"):
        if held.count(client) != 1:
            yield client.finding(f"has {held.count(client)} auth0_client_credentials", expected="one")
    for action in estate.resources("auth0_action"):
        yield from action["secrets"].must_be_absent("they would stand in the state")
        sent = [each["value"] for each in action["secrets_wo"].blocks()]
        named = []
        for value in sent:
            clients = value.follow("auth0_client")
            named += clients
            if not clients:
                yield from _from_ephemeral(value)
        if sent:
            yield from _counted(action["secrets_wo_version"], named)


def _from_ephemeral(value: Attribute) -> Iterator[Finding]:
    shown = value.owner.resource.stack.layer != "state"  # where nothing is that is write-only
    if shown and not all(each.startswith("ephemeral.") for each in value.stands_for() or ("",)):
        yield value.finding("does not come from an ephemeral resource", expected="ephemeral.…")


def _counted(version: Attribute, clients: list[Resource]) -> Iterator[Finding]:
    """Yield a finding unless a new revision of what is written changes `version`, which may follow one of `clients` besides."""
    if version.absent:
        yield version.finding("is not set, so a new secret would never be written", expected="a number")
        return
    try:
        number = version.number()
    except Unknown:
        yield from _following(version, clients)
        return
    if number is None or number < 1 or number != int(number):
        yield version.finding("is no revision", expected="a whole number from 1")


def _following(version: Attribute, clients: list[Resource]) -> Iterator[Finding]:
    text = version.node.text if isinstance(version.node, Template) else ""
    if _REFERENCE.fullmatch(text):
        yield version.finding(f"is made of {text}, in a way which is not shown here", expected="a number", unknown=True)
        return
    match = _FOLLOWING.fullmatch(text)
    if match is None:
        yield version.finding("counts no revision, so a new secret would never be written", expected="a number")
        return
    resource = version.owner.resource
    followed = resource.stack.referenced((match.group(1),), resource)
    if not match.group(1).endswith(".client_id") or not followed or any(each not in clients for each in followed):
        yield version.finding("follows something else than the client whose id is sent", expected="its client_id")


def _none_is_read(estate: Estate) -> Iterator[Finding]:
    """A data source keeps what it reads in the state; only the connection's secret has no other way."""
    stacks = [stack for stack in estate.stacks if estate.roles_of(stack) & {"identity", "login"}]
    for stack in stacks:
        for kind in _READ_INTO_STATE:
            for resource in stack.of_kind(kind):
                yield resource.finding("brings a secret into the state", found=kind, expected="an ephemeral resource")
        for resource in (*stack.resources, *stack.settings):
            if resource.type == "auth0_connection":
                continue
            for attribute in resource.attributes():
                for reference in attribute.references:
                    if reference.startswith("data.aws_ssm_parameter.") and reference.endswith(".value"):
                        yield attribute.finding(f"takes {reference}, which stands in the state", expected="ephemeral.…")

"""Ways to let the login's secrets into the state (D02)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation

GATE = "login_actions_allow-github-organisation"
CLIENT_ID = "auth0_client.login_actions_client.client_id"


def _following(reference: str, more: str = "") -> str:
    """Return a version that is made of what `reference` holds."""
    return f"${{parseint(substr(sha256({reference}), 0, 7), 16){more}}}"


@violation(kills="D02-secrets")
def secrets_in_the_open(stacks: Stacks) -> None:
    """The older argument for an Action's secrets, which the state keeps."""
    action = stacks.one("identity", "auth0_action", GATE)
    action["secrets"] = [{"name": "EXTRA", "value": "${data.aws_ssm_parameter.extra.insecure_value}"}]


@violation(kills="D02-secrets", also=("B10-no-secret-in-state",))
def client_secret_in_the_open(stacks: Stacks) -> None:
    """The argument without `_wo`."""
    credentials = stacks.one("live-login", "auth0_client_credentials", "kubernetes_client_credentials")
    credentials["client_secret"] = credentials.pop("client_secret_wo")


@violation(kills="D02-secrets")
def no_version(stacks: Stacks) -> None:
    """Without a version a new secret is never sent, so the old one lives on."""
    del stacks.one("live-login", "auth0_client_credentials", "kubernetes_client_credentials")[
        "client_secret_wo_version"
    ]


@violation(kills="D02-secrets")
def no_version_of_an_action(stacks: Stacks) -> None:
    """The same where an Action's secrets are sent."""
    del stacks.one("identity", "auth0_action", GATE)["secrets_wo_version"]


@violation(kills="D02-secrets")
def no_revision_in_the_version(stacks: Stacks) -> None:
    """The version follows the client's id alone: a new secret of the same client is never sent."""
    stacks.one("identity", "auth0_action", GATE)["secrets_wo_version"] = _following(CLIENT_ID)


@violation(kills="D02-secrets")
def revision_that_counts_for_nothing(stacks: Stacks) -> None:
    """The revision is there, and multiplied by nothing."""
    stacks.one("identity", "auth0_action", GATE)["secrets_wo_version"] = _following(CLIENT_ID, " + 0 * 7")


@violation(kills="D02-secrets")
def version_that_follows_another(stacks: Stacks) -> None:
    """The version changes with the tenant's name, which never changes, and not with the client."""
    version = _following("auth0_tenant.login_tenant.id", " + 1")
    stacks.one("identity", "auth0_action", GATE)["secrets_wo_version"] = version


@violation(kills="D02-secrets")
def written_out_in_the_code(stacks: Stacks) -> None:
    """A literal in a write-only argument: not in the state, but in git."""
    stacks.one("live-login", "auth0_client_credentials", "kubernetes_client_credentials")["client_secret_wo"] = (
        "hunter2"
    )


@violation(kills="D02-secrets")
def secret_by_data_source(stacks: Stacks) -> None:
    """The data source of the client brings its secret into the state."""
    stacks.add("live-login", "data.auth0_client", "kubernetes", {"name": "live:kubernetes"})


@violation(kills="D02-secrets", also=("B10-no-secret-in-state",))
def parameter_read_into_the_state(stacks: Stacks) -> None:
    """A data source with decryption instead of the ephemeral resource."""
    stacks.add(
        "live-login",
        "data.aws_ssm_parameter",
        "secret",
        {"name": "/cloud-platform/live/auth0/kubernetes-client-secret"},
    )
    stacks.add(
        "live-login",
        "aws_ssm_parameter",
        "copy",
        {"name": "/copy", "type": "SecureString", "value": "${data.aws_ssm_parameter.secret.value}"},
    )


@violation(kills="D02-secrets", names="auth0_client.components_client")
def secret_left_to_auth0(stacks: Stacks) -> None:
    """No credentials of the client: Auth0 makes a secret that somebody copies by hand."""
    stacks.remove("live-login", "auth0_client_credentials", "components_client_credentials")

"""Ways to let the login's secrets into the state (D02)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation

GATE = "login_actions_allow-github-organisation"


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

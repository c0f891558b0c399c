"""No secret stands in the code, in an output, in a release's values or in a state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from policies.engine import Cluster, Finding, Presence, control
from policies.engine.attribute import Attribute
from policies.engine.helm import Release
from policies.engine.memory import remembered
from policies.engine.resource import Resource
from policies.engine.values import Template

_LITERAL = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bxox[abprs]-[0-9A-Za-z-]{10,}"
    r"|hooks\.slack\.com/services/T[0-9A-Z]+/"
    r"|\bgh[opsru]_[0-9A-Za-z]{30,}"
    r"|\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\."
)
_PERHAPS = re.compile(_LITERAL.pattern.replace(r"\b", ""))
"""Finds whatever `_LITERAL` finds, and in text with escapes too, where a letter may stand right before it."""
_BEGINNINGS = ("AKIA", "ASIA", "-----BEGIN", "xox", "hooks.slack.com", "gh", "eyJ")
"""What any text holds that `_LITERAL` finds; looked for first, for it is found faster."""
_SECRET_KEY = re.compile(r"(?:password|passwd|secret|token|apikey|api_key|privatekey|private_key)", re.IGNORECASE)
_HARMLESS_KEY = re.compile(r"(?:name|ref|key|path|file|url|enabled|mount\w*|expiration\w*|lifetime)s?$", re.IGNORECASE)
_FROM_STATE = re.compile(
    r"(?:^|\.)random_password\.|(?:^|\.)tls_private_key\.|\.client_secret$|\.secret_string$"
    r"|^data\.aws_ssm_parameter\.[^.]+\.value$|^aws_ssm_parameter\.[^.]+\.value$|^aws_iam_access_key\."
    r"|^data\.aws_eks_cluster_auth\."
)
_KEPT = (
    "random_password",
    "random_bytes",
    "tls_private_key",
    "aws_iam_access_key",
    "aws_iam_service_specific_credential",
    "aws_secretsmanager_secret_version",
    "data.aws_secretsmanager_secret_version",
    "data.aws_kms_secrets",
    "data.aws_eks_cluster_auth",
    "data.kubernetes_secret",
    "data.kubernetes_secret_v1",
    "kubernetes_token_request_v1",
)


@lru_cache(maxsize=1 << 16)
def _is_secret(text: str) -> bool:
    return _LITERAL.search(text) is not None


@lru_cache(maxsize=1 << 16)
def _may_hold_secret(text: str) -> bool:
    return any(map(text.__contains__, _BEGINNINGS)) and _PERHAPS.search(text) is not None


def _holds_secret(node: Any) -> bool:
    if isinstance(node, str):
        return _is_secret(node)
    if isinstance(node, dict):
        return any(map(_holds_secret, node.values()))
    if isinstance(node, list):
        return any(map(_holds_secret, node))
    if isinstance(node, Template):
        return _is_secret(node.text) or _holds_secret(node.value) or _holds_secret(node.decoded)
    return False


@control(
    id="B09-no-literal-secret",
    title="No secret is written in the code, in an output or in a release's values",
    severity="critical",
    scope="estate",
    reads=("cluster", "workloads", "login", "identity", "account"),
    presence=(Presence("helm_release", 1),),
    remediation="Read the secret with an ephemeral resource into a write-only argument, and name the Kubernetes Secret in the values.",
    references=("https://developer.hashicorp.com/terraform/language/resources/ephemeral",),
)
def no_literal_secret(estate: Cluster) -> Iterator[Finding]:
    """Whoever reads the repository, the plan or the pull request's comment would read it."""
    for resource in (*estate.resources(), *estate.resources("output.value")):
        for name in written_secrets(resource):
            yield resource.finding(f"{name} holds a secret", found="(not shown)", expected="none")
    for output in estate.resources("output.value"):
        yield from output["sensitive"].must_be_one_of((None, False))
    for release in estate.releases():
        yield from release["set_sensitive"].must_be_absent("the state keeps it; set_wo does not")
        for value in called_secrets(release) if not release.is_local else ():
            text = value.text() or ""
            if text and text not in ("true", "false") and not text.startswith(("$", "/")) and len(text) > 3:
                yield Finding.about(
                    release, f"{value.name} holds a secret", found="(not shown)", expected="a reference"
                )


@remembered("_written_secrets")
def written_secrets(resource: Resource) -> list[str]:
    """Return the name of each argument that holds a secret."""
    return [
        name
        for name, text in resource.plain.items()
        if (text is None or _may_hold_secret(text)) and not resource[name].absent and _holds_secret(resource[name].node)
    ]


@remembered("_called_secrets")
def called_secrets(release: Release) -> list[Attribute]:
    """Return each known value of a release that is a secret by its key."""
    return list(_called_secrets(release.values))


def _called_secrets(values: Attribute) -> Iterator[Attribute]:
    if isinstance(values.node, list):
        for block in values.blocks():
            yield from _called_secrets(block)
        return
    if not isinstance(values.node, dict):
        return
    for key, below in values.items():
        if isinstance(below.node, dict | list):
            yield from _called_secrets(below)
        elif _SECRET_KEY.search(key) and not _HARMLESS_KEY.search(key) and below.known and not below.absent:
            yield below


@control(
    id="B10-no-secret-in-state",
    title="No state keeps a secret",
    severity="high",
    scope="estate",
    reads=("cluster", "workloads", "login", "identity", "account"),
    presence=(Presence("kubernetes_secret_v1", 1),),
    remediation="Use an ephemeral resource and a write-only argument: client_secret_wo, data_wo, set_wo, value_wo.",
    references=("https://developer.hashicorp.com/terraform/language/manage-sensitive-data",),
)
def no_secret_in_state(estate: Cluster) -> Iterator[Finding]:
    """The state is a file that many pipelines read."""
    yield from estate.none_of(*_KEPT, why="its secret is kept in the state")
    for resource in estate.resources():
        for name, kept in taken_from_state(resource).items():
            yield resource[name].finding(f"takes a secret from the state: {kept}", expected="an ephemeral resource")
    for secret in estate.resources("kubernetes_secret", "kubernetes_secret_v1"):
        for name in ("data", "binary_data", "string_data"):
            yield from secret[name].must_be_absent("the state keeps it; data_wo does not")
    opened = {each["arn"].text() or "" for each in estate.resources("ephemeral.aws_ssm_parameter") if each["arn"].known}
    for parameter in estate.resources("aws_ssm_parameter"):
        written = parameter["name"].text() if parameter["name"].known else None
        if written and any(arn.endswith(f":parameter/{written.removeprefix('/')}") for arn in opened):
            yield parameter["name"].finding(
                "is opened as a secret elsewhere, and written here", expected="no such name"
            )
        yield from parameter["value"].must_be_absent("the state keeps it; value_wo or insecure_value say what is meant")
        yield from parameter["type"].must_be_one_of(("String", "StringList"))
    for credentials in estate.resources("auth0_client_credentials"):
        yield from credentials["client_secret"].must_be_absent("the state keeps it; client_secret_wo does not")


@remembered("_taken_from_state")
def taken_from_state(resource: Resource) -> dict[str, list[str]]:
    """Return by argument the references to a secret that a state keeps."""
    found: dict[str, list[str]] = {}
    for name, text in resource.plain.items():
        if text is None and not name.endswith("_wo") and not resource[name].absent:
            found[name] = [each for each in resource[name].references if _FROM_STATE.search(each)]
    return {name: kept for name, kept in found.items() if kept}


@control(
    id="B17-no-token-secret",
    title="No Secret holds a service account's token",
    severity="high",
    reads=("workloads",),
    presence=(Presence("object:Secret", 1),),
    remediation="Remove the Secret; pods get short-lived tokens, pipelines an access entry.",
    references=("https://kubernetes.io/docs/concepts/security/service-accounts/",),
)
def no_token_secret(cluster: Cluster) -> Iterator[Finding]:
    """Such a token never ends, and works from anywhere."""
    for secret in cluster.objects("Secret"):
        kind = secret["type"].text()
        if kind == "kubernetes.io/service-account-token":
            yield secret.finding("holds a token that never ends", found=kind, expected="Opaque")
        elif kind is not None and kind.startswith(("bootstrap.kubernetes.io/", "helm.sh/")):
            yield secret.finding("is one that Kubernetes or Helm takes its own from", found=kind, expected="Opaque")
        if not secret.annotation("kubernetes.io/service-account.name").absent:
            yield secret.finding("asks for a service account's token", expected="no annotation")
    for account in cluster.objects("ServiceAccount"):
        yield from account["secrets"].must_be_absent("pods get short-lived tokens")

"""How Terraform reaches what it manages, and where it keeps its state."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.attribute import Attribute
from policies.engine.resource import Resource

_OF_A_PROVIDER = frozenset(
    {
        "alias",
        "allowed_account_ids",
        "default_tags",
        "ignore_tags",  # X02 judges it
        "insecure",  # B18 judges it
        "max_retries",
        "region",
        "retry_mode",
        "skip_credentials_validation",
        "skip_metadata_api_check",
        "skip_region_validation",
        "skip_requesting_account_id",
        "use_dualstack_endpoint",
        "use_fips_endpoint",
        "version",
    }
)
"""Arguments of the AWS provider that leave account, credentials and endpoints as they are."""
_OF_A_BACKEND = frozenset(
    {
        "acl",
        "allowed_account_ids",
        "bucket",
        "dynamodb_table",
        "encrypt",
        "key",
        "kms_key_id",
        "max_retries",
        "region",
        "retry_mode",
        "skip_credentials_validation",
        "skip_metadata_api_check",
        "skip_region_validation",
        "use_dualstack_endpoint",
        "use_fips_endpoint",
        "use_lockfile",
        "workspace_key_prefix",
    }
)
"""The same of the backend s3."""


@control(
    id="B05-default-tags",
    title="Each AWS provider tags whatever it makes",
    severity="medium",
    scope="estate",
    reads=("cluster", "workloads", "login", "identity", "account"),
    presence=(Presence("provider.aws", 1),),
    layers=("synth", "plan"),
    remediation="Give the provider default_tags with each key of REQUIRED_TAGS in policies/parameters.",
    references=("https://registry.terraform.io/providers/hashicorp/aws/latest/docs#default_tags",),
)
def default_tags(estate: Cluster) -> Iterator[Finding]:
    """What bears no tags belongs to nobody."""
    for provider in estate.resources("provider.aws"):
        for key in parameters.REQUIRED_TAGS:
            tag = provider.at("default_tags", "tags", key)
            if tag.absent or tag.text() == "":
                yield provider.finding(f"does not tag with {key}", expected=list(parameters.REQUIRED_TAGS))


@control(
    id="B06-own-account",
    title="Each AWS provider works in the fleet's account alone, with the caller's credentials",
    severity="high",
    scope="estate",
    reads=("cluster", "workloads", "login", "identity", "account"),
    presence=(Presence("provider.aws", 1),),
    layers=("synth", "plan"),
    remediation="Set allowed_account_ids to the fleet's account; write no credentials, profile or endpoint.",
    checkov=("CKV_AWS_41",),
    references=("https://registry.terraform.io/providers/hashicorp/aws/latest/docs#allowed_account_ids",),
)
def own_account(estate: Cluster) -> Iterator[Finding]:
    """With the wrong credentials the apply stops before it touches another account."""
    for provider in estate.resources("provider.aws"):
        yield from provider["allowed_account_ids"].must_hold_exactly([parameters.ACCOUNT])
        for argument in provider.attributes():
            if argument.path not in _OF_A_PROVIDER:
                yield from argument.must_be_absent("credentials and endpoints are those of whoever runs Terraform")
        yield from provider["skip_requesting_account_id"].must_be_one_of((None, False))


@control(
    id="B07-state",
    title="Each stack's state is encrypted, locked and its own",
    severity="high",
    scope="estate",
    reads=("cluster", "workloads", "login", "identity", "account"),
    presence=(Presence("backend.s3", 1),),
    layers=("synth",),
    remediation="Use the s3 backend with encrypt, use_lockfile and a key of the stack's own.",
    references=("https://developer.hashicorp.com/terraform/language/backend/s3",),
)
def state(estate: Cluster) -> Iterator[Finding]:
    """A state on somebody's disk, or shared by two stacks, is lost or overwritten."""
    seen: dict[tuple[str, str], str] = {}
    for stack in estate.stacks:
        backends = [each for each in stack.settings if each.mode == "backend"]
        if [each.type for each in backends] != ["s3"] or "cloud" in stack.terraform:
            yield Finding(
                stack.name,
                f"stack {stack.name} keeps its state in {[each.type for each in backends] or 'a local file'}",
                [each.type for each in backends],
                "backend.s3",
                stack.name,
            )
        for backend in backends:
            yield from backend["encrypt"].must_be(True)
            yield from backend["use_lockfile"].must_be(True)
            for argument in backend.attributes():
                if backend.type == "s3" and argument.path not in _OF_A_BACKEND:
                    yield from argument.must_be_absent("credentials and endpoints are those of whoever runs Terraform")
            place = (backend["bucket"].text() or "", backend["key"].text() or "")
            if not all(place) or place in seen:
                yield backend["key"].finding(
                    f"is that of {seen.get(place, 'no stack')} too", expected="a key of its own"
                )
            seen[place] = stack.name


@control(
    id="B18-tls-verified",
    title="Every provider and release verifies whom it speaks to",
    severity="critical",
    scope="estate",
    reads=("cluster", "workloads", "login", "identity", "account"),
    presence=(Presence("provider.helm", 1), Presence("provider.kubernetes", 1), Presence("helm_release", 1)),
    layers=("synth", "plan"),
    remediation="Leave insecure options out; take the cluster's certificate authority from data.aws_eks_cluster and charts over https.",
    references=("https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs",),
)
def tls_verified(estate: Cluster) -> Iterator[Finding]:
    """Whoever stands between Terraform and an API could else answer in its place."""
    for provider in estate.resources("provider.kubernetes", "provider.kubectl"):
        yield from _kubernetes(provider)
    for provider in estate.resources("provider.helm"):
        yield from _kubernetes(provider["kubernetes"])
        for name in ("plugins_path", "registry_config_path", "repository_config_path", "repository_cache"):
            yield from provider[name].must_be_absent(
                "charts and programs would come from a folder that nobody here sees"
            )
        for registry in provider["registries"].blocks():
            yield from registry["password"].must_be_absent("it stands in the code")
    for provider in estate.resources("provider.aws"):
        yield from provider["insecure"].must_be_one_of((None, False))
    for provider in estate.resources("provider.auth0"):
        for name in ("client_secret", "api_token", "custom_domain_header"):
            yield from provider[name].must_be_absent("credentials come from whoever runs Terraform")
        yield from provider["domain"].must_be(parameters.TENANT_DOMAIN)
    for release in estate.releases():
        for name in ("repository_username", "repository_password", "repository_key_file", "repository_cert_file"):
            yield from release[name].must_be_absent("charts are public")
        for name in ("verify", "pass_credentials", "disable_openapi_validation"):
            yield from release[name].must_be_one_of((None, False))
        address = release["repository"].text() or release["chart"].text() or ""
        if not release.is_local and not address.startswith(("https://", "oci://")):
            yield release.finding("takes its chart from an address without TLS", found=address, expected="https or oci")


def _kubernetes(block: Attribute | Resource) -> Iterator[Finding]:
    yield from block["insecure"].must_be_one_of((None, False))
    yield from block["tls_server_name"].must_be_absent("the endpoint's own name is verified")
    for name in (
        "token",
        "password",
        "username",
        "client_key",
        "client_certificate",
        "config_path",
        "config_paths",
        "config_context",
    ):
        yield from block[name].must_be_absent("the login is a short-lived token of the caller's own")
    authority = block["cluster_ca_certificate"]
    if not authority.follow("data.aws_eks_cluster", "aws_eks_cluster"):
        yield authority.finding("is not the cluster's certificate authority", expected="data.aws_eks_cluster")
    host = block["host"]
    if not host.follow("data.aws_eks_cluster", "aws_eks_cluster"):
        yield host.finding("is not the cluster's endpoint", expected="data.aws_eks_cluster")
    proxy = block["proxy_url"]
    yield from proxy.must_be_absent("whoever runs the proxy reads along")

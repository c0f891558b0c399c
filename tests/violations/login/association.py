"""Ways to make a cluster take tokens of others, or read them wrongly (D02)."""

from __future__ import annotations

import copy

from tests.violations.catalogue import Stacks, violation

CONFIG = "aws_eks_identity_provider_config"


@violation(kills="D02-one-issuer", also=("D02-audience", "D02-groups-reach-rbac"), names="cluster live")
def a_second_issuer(stacks: Stacks) -> None:
    """A second association with a tenant of one's own; the first is as it was."""
    second = copy.deepcopy(stacks.one("live", CONFIG))
    second["oidc"]["identity_provider_config_name"] = "Staging"
    second["oidc"]["issuer_url"] = "https://justice-cloud-platform-dev.eu.auth0.com/"
    stacks.add("live", CONFIG, "staging", second)


@violation(kills="D02-one-issuer")
def issuer_without_slash(stacks: Stacks) -> None:
    """One character "tidied away": no token is accepted any more."""
    oidc = stacks.one("manager", CONFIG)["oidc"]
    oidc["issuer_url"] = oidc["issuer_url"].rstrip("/")


@violation(kills="D02-one-issuer")
def another_tenant(stacks: Stacks) -> None:
    """The tenant of a trial, whose users nobody checks."""
    stacks.one("live", CONFIG)["oidc"]["issuer_url"] = "https://justice-cloud-platform.us.auth0.com/"


@violation(
    kills="D02-one-issuer",
    also=("D02-audience", "D02-groups-reach-rbac", "D02-claims"),
    names="cluster test",
)
def no_association(stacks: Stacks) -> None:
    """Removed "because the apply takes half an hour": nobody but the IAM principals gets in."""
    stacks.remove("test", CONFIG)


@violation(kills="D02-claims", also=("D04-team-admins", "D04-cluster-admins"))
def no_groups_prefix(stacks: Stacks) -> None:
    """Without a prefix a claim may name any group of the cluster; the bindings were renamed to match."""
    del stacks.one("live", CONFIG)["oidc"]["groups_prefix"]
    rename_groups(stacks, "live-workloads", "github:", "")


@violation(kills="D02-claims", also=("D02-groups-reach-rbac",))
def dash_as_prefix(stacks: Stacks) -> None:
    """`-` means no prefix to Kubernetes' flag of that name."""
    stacks.one("live", CONFIG)["oidc"]["groups_prefix"] = "-"


@violation(kills="D02-claims", also=("D02-groups-reach-rbac",))
def prefix_of_kubernetes(stacks: Stacks) -> None:
    """With `system:` the team `masters` is cluster-admin."""
    stacks.one("live", CONFIG)["oidc"]["groups_prefix"] = "system:"


@violation(kills="D02-claims")
def groups_from_another_claim(stacks: Stacks) -> None:
    """A claim that users can write themselves."""
    stacks.one("live", CONFIG)["oidc"]["groups_claim"] = "https://k8s.integration.dsd.io/user_metadata"


@violation(kills="D02-claims")
def named_by_nickname(stacks: Stacks) -> None:
    """A nickname can be changed to a colleague's."""
    stacks.one("live", CONFIG)["oidc"]["username_claim"] = "nickname"


@violation(kills="D02-claims")
def a_prefix_for_users(stacks: Stacks) -> None:
    """Users become `system:…`: one called `admin` is Kubernetes' own."""
    stacks.one("live", CONFIG)["oidc"]["username_prefix"] = "system:"


@violation(kills="D02-audience")
def client_id_of_the_components(stacks: Stacks) -> None:
    """Tokens made for Grafana open the API server."""
    data = stacks.one("live", "data.aws_ssm_parameter", "login_client_id")
    data["name"] = "/cloud-platform/live/auth0/components-client-id"
    stacks.touched.append("aws_eks_identity_provider_config.login")


@violation(kills="D02-audience")
def client_id_of_another_cluster(stacks: Stacks) -> None:
    """A kubeconfig of test works on live."""
    data = stacks.one("live", "data.aws_ssm_parameter", "login_client_id")
    data["name"] = "/cloud-platform/test/auth0/kubernetes-client-id"
    stacks.touched.append("aws_eks_identity_provider_config.login")


@violation(kills="D02-audience")
def client_id_by_hand(stacks: Stacks) -> None:
    """A client made in the dashboard, with whatever callbacks and grants it has."""
    stacks.one("live", CONFIG)["oidc"]["client_id"] = "AbCdEfGhIjKlMnOpQrStUvWxYz012345"


@violation(
    kills="D02-groups-reach-rbac",
    also=("D04-team-admins", "D04-cluster-admins"),
    names="aws_eks_identity_provider_config.login",
)
def the_prefix_twice(stacks: Stacks) -> None:
    """The bindings name `github:github:…`, as if the claim held the prefix already."""
    rename_groups(stacks, "test-workloads", "github:", "github:github:")


def rename_groups(stacks: Stacks, stack: str, old: str, new: str) -> None:
    """Rename each group of each role binding in `stack`."""
    for type_ in ("kubernetes_role_binding_v1", "kubernetes_cluster_role_binding_v1"):
        for binding in stacks.named(stack, type_).values():
            subjects = binding["subject"]
            for subject in subjects if isinstance(subjects, list) else [subjects]:
                if subject["kind"] == "Group":
                    subject["name"] = subject["name"].replace(old, new, 1)


@violation(kills="D02-audience")
def client_merely_mentioned(stacks: Stacks) -> None:
    """The expression mentions the cluster's client, and names another."""
    stacks.one("live", "aws_eks_identity_provider_config")["oidc"]["client_id"] = (
        '${true ? "another-client" : data.aws_ssm_parameter.login_client_id.insecure_value}'
    )


@violation(
    kills="D02-groups-reach-rbac",
    also=("D02-claims",),
    names="aws_eks_identity_provider_config.login",
)
def another_prefix_on_the_cluster(stacks: Stacks) -> None:
    """The cluster puts another prefix before each team than the bindings name."""
    stacks.one("test", "aws_eks_identity_provider_config")["oidc"]["groups_prefix"] = "gh:"


@violation(kills="D02-claims")
def claim_that_no_token_holds(stacks: Stacks) -> None:
    """The API server asks for a claim that nobody writes, and lets nobody in."""
    stacks.one("live", "aws_eks_identity_provider_config")["oidc"]["required_claims"] = {"team": "all"}


@violation(kills="D02-audience", names="aws_ssm_parameter.again")
def client_id_written_again(stacks: Stacks) -> None:
    """Another stack writes the same parameter, with a client of somebody's: who applies last decides whose tokens are taken."""
    body = {
        "name": "/cloud-platform/live/auth0/kubernetes-client-id",
        "type": "String",
        "insecure_value": "AbCdEfGhIjKlMnOpQrStUvWxYz012345",
        "overwrite": True,
    }
    stacks.add("account", "aws_ssm_parameter", "again", body)

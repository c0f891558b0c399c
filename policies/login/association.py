"""D02, on the cluster: whose tokens its API server takes, and what it reads in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control

_ADR = "Auth"
_TEAM = re.compile(r"[a-z0-9_-]+")


@control(
    id="D02-one-issuer",
    title="Each cluster takes tokens of the one Auth0 tenant and of no other issuer",
    severity="critical",
    reads=("cluster",),
    presence=(Presence("aws_eks_identity_provider_config", 1, 1),),
    remediation="Keep one identity provider config, with the tenant's issuer and its trailing slash.",
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/authenticate-oidc-identity-provider.html"),
)
def one_issuer(cluster: Cluster) -> Iterator[Finding]:
    """The issuer is spelled as Auth0 writes it into tokens: without the slash nobody can log in, and somebody "mends" it."""
    for config in cluster.resources("aws_eks_identity_provider_config"):
        yield from config["cluster_name"].must_refer_to(cluster.eks, "the cluster of this stack")
        yield from config["oidc.issuer_url"].must_be(parameters.ISSUER)


@control(
    id="D02-claims",
    title="A user is named by the e-mail claim, and each team of the groups claim gets the prefix of GitHub",
    severity="critical",
    reads=("cluster",),
    presence=(Presence("aws_eks_identity_provider_config"),),
    remediation="Set username_claim, groups_claim and groups_prefix to what policies/parameters says.",
    references=(_ADR, "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"),
)
def claims(cluster: Cluster) -> Iterator[Finding]:
    """The claims that the tenant writes, and a prefix that keeps them out of Kubernetes' own groups."""
    for config in cluster.resources("aws_eks_identity_provider_config"):
        yield from config["oidc.username_claim"].must_be(parameters.USERNAME_CLAIM)
        yield from config["oidc.username_prefix"].must_be_absent("users are named by their e-mail address alone")
        if config["oidc.required_claims"].data():  # what stands has an empty map where nobody set it
            yield from config["oidc.required_claims"].must_be_absent("no token holds another claim than those")
        yield from config["oidc.groups_claim"].must_be(parameters.GROUPS_CLAIM)
        yield from config["oidc.groups_prefix"].must_be(parameters.GROUPS_PREFIX)


@control(
    id="D02-groups-reach-rbac",
    title="The groups that a token brings are the ones to which RBAC grants rights",
    severity="high",
    reads=("cluster", "workloads"),
    presence=(Presence("aws_eks_identity_provider_config"),),
    remediation="Bind roles to the prefix and a team's slug; the claim holds the slug alone.",
    references=(_ADR,),
)
def groups_reach_rbac(cluster: Cluster) -> Iterator[Finding]:
    """Prefix and slug together spell what role bindings name: with a prefix twice, or none, a login brings no rights."""
    config = cluster.one("aws_eks_identity_provider_config")
    prefix = config["oidc.groups_prefix"].text() or ""
    named = []
    for binding in cluster.objects("RoleBinding", "ClusterRoleBinding"):
        for subject in binding["subjects"].blocks():
            if subject["kind"].text() == "Group":
                named.append(subject["name"].text() or "")
    if not any(name.startswith(prefix) and _TEAM.fullmatch(name.removeprefix(prefix)) for name in named):
        yield config["oidc.groups_prefix"].finding(
            f"is {prefix!r}, with which no role binding's group begins", expected=sorted(set(named))[:5]
        )


@control(
    id="D02-audience",
    title="Each cluster takes tokens made for its own kubernetes client alone",
    severity="critical",
    reads=("cluster", "login"),
    presence=(Presence("aws_eks_identity_provider_config", 1, 1),),
    remediation="Read the client id from the parameter in which the cluster's login stack leaves it.",
    references=(_ADR,),
)
def audience(cluster: Cluster) -> Iterator[Finding]:
    """A token made for another cluster, or for a web interface, is refused; D03 sees that Kuberos holds the same client."""
    config = cluster.one("aws_eks_identity_provider_config")
    client_id = config["oidc.client_id"]
    names = {each["name"].text() for each in client_id.follow("data.aws_ssm_parameter")}
    clients = client_id.follow("auth0_client") + [
        client
        for left in cluster.resources("aws_ssm_parameter")
        if left["name"].text() in names
        for client in (*left["insecure_value"].follow("auth0_client"), *left["value"].follow("auth0_client"))
    ]
    clients = list(dict.fromkeys(clients))  # a state spells the id itself, and the parameter's that holds it
    for other in cluster.estate.resources("aws_ssm_parameter"):
        if other.stack not in cluster.stacks and other["name"].known and other["name"].text() in names:
            yield other["name"].finding("is written by another stack too, and the last to write it decides")
    if len(clients) != 1:
        yield client_id.finding(
            "is not the id of a client that the cluster's login stack makes",
            expected="data.aws_ssm_parameter of the client id",
        )
    for client in clients:
        addresses = client["callbacks"].strings()
        if not addresses or not all(urlsplit(each).path == parameters.KUBEROS_CALLBACK for each in addresses):
            yield client_id.finding(
                f"is the id of {client.address}, which is not the one of Kuberos", expected=parameters.KUBEROS_CALLBACK
            )

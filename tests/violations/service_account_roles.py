"""Ways to get at an AWS role that is not one's own (D19)."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.violations.catalogue import Body, Stacks, violation

_TRUST = "tenant_prison-visits-production_prison-visits_trust"
_ROLE = "aws_iam_role.tenant_prison-visits-production_prison-visits"


def _statement(stacks: Stacks) -> dict[str, Any]:
    found: dict[str, Any] = stacks.one("live", "data.aws_iam_policy_document", _TRUST)["statement"][0]
    return found


@violation(kills="D19-one-issuer", names="aws_iam_openid_connect_provider.service_accounts")
def another_audience(stacks: Stacks) -> None:
    """One more audience: tokens made for something else open this cluster's roles."""
    stacks.one("live", "aws_iam_openid_connect_provider")["client_id_list"].append("kubernetes")


@violation(kills="D19-one-issuer", names="aws_iam_openid_connect_provider.service_accounts")
def another_issuer(stacks: Stacks) -> None:
    """The provider is somebody else's: whoever runs it signs tokens for every role here."""
    stacks.one("live", "aws_iam_openid_connect_provider")["url"] = "https://token.actions.githubusercontent.com"


@violation(kills="D19-bound-roles", also=("D19-one-role-each",), names=_ROLE)
def any_service_account(stacks: Stacks) -> None:
    """StringLike with a wildcard: every pod of the cluster has the role, and checkov passes."""
    condition = _statement(stacks)["condition"][1]
    condition.update({"test": "StringLike", "values": ["system:serviceaccount:*"]})


@violation(kills="D19-bound-roles", also=("D19-one-role-each",), names=_ROLE)
def whole_namespace(stacks: Stacks) -> None:
    """StringEquals takes a wildcard literally; someone "repairs" it later. The wildcard alone is wrong."""
    _statement(stacks)["condition"][1]["values"] = ["system:serviceaccount:prison-visits-production:*"]


@violation(kills="D19-bound-roles", also=("D19-one-role-each",), names=_ROLE)
def two_service_accounts(stacks: Stacks) -> None:
    """A second service account, of another team, shares the role."""
    _statement(stacks)["condition"][1]["values"].append("system:serviceaccount:prison-visits-staging:prison-visits")


@violation(kills="D19-bound-roles", names=_ROLE)
def audience_not_checked(stacks: Stacks) -> None:
    """Without the audience a token for another service will do."""
    del _statement(stacks)["condition"][0]


@violation(kills="D19-bound-roles", also=("D19-one-role-each",), names=_ROLE)
def if_it_exists(stacks: Stacks) -> None:
    """StringEqualsIfExists holds for every token that lacks the claim."""
    for condition in _statement(stacks)["condition"]:
        condition["test"] = "StringEqualsIfExists"


@violation(kills="D19-bound-roles", names=_ROLE)
def issuer_of_another_cluster(stacks: Stacks) -> None:
    """The condition names the issuer of another cluster: it never matches, and the role is opened wide to "repair" it."""
    for condition in _statement(stacks)["condition"]:
        suffix = condition["variable"].rpartition(":")[2]
        condition["variable"] = f"oidc.eks.eu-west-2.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF:{suffix}"


@violation(kills="D19-bound-roles", also=("D19-no-kiam",), names=_ROLE)
def a_second_way_in(stacks: Stacks) -> None:
    """A second statement lets any principal of the account assume the role too."""
    document = stacks.one("live", "data.aws_iam_policy_document", _TRUST)
    principals = [{"type": "AWS", "identifiers": ["arn:aws:iam::111122223333:root"]}]
    document["statement"].append({"effect": "Allow", "actions": ["sts:AssumeRole"], "principals": principals})


@violation(kills="D19-bound-roles", also=("D19-one-role-each",), names=_ROLE)
def wildcard_by_jsonencode(stacks: Stacks) -> None:
    """The same wildcard inside jsonencode with tokens, which no scanner of text parses."""
    issuer = 'replace(aws_eks_cluster.cluster.identity[0].oidc[0].issuer, "https://", "")'
    stacks.one("live", "aws_iam_role", _ROLE.removeprefix("aws_iam_role."))["assume_role_policy"] = (
        '${jsonencode({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", '
        '"Action": "sts:AssumeRoleWithWebIdentity", '
        '"Principal": {"Federated": aws_iam_openid_connect_provider.service_accounts.arn}, '
        '"Condition": {"StringLike": {"${' + issuer + '}:sub": "system:serviceaccount:*:*"}}}]})}'
    )


@violation(kills="D19-bound-roles", also=("D19-one-role-each",), names="aws_iam_role.copy")
def second_role(stacks: Stacks) -> None:
    """A copy of a role, for the same service account, with permissions of its own."""
    role = copy.deepcopy(stacks.one("live", "aws_iam_role", _ROLE.removeprefix("aws_iam_role.")))
    role["name"] = "live-copy"
    stacks.add("live", "aws_iam_role", "copy", role)


_ACCOUNT = "namespaces_tenants_prison-visits-production-prison-visits"


@violation(kills="D19-one-role-each", names=f"kubernetes_service_account_v1.{_ACCOUNT}")
def role_of_a_neighbour(stacks: Stacks) -> None:
    """A team's service account names the role of another team; AWS refuses, until the trust is loosened."""
    annotations = stacks.one("live-workloads", "kubernetes_service_account_v1", _ACCOUNT)["metadata"]["annotations"]
    annotations["eks.amazonaws.com/role-arn"] = (
        "arn:aws:iam::111122223333:role/live-prisoner-money-production-prisoner-money-api"
    )


@violation(kills="D19-one-role-each", names=f"kubernetes_service_account_v1.{_ACCOUNT}")
def role_of_another_account(stacks: Stacks) -> None:
    """The role has the right name, in another account."""
    annotations = stacks.one("live-workloads", "kubernetes_service_account_v1", _ACCOUNT)["metadata"]["annotations"]
    annotations["eks.amazonaws.com/role-arn"] = annotations["eks.amazonaws.com/role-arn"].replace(
        "111122223333", "444455556666"
    )


@violation(kills="D19-one-role-each", names=_ROLE)
def role_without_a_user(stacks: Stacks) -> None:
    """The service account is gone and its role waits for whoever makes one of that name."""
    stacks.remove("live-workloads", "kubernetes_service_account_v1", _ACCOUNT)


@violation(
    kills="D19-no-kiam",
    also=("X14-recorded-releases", "D02-callbacks", "D03-kuberos", "D03-client-secret", "D03-kuberos-login"),
    names="helm_release.kuberos",
)
def kiam_again(stacks: Stacks) -> None:
    """kiam comes back "for one old application", under a release of another name."""
    stacks.one("live-workloads", "helm_release", "kuberos")["chart"] = "kiam"


@violation(kills="D19-no-kiam")
def role_by_annotation(stacks: Stacks) -> None:
    """An annotation asks kube2iam for a role."""
    metadata = stacks.one("live-workloads", "kubernetes_service_account_v1", _ACCOUNT)["metadata"]
    metadata["annotations"]["iam.amazonaws.com/role"] = "admin"


@violation(kills="D19-no-kiam", also=("B10-no-secret-in-state",))
def static_key(stacks: Stacks) -> None:
    """A user with an access key, for a pod; the key stands in the state."""
    stacks.add("account", "aws_iam_access_key", "pod", {"user": "pod"})


@violation(kills="D19-no-kiam")
def pod_identity(stacks: Stacks) -> None:
    """Pod Identity, another way to the same, which nobody decided: its roles trust every cluster's pods."""
    body = {
        "cluster_name": "${aws_eks_cluster.cluster.name}",
        "namespace": "default",
        "service_account": "default",
        "role_arn": "${aws_iam_role.fluent-bit.arn}",
    }
    stacks.add("live", "aws_eks_pod_identity_association", "pods", body)


@violation(kills="D19-no-kiam", also=("B11-iam-without-wildcards", "D20-nodes-role", "B13-roles-with-their-policies"))
def chain_of_roles(stacks: Stacks) -> None:
    """The nodes' role may assume any role, as kiam needed it."""
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
    stacks.add(
        "live", "aws_iam_role_policy", "kiam", {"role": "${aws_iam_role.nodes.name}", "policy": json.dumps(policy)}
    )


@violation(kills="D19-one-issuer")
def issuer_merely_mentioned(stacks: Stacks) -> None:
    """The provider's URL mentions the cluster's issuer, and is another one."""
    stacks.one("live", "aws_iam_openid_connect_provider")["url"] = (
        '${true ? "https://issuer.example" : aws_eks_cluster.cluster.identity[0].oidc[0].issuer}'
    )


@violation(kills="D19-bound-roles", names="aws_iam_role.fluent-bit")
def provider_merely_mentioned(stacks: Stacks) -> None:
    """The trust mentions the cluster's provider, and is in a foreign one."""
    statement = stacks.one("live", "data.aws_iam_policy_document", "fluent-bit_trust")["statement"][0]
    foreign = "arn:aws:iam::999999999999:oidc-provider/issuer.example"
    statement["principals"][0]["identifiers"] = [
        f'${{true ? "{foreign}" : aws_iam_openid_connect_provider.service_accounts.arn}}'
    ]


_KIAM: Body = {
    "metadata": {"name": "agent", "namespace": "kube-system"},
    "spec": {
        "selector": {"match_labels": {"app": "agent"}},
        "template": {
            "metadata": {"labels": {"app": "agent"}},
            "spec": {
                "container": [{"name": "pause", "image": "pause:3"}],
                "init_container": [{"name": "agent", "image": "quay.io/uswitch/kiam:v4"}],
            },
        },
    },
}


@violation(kills="D19-no-kiam", also=("X12-recorded-types",))
def kiam_before_the_container(stacks: Stacks) -> None:
    """A daemonset of the provider's older name runs kiam as the first container of its pods."""
    stacks.add("live-workloads", "kubernetes_daemonset", "agent", _KIAM)


@violation(kills="D19-one-role-each")
def role_for_the_default_account(stacks: Stacks) -> None:
    """Every pod that names no service account takes the pipeline's role."""
    role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/cloud-platform-deploy"}
    body = {"metadata": {"namespace": "default", "annotations": role}}
    stacks.add("live-workloads", "kubernetes_default_service_account_v1", "default", body)


@violation(kills="D19-bound-roles", names="aws_iam_role.fluent-bit")
def bound_by_what_never_holds(stacks: Stacks) -> None:
    """A third condition keeps the service account out as well."""
    statement = stacks.one("live", "data.aws_iam_policy_document", "fluent-bit_trust")["statement"][0]
    statement["condition"].append({"test": "StringEquals", "variable": "aws:SourceIp", "values": ["192.0.2.1"]})


@violation(kills="D19-no-kiam")
def role_in_the_account(stacks: Stacks) -> None:
    """A role that any service account of a cluster may take stands in the account's stack."""
    issuer = "oidc.eks.eu-west-2.amazonaws.com/id/X"
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {f"{issuer}:sub": "*"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    stacks.add("account", "aws_iam_role", "any", {"name": "any", "assume_role_policy": policy})


@violation(
    kills="D19-no-kiam",
    also=("D03-no-other-issuer", "D10-no-other-cni", "D12-no-autoscaler", "X12-recorded-types"),
    names="kubernetes_daemon_set_v1.agent",
)
def kiam_by_a_dynamic_block(stacks: Stacks) -> None:
    """What the pods run, only Terraform can tell."""
    pod = {
        "dynamic": {"container": {"for_each": ["a"], "content": {"name": "agent", "image": "quay.io/uswitch/kiam:v4"}}}
    }
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": pod}
    spec = {"selector": {"match_labels": {"app": "agent"}}, "template": template}
    body = {"metadata": {"name": "agent", "namespace": "kube-system"}, "spec": spec}
    stacks.add("live-workloads", "kubernetes_daemon_set_v1", "agent", body)


@violation(kills="D19-one-role-each", names="aws_eks_addon.aws-ebs-csi-driver")
def drivers_role_for_a_team(stacks: Stacks) -> None:
    """The add-on names its role, whose trust names a service account of a team in the driver's place."""
    trust = stacks.one("live", "data.aws_iam_policy_document", "ebs-csi-controller-sa_trust")
    for condition in trust["statement"][0]["condition"]:
        if condition["variable"].endswith(":sub"):
            condition["values"] = ["system:serviceaccount:laa-fee-calculator-production:default"]

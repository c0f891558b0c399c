"""Ways into a cluster by IAM (D04)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation

_CLUSTER = "${aws_eks_cluster.cluster.name}"
_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@violation(kills="D04-access-entries", names="aws_eks_access_entry.team")
def entry_for_a_team(stacks: Stacks) -> None:
    """A service team gets an access entry of its own, beside OIDC."""
    arn = "arn:aws:iam::111122223333:role/prison-visits-developer"
    stacks.add(
        "live", "aws_eks_access_entry", "team", {"cluster_name": _CLUSTER, "principal_arn": arn, "type": "STANDARD"}
    )


@violation(kills="D04-access-entries", names="aws_eks_access_policy_association.team")
def policy_without_an_entry(stacks: Stacks) -> None:
    """No entry is added here; the policy alone is, for an entry that was made by hand."""
    body = {
        "cluster_name": _CLUSTER,
        "principal_arn": "arn:aws:iam::111122223333:role/prison-visits-developer",
        "policy_arn": _ADMIN,
        "access_scope": {"type": "cluster"},
    }
    stacks.add("live", "aws_eks_access_policy_association", "team", body)


@violation(kills="D04-access-entries", names="aws_eks_access_policy_association.access_plan_policy")
def plan_may_apply(stacks: Stacks) -> None:
    """The role that plans pull requests becomes administrator: whoever opens one runs code with it."""
    stacks.one("live", "aws_eks_access_policy_association", "access_plan_policy")["policy_arn"] = _ADMIN


@violation(kills="D04-access-entries")
def group_of_masters(stacks: Stacks) -> None:
    """An entry puts its principal into a group that RBAC cannot take anything from."""
    stacks.one("live", "aws_eks_access_entry", "access_plan")["kubernetes_groups"] = ["system:masters"]


@violation(kills="D04-access-entries")
def creator_stays_administrator(stacks: Stacks) -> None:
    """Whoever created the cluster keeps rights that no entry shows."""
    stacks.one("live", "aws_eks_cluster")["access_config"]["bootstrap_cluster_creator_admin_permissions"] = True


@violation(kills="D04-access-entries")
def creator_left_to_the_default(stacks: Stacks) -> None:
    """The argument is gone, and the default is true."""
    del stacks.one("live", "aws_eks_cluster")["access_config"]["bootstrap_cluster_creator_admin_permissions"]


@violation(kills="D04-access-entries")
def config_map_again(stacks: Stacks) -> None:
    """The old mode reads the aws-auth ConfigMap, which anybody with kubectl edits."""
    stacks.one("live", "aws_eks_cluster")["access_config"]["authentication_mode"] = "API_AND_CONFIG_MAP"


@violation(kills="D04-access-entries")
def entry_by_variable(stacks: Stacks) -> None:
    """Whose entry it is, a variable says."""
    stacks["live"]["variable"] = {"who": {"type": "string"}}
    stacks.one("live", "aws_eks_access_entry", "access_deploy")["principal_arn"] = "${var.who}"


@violation(kills="D04-access-entries", names="is for arn:aws:iam::111122223333:role/")
def team_locked_out(stacks: Stacks) -> None:
    """The platform's own entry goes: on the day Auth0 is down nobody gets in."""
    arn = next(
        name for name in stacks.named("live", "aws_eks_access_entry") if "AWSReservedSSO" in name or "sso" in name
    )
    stacks.remove("live", "aws_eks_access_entry", arn)
    stacks.remove("live", "aws_eks_access_policy_association", f"{arn}_policy")


@violation(
    kills="D04-access-entries",
    names="no aws_eks_access_policy_association is for arn:aws:iam::111122223333:role/cloud-platform-deploy",
)
def entry_without_its_policy(stacks: Stacks) -> None:
    """The pipeline has an entry and no rights: the next apply of the workloads fails half way."""
    stacks.remove("live", "aws_eks_access_policy_association", "access_deploy_policy")

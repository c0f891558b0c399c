"""Ways to allow more than is needed, or to use a role too early (B11, B13)."""

from __future__ import annotations

import json
from typing import Any

from tests.violations.catalogue import Stacks, violation


@violation(
    kills="B11-iam-without-wildcards", also=("D21-own-role",), names="aws_iam_role_policy.fluent-bit_permissions"
)
def every_request(stacks: Stacks) -> None:
    """`es:*` in place of the one request that shipping needs: deleting the index is in it."""
    document = stacks.one("live", "data.aws_iam_policy_document", "fluent-bit_permissions_document")
    document["statement"][0]["actions"] = ["es:*"]


@violation(kills="B11-iam-without-wildcards", also=("D12-no-autoscaler", "D16-own-credentials", "D19-no-kiam"))
def everything_but_iam(stacks: Stacks) -> None:
    """NotAction reads like a restriction and allows everything else."""
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}
    stacks.add("account", "aws_iam_policy", "power", {"name": "power", "policy": json.dumps(policy)})


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.buckets")
def every_bucket_behind_a_token(stacks: Stacks) -> None:
    """One statement holds a token, so that a plan shows none of the policy; the other reads every bucket."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "${aws_kms_key.session_manager_key.arn}"},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"},
        ],
    }
    stacks.add("account", "aws_iam_policy", "buckets", {"name": "buckets", "policy": json.dumps(policy)})


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.local")
def wildcard_in_a_local(stacks: Stacks) -> None:
    """jsonencode of a local: checkov reads no JSON and passes."""
    stacks["account"]["locals"]["wide"] = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}],
    }
    stacks.add("account", "aws_iam_policy", "local", {"name": "local", "policy": "${jsonencode(local.wide)}"})


@violation(kills="B11-iam-without-wildcards", also=("D22-volume",), names="aws_iam_role.ebs-csi-controller-sa")
def administrator(stacks: Stacks) -> None:
    """AWS's own policy, for one attachment's work."""
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    body = {"role": "${aws_iam_role.ebs-csi-controller-sa.name}", "policy_arn": arn}
    stacks.add("live", "aws_iam_role_policy_attachment", "admin", body)
    stacks.one("live", "aws_eks_addon", "aws-ebs-csi-driver")["depends_on"].append(
        "aws_iam_role_policy_attachment.admin"
    )


@violation(kills="B13-roles-with-their-policies")
def cluster_before_its_policy(stacks: Stacks) -> None:
    """The control plane comes up before its role may do anything, and cannot clean up when it goes."""
    cluster = stacks.one("live", "aws_eks_cluster")
    cluster["depends_on"] = [each for each in cluster["depends_on"] if "policy_attachment" not in each]


@violation(kills="B13-roles-with-their-policies", names="aws_eks_node_group.main")
def nodes_before_one_policy(stacks: Stacks) -> None:
    """All but one of the policies are waited for."""
    group = stacks.one("live", "aws_eks_node_group", "main")
    group["depends_on"].remove("aws_iam_role_policy_attachment.nodes_AmazonEC2ContainerRegistryPullOnly")


@violation(kills="B13-roles-with-their-policies", names="aws_eks_addon.aws-ebs-csi-driver")
def driver_before_its_policy(stacks: Stacks) -> None:
    """The storage driver starts with a role that may not make volumes."""
    addon = stacks.one("live", "aws_eks_addon", "aws-ebs-csi-driver")
    addon["depends_on"] = ["aws_eks_node_group.main"]


def _trust(stacks: Stacks, name: str) -> Any:
    stacks.one("live", "aws_iam_role", name.removesuffix("_trust"))
    return stacks.one("live", "data.aws_iam_policy_document", name)["statement"][0]


@violation(kills="B19-roles-of-the-service", names="aws_iam_role.cluster_role")
def control_planes_role_for_the_account(stacks: Stacks) -> None:
    """Everybody in the account who may assume roles can act as the control plane."""
    _trust(stacks, "cluster_role_trust")["principals"].append(
        {"type": "AWS", "identifiers": ["arn:aws:iam::111122223333:root"]}
    )


@violation(kills="B19-roles-of-the-service", names="aws_iam_role.nodes")
def nodes_role_for_nobody(stacks: Stacks) -> None:
    """EC2 cannot take the role: no node ever joins."""
    _trust(stacks, "nodes_trust")["effect"] = "Deny"


@violation(kills="B19-roles-of-the-service", names="aws_iam_role.cluster_role")
def cluster_role_for_nobody(stacks: Stacks) -> None:
    """EKS cannot take the role: the cluster is never created, after everything before it was."""
    _trust(stacks, "cluster_role_trust")["effect"] = "Deny"


@violation(kills="B19-roles-of-the-service", names="aws_iam_role.nodes", also=("B13-roles-with-their-policies",))
def nodes_that_cannot_join(stacks: Stacks) -> None:
    """Without the worker policy no node joins, and the group waits for half an hour."""
    stacks.remove("live", "aws_iam_role_policy_attachment", "nodes_AmazonEKSWorkerNodePolicy")


@violation(kills="B19-roles-of-the-service", also=("B13-roles-with-their-policies",))
def role_merely_mentioned(stacks: Stacks) -> None:
    """The expression mentions the cluster's role after another one, which is the one that is taken."""
    stacks.one("live", "aws_eks_cluster")["role_arn"] = (
        '${coalesce("arn:aws:iam::111122223333:role/admin", aws_iam_role.cluster_role.arn)}'
    )


@violation(kills="B19-roles-of-the-service", also=("D05-group-of-this-cluster", "D16-agent-may-connect"))
def role_by_a_description(stacks: Stacks) -> None:
    """The nodes' role is what the description of the right role says."""
    stacks.one("live", "aws_iam_role", "nodes")["description"] = "arn:aws:iam::111122223333:role/admin"
    stacks.one("live", "aws_eks_node_group", "main")["node_role_arn"] = "${aws_iam_role.nodes.description}"


@violation(kills="B19-roles-of-the-service")
def bounded_by_deny_all(stacks: Stacks) -> None:
    """A boundary takes every right away that the attached policies give."""
    stacks.one("live", "aws_iam_role", "nodes")["permissions_boundary"] = "arn:aws:iam::aws:policy/AWSDenyAll"


@violation(kills="B19-roles-of-the-service", also=("B13-roles-with-their-policies",), names="aws_iam_role.nodes")
def agent_denied(stacks: Stacks) -> None:
    """The agent's policy is attached, and an inline policy denies what it allows."""
    denied = {"Effect": "Deny", "Action": "ssmmessages:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    body = {"name": "denied", "role": "${aws_iam_role.nodes.name}", "policy": policy}
    stacks.add("live", "aws_iam_role_policy", "denied", body)


@violation(kills="B11-iam-without-wildcards")
def attached_to_a_computed_role(stacks: Stacks) -> None:
    """The role's name is put together, so that nobody sees whose policy this is."""
    body = {"role": '${format("live-%s", "nodes")}', "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    stacks.add("live", "aws_iam_role_policy_attachment", "computed", body)


@violation(kills="B11-iam-without-wildcards", also=("D16-own-credentials",))
def attached_to_a_group(stacks: Stacks) -> None:
    """A group of people is given every instance, by an attachment that names no role."""
    body = {"name": "all", "groups": ["developers"], "policy_arn": "arn:aws:iam::aws:policy/AmazonSSMFullAccess"}
    stacks.add("account", "aws_iam_policy_attachment", "all", body)


@violation(kills="B11-iam-without-wildcards")
def role_for_a_vendor(stacks: Stacks) -> None:
    """Another account may take a role here."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    stacks.add("account", "aws_iam_role", "vendor", {"name": "vendor", "assume_role_policy": policy})


@violation(kills="B19-roles-of-the-service", names="aws_iam_role.nodes")
def nodes_from_nowhere(stacks: Stacks) -> None:
    """EC2 may take the nodes' role, from an address that it never has."""
    document = stacks.one("live", "data.aws_iam_policy_document", "nodes_trust")
    condition = {"test": "IpAddress", "variable": "aws:SourceIp", "values": ["192.0.2.1/32"]}
    document["statement"][0].setdefault("condition", []).append(condition)


_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.session_manager_team_policy")
def document_laid_over_as_text(stacks: Stacks) -> None:
    """A document is laid over another as text, where a reader that follows references sees nothing."""
    document = stacks.one("account", "data.aws_iam_policy_document", "session_manager_team")
    document["override_policy_documents"] = [json.dumps(_EVERYTHING)]


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.session_manager_team_policy")
def document_below_as_jsonencode(stacks: Stacks) -> None:
    """The same from below, by a function."""
    document = stacks.one("account", "data.aws_iam_policy_document", "session_manager_team")
    text = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}]}'
    document["source_policy_documents"] = ["${jsonencode(" + text + ")}"]


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.session_manager_team_policy")
def document_laid_over_by_a_former_argument(stacks: Stacks) -> None:
    """The argument that `override_policy_documents` has taken the place of: deprecated, and still accepted."""
    document = stacks.one("account", "data.aws_iam_policy_document", "session_manager_team")
    document["override_json"] = json.dumps(_EVERYTHING)


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.marks")
def question_marks(stacks: Stacks) -> None:
    """Question marks for the letters of an action: no asterisk, and every action of that length."""
    statement = {"Effect": "Allow", "Action": "iam:????????Policy", "Resource": "arn:aws:iam::111122223333:role/x"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    stacks.add("account", "aws_iam_policy", "marks", {"name": "marks", "policy": json.dumps(policy)})


def _allow(stacks: Stacks, name: str, action: str, resource: str) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
    stacks.add("account", "aws_iam_policy", name, {"name": name, "policy": json.dumps(policy)})


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.objects")
def every_object_of_every_bucket(stacks: Stacks) -> None:
    """Two asterisks and a slash: every object of every bucket, and not `*`."""
    _allow(stacks, "objects", "s3:GetObject", "arn:aws:s3:::*/*")


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.secrets")
def every_secret(stacks: Stacks) -> None:
    """A word before the asterisk: every secret of the account."""
    _allow(stacks, "secrets", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-2:111122223333:secret:*")


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.entries")
def lets_itself_in(stacks: Stacks) -> None:
    """One action on one cluster, by which its holder makes himself administrator."""
    _allow(stacks, "entries", "eks:CreateAccessEntry", "arn:aws:eks:eu-west-2:111122223333:cluster/live")


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.metadata")
def metadata_options_changed_later(stacks: Stacks) -> None:
    """Tokens are required until somebody with this policy says otherwise."""
    _allow(stacks, "metadata", "ec2:ModifyInstanceMetadataOptions", "arn:aws:ec2:eu-west-2:111122223333:instance/i-0")


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.erases")
def log_erased(stacks: Stacks) -> None:
    """The control plane's log is kept for a year, unless the holder of this policy would rather not."""
    group = "arn:aws:logs:eu-west-2:111122223333:log-group:/aws/eks/live/cluster"
    _allow(stacks, "erases", "logs:DeleteLogGroup", group)


@violation(kills="B19-roles-of-the-service", names="aws_iam_role.cluster_role")
def control_plane_with_more(stacks: Stacks) -> None:
    """The control plane's role gets one more policy of AWS's, which the list of those that are too wide does not hold."""
    arn = "arn:aws:iam::aws:policy/AmazonRoute53AutoNamingRegistrantAccess"
    stacks.add(
        "live",
        "aws_iam_role_policy_attachment",
        "more",
        {"role": "${aws_iam_role.cluster_role.name}", "policy_arn": arn},
    )
    stacks.one("live", "aws_eks_cluster")["depends_on"].append("aws_iam_role_policy_attachment.more")


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.action")
def action_by_a_variable(stacks: Stacks) -> None:
    """What is allowed, a variable says, whose default is everything."""
    stacks["account"]["variable"] = {"action": {"type": "string", "default": "s3:*"}}
    _allow(stacks, "action", "${var.action}", "arn:aws:s3:::cloud-platform/*")


@violation(kills="B11-iam-without-wildcards", names="aws_iam_policy.where")
def resource_by_a_parameter(stacks: Stacks) -> None:
    """On what it is allowed, a parameter says that anybody may write."""
    stacks.add("account", "data.aws_ssm_parameter", "where", {"name": "/where"})
    _allow(stacks, "where", "s3:GetObject", "${data.aws_ssm_parameter.where.insecure_value}")


@violation(kills="B13-roles-with-their-policies", names="aws_iam_role.nodes")
def held_to_no_policies(stacks: Stacks) -> None:
    """An empty list in the role itself: Terraform detaches what is attached beside it."""
    stacks.one("live", "aws_iam_role", "nodes")["managed_policy_arns"] = []


@violation(kills="B13-roles-with-their-policies", names="aws_iam_role.nodes")
def held_to_no_inline_policies(stacks: Stacks) -> None:
    """An empty block in the role: Terraform deletes its inline policies, the nodes' denial with them."""
    stacks.one("live", "aws_iam_role", "nodes")["inline_policy"] = [{}]


@violation(kills="B13-roles-with-their-policies", names="aws_iam_role_policy_attachments_exclusive.nodes")
def held_to_one_policy(stacks: Stacks) -> None:
    """An exclusive list of one policy takes the role the others."""
    body = {
        "role_name": "${aws_iam_role.nodes.name}",
        "policy_arns": ["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"],
    }
    stacks.add("live", "aws_iam_role_policy_attachments_exclusive", "nodes", body)
    for name in ("main", "prometheus"):
        group = stacks.one("live", "aws_eks_node_group", name)
        group["depends_on"].append("aws_iam_role_policy_attachments_exclusive.nodes")


@violation(kills="B13-roles-with-their-policies", names="aws_iam_policy_attachment.only")
def policy_for_one_role_alone(stacks: Stacks) -> None:
    """This resource holds a policy's roles for the whole account: whoever is not on its list loses it, all nodes here."""
    body = {"name": "only", "roles": ["somebody"], "policy_arn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"}
    stacks.add("account", "aws_iam_policy_attachment", "only", body)


def _trusted(stacks: Stacks) -> list[dict[str, Any]]:
    document = stacks.one("live", "data.aws_iam_policy_document", "cluster_role_trust")
    found: list[dict[str, Any]] = document["statement"][0]["condition"]
    return found


@violation(kills="B19-roles-of-the-service", names="aws_iam_role.cluster_role")
def taken_by_another_cluster(stacks: Stacks) -> None:
    """The control plane's role can be taken for another cluster, not for its own."""
    for condition in _trusted(stacks):
        if condition["variable"] == "aws:SourceArn":
            condition["values"] = ["arn:aws:eks:eu-west-2:111122223333:cluster/manager"]


@violation(kills="B19-roles-of-the-service", names="aws_iam_role.cluster_role")
def taken_by_all_but_ours(stacks: Stacks) -> None:
    """The right account under the operator that turns it round: EKS cannot take the role."""
    for condition in _trusted(stacks):
        if condition["variable"] == "aws:SourceAccount":
            condition["test"] = "StringNotEquals"

"""Ways to reach the nodes' role, or to make it worth reaching (D20)."""

from __future__ import annotations

import json

from tests.violations.catalogue import Stacks, violation


@violation(kills="D20-tokens-and-one-hop")
def tokens_optional(stacks: Stacks) -> None:
    """Tokens are optional in one group's template: the hop limit means nothing without them."""
    stacks.one("live", "aws_launch_template", "prometheus_template")["metadata_options"]["http_tokens"] = "optional"


@violation(kills="D20-tokens-and-one-hop")
def two_hops(stacks: Stacks) -> None:
    """Two hops "for the container that needs it": every container."""
    stacks.one("live", "aws_launch_template", "main_template")["metadata_options"]["http_put_response_hop_limit"] = 2


@violation(kills="D20-tokens-and-one-hop")
def hops_by_a_local(stacks: Stacks) -> None:
    """The number stands in a local, and checkov gives no result."""
    stacks["live"]["locals"] = {"hops": 2}
    options = stacks.one("live", "aws_launch_template", "main_template")["metadata_options"]
    options["http_put_response_hop_limit"] = "${local.hops}"


@violation(kills="D20-tokens-and-one-hop")
def tokens_by_condition(stacks: Stacks) -> None:
    """A conditional on a variable with a safe-looking default decides."""
    stacks["live"]["variable"] = {"strict": {"type": "bool"}}
    options = stacks.one("live", "aws_launch_template", "main_template")["metadata_options"]
    options["http_tokens"] = '${var.strict ? "required" : "optional"}'


@violation(kills="D20-tokens-and-one-hop")
def options_left_out(stacks: Stacks) -> None:
    """No block at all: the account's defaults decide."""
    del stacks.one("test", "aws_launch_template", "main_template")["metadata_options"]


@violation(kills="D20-tokens-and-one-hop", names="aws_launch_template.main_template")
def options_in_a_dynamic_block(stacks: Stacks) -> None:
    """A dynamic block makes the options for each of a list that is empty."""
    template = stacks.one("live", "aws_launch_template", "main_template")
    template["dynamic"] = {"metadata_options": {"for_each": [], "content": template.pop("metadata_options")}}


@violation(kills="D20-tokens-and-one-hop")
def metadata_by_ipv6(stacks: Stacks) -> None:
    """The same service answers at another address, which the network policy of old did not name."""
    stacks.one("live", "aws_launch_template", "main_template")["metadata_options"]["http_protocol_ipv6"] = "enabled"


@violation(kills="D20-tokens-and-one-hop", names="aws_eks_node_group.main")
def older_template(stacks: Stacks) -> None:
    """The template is as decided; the group runs version 1 of it, from before."""
    stacks.one("live", "aws_eks_node_group", "main")["launch_template"]["version"] = "1"


@violation(
    kills="D20-tokens-and-one-hop",
    also=(
        "D07-main-types",
        "D11-optimised-image",
        "D16-no-keys",
        "B08-root-disks-encrypted",
        "B15-cluster-security-group",
    ),
    names="aws_eks_node_group.main",
)
def group_without_template(stacks: Stacks) -> None:
    """The group has no template at all: every check of templates passes."""
    del stacks.one("live", "aws_eks_node_group", "main")["launch_template"]


@violation(kills="D20-nodes-role", names="aws_iam_role.nodes")
def cni_on_the_nodes(stacks: Stacks) -> None:
    """The CNI's policy on the nodes' role: whoever reaches it rewires the VPC's interfaces."""
    arn = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    body = {"role": "${aws_iam_role.nodes.name}", "policy_arn": arn}
    stacks.add("live", "aws_iam_role_policy_attachment", "cni", body)
    for name in ("main", "prometheus"):
        stacks.one("live", "aws_eks_node_group", name)["depends_on"].append("aws_iam_role_policy_attachment.cni")


@violation(kills="D20-nodes-role", names="aws_iam_role.nodes")
def policy_from_another_stack(stacks: Stacks) -> None:
    """The account's stack attaches a policy to the nodes' role by its name, away from the cluster."""
    body = {"role": "live-nodes", "policy_arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
    stacks.add("account", "aws_iam_role_policy_attachment", "more", body)


@violation(kills="D20-nodes-role", also=("B13-roles-with-their-policies",), names="aws_iam_role.nodes")
def exclusive_attachments(stacks: Stacks) -> None:
    """The policies come by the resource type that nobody thinks of."""
    body = {
        "role_name": "${aws_iam_role.nodes.name}",
        "policy_arns": ["arn:aws:iam::aws:policy/AmazonRoute53ReadOnlyAccess"],
    }
    stacks.add("live", "aws_iam_role_policy_attachments_exclusive", "more", body)


@violation(
    kills="D20-nodes-role",
    also=("B11-iam-without-wildcards", "B13-roles-with-their-policies"),
    names="aws_iam_role.nodes",
)
def inline_policy_of_the_role(stacks: Stacks) -> None:
    """An inline policy inside the role itself reads every bucket."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}],
    }
    stacks.one("live", "aws_iam_role", "nodes")["inline_policy"] = [{"name": "data", "policy": json.dumps(policy)}]


@violation(kills="D20-nodes-role", names="aws_iam_role_policy.nodes_permissions")
def one_more_statement(stacks: Stacks) -> None:
    """The statement on the session's log grows to every log group."""
    document = stacks.one("live", "data.aws_iam_policy_document", "nodes_permissions_document")
    document["statement"][0]["resources"] = ["arn:aws:logs:eu-west-2:111122223333:log-group:/aws/eks/live/cluster:*"]


@violation(kills="D20-nodes-role", names="aws_iam_role_policy.nodes_permissions")
def key_of_the_secrets(stacks: Stacks) -> None:
    """The nodes may decrypt with the key of Kubernetes Secrets in place of the sessions' one."""
    document = stacks.one("live", "data.aws_iam_policy_document", "nodes_permissions_document")
    document["statement"][2]["resources"] = ["${aws_kms_key.cluster_secrets.arn}"]


@violation(kills="D20-tokens-and-one-hop", also=("D11-optimised-image",))
def version_before_the_latest(stacks: Stacks) -> None:
    """The group mentions the template's latest version, and takes the one before it."""
    group = stacks.one("live", "aws_eks_node_group", "main")
    group["launch_template"]["version"] = "${aws_launch_template.main_template.latest_version - 1}"

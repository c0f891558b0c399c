"""Ways to leave data unencrypted, or its key open (B02, B03, B04, B08)."""

from __future__ import annotations

import json

from tests.violations.catalogue import Stacks, violation


@violation(kills="B02-secrets-encrypted")
def secrets_in_the_clear(stacks: Stacks) -> None:
    """The block is gone, and Secrets lie in etcd under AWS's key alone."""
    del stacks.one("live", "aws_eks_cluster")["encryption_config"]


@violation(kills="B02-secrets-encrypted")
def key_of_somebody_else(stacks: Stacks) -> None:
    """Another account's key: who may read Secrets is decided there."""
    provider = stacks.one("live", "aws_eks_cluster")["encryption_config"]["provider"]
    provider["key_arn"] = "arn:aws:kms:eu-west-2:444455556666:key/00000000-0000-0000-0000-000000000000"


@violation(kills="B03-keys")
def key_that_never_rotates(stacks: Stacks) -> None:
    """Rotation is left out; the default is none."""
    del stacks.one("live", "aws_kms_key", "cluster_secrets")["enable_key_rotation"]


@violation(kills="B03-keys")
def key_gone_in_a_week(stacks: Stacks) -> None:
    """A week to notice that a key, and with it every Secret, is going."""
    stacks.one("live", "aws_kms_key", "cluster_secrets")["deletion_window_in_days"] = 7


@violation(kills="B03-keys", names="aws_kms_key.cluster_secrets")
def key_for_everybody(stacks: Stacks) -> None:
    """Any principal of any account."""
    document = stacks.one("live", "data.aws_iam_policy_document", "cluster_secrets_policy")
    principals = [{"type": "AWS", "identifiers": ["*"]}]
    document["statement"].append(
        {"effect": "Allow", "actions": ["kms:Decrypt"], "resources": ["*"], "principals": principals}
    )


@violation(kills="B03-keys", names="aws_kms_key.cluster_secrets")
def key_for_another_account(stacks: Stacks) -> None:
    """A vendor's account may decrypt, by one statement among many."""
    document = stacks.one("live", "data.aws_iam_policy_document", "cluster_secrets_policy")
    principals = [{"type": "AWS", "identifiers": ["arn:aws:iam::444455556666:root"]}]
    document["statement"].append(
        {"effect": "Allow", "actions": ["kms:Decrypt"], "resources": ["*"], "principals": principals}
    )


@violation(kills="B03-keys", names="aws_kms_key.cluster_secrets")
def key_nobody_can_mend(stacks: Stacks) -> None:
    """The account is taken out of the policy: after a mistake only AWS's support can help."""
    document = stacks.one("live", "data.aws_iam_policy_document", "cluster_secrets_policy")
    document["statement"][0]["actions"] = ["kms:Decrypt", "kms:Encrypt"]


@violation(kills="B03-keys", names="aws_kms_key.session_manager_key", also=("D16-sessions-logged",))
def service_without_bounds(stacks: Stacks) -> None:
    """The logs service may use the key for anything of anybody."""
    document = stacks.one("account", "data.aws_iam_policy_document", "session_manager_key_policy")
    del document["statement"][1]["condition"]


@violation(kills="B03-keys", names="aws_kms_key_policy.other")
def policy_from_elsewhere(stacks: Stacks) -> None:
    """Another resource overrides the key's policy, while the key's own reads as before."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": "*"}],
    }
    body = {"key_id": "${aws_kms_key.cluster_secrets.id}", "policy": json.dumps(policy)}
    stacks.add("live", "aws_kms_key_policy", "other", body)


@violation(kills="B04-log-groups-encrypted")
def log_group_of_a_tool(stacks: Stacks) -> None:
    """One more log group, for a tool, with nothing but its name."""
    stacks.add("live", "aws_cloudwatch_log_group", "tool", {"name": "/tool/live"})


@violation(kills="B08-root-disks-encrypted")
def disk_in_the_clear(stacks: Stacks) -> None:
    """The disk of the Prometheus nodes is not encrypted."""
    template = stacks.one("live", "aws_launch_template", "prometheus_template")
    template["block_device_mappings"][0]["ebs"]["encrypted"] = "false"


@violation(kills="B08-root-disks-encrypted")
def another_disk_than_the_root(stacks: Stacks) -> None:
    """The encrypted disk is a second one; the root disk keeps the image's settings."""
    template = stacks.one("live", "aws_launch_template", "main_template")
    template["block_device_mappings"][0]["device_name"] = "/dev/xvdb"


@violation(kills="B02-secrets-encrypted")
def key_of_another_account_first(stacks: Stacks) -> None:
    """The cluster's key is mentioned, as what would be taken if the other one failed, which it never does."""
    stacks.one("live", "aws_eks_cluster")["encryption_config"]["provider"]["key_arn"] = (
        '${try("arn:aws:kms:eu-west-2:999999999999:key/other", aws_kms_key.cluster_secrets.arn)}'
    )


@violation(kills="B03-keys", names="aws_kms_key.cluster_secrets")
def key_denied_to_all(stacks: Stacks) -> None:
    """The account is let in, and everybody is shut out."""
    document = stacks.one("live", "data.aws_iam_policy_document", "cluster_secrets_policy")
    everybody = {"type": "AWS", "identifiers": ["*"]}
    document["statement"].append(
        {"effect": "Deny", "actions": ["kms:*"], "resources": ["*"], "principals": [everybody]}
    )


@violation(kills="B04-log-groups-encrypted")
def kept_for_a_week(stacks: Stacks) -> None:
    """The log group of a tool is encrypted, and forgets within a week."""
    group = dict(stacks.one("live", "aws_cloudwatch_log_group", "control_plane_logs"))
    stacks.add("live", "aws_cloudwatch_log_group", "week", {**group, "name": "/tool/week", "retention_in_days": 7})


@violation(kills="B03-keys", names="aws_kms_key.cluster_secrets")
def service_bound_by_nothing(stacks: Stacks) -> None:
    """A condition on the right key that every request meets."""
    document = stacks.one("live", "data.aws_iam_policy_document", "cluster_secrets_policy")
    everything = {"test": "StringLike", "variable": "aws:SourceArn", "values": ["*"]}
    statement = {"effect": "Allow", "actions": ["kms:Decrypt"], "resources": ["*"], "condition": [everything]}
    document["statement"].append(
        {**statement, "principals": [{"type": "Service", "identifiers": ["s3.amazonaws.com"]}]}
    )


@violation(kills="B03-keys", names="aws_kms_key.cluster_secrets")
def service_bound_to_all_but_one(stacks: Stacks) -> None:
    """The condition names something of this account, and lets in everything else."""
    document = stacks.one("live", "data.aws_iam_policy_document", "cluster_secrets_policy")
    own = "arn:aws:s3:eu-west-2:111122223333:accesspoint/none"
    but_one = {"test": "ArnNotLike", "variable": "aws:SourceArn", "values": [own]}
    statement = {"effect": "Allow", "actions": ["kms:Decrypt"], "resources": ["*"], "condition": [but_one]}
    document["statement"].append(
        {**statement, "principals": [{"type": "Service", "identifiers": ["s3.amazonaws.com"]}]}
    )

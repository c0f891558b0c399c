"""Ways to lose control plane logs (D15)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation


@violation(kills="D15-all-log-types")
def audit_left_out(stacks: Stacks) -> None:
    """The one log that auditors read is dropped to save cost; four of five still look like "logging is on"."""
    stacks.one("live", "aws_eks_cluster")["enabled_cluster_log_types"].remove("audit")


@violation(kills="D15-all-log-types")
def none_at_all(stacks: Stacks) -> None:
    """The argument is gone, and EKS logs nothing by default."""
    del stacks.one("manager", "aws_eks_cluster")["enabled_cluster_log_types"]


@violation(kills="D15-all-log-types")
def the_same_type_five_times(stacks: Stacks) -> None:
    """Five entries, one type: a check that counts is content."""
    stacks.one("live", "aws_eks_cluster")["enabled_cluster_log_types"] = ["api"] * 5


@violation(kills="D15-all-log-types")
def behind_a_variable(stacks: Stacks) -> None:
    """A variable decides, with a value that is set elsewhere; nobody can tell from the code."""
    stacks["live"]["variable"] = {"logs": {"default": ["api"]}}
    stacks.one("live", "aws_eks_cluster")["enabled_cluster_log_types"] = "${var.logs}"


@violation(kills="D15-all-log-types")
def only_in_one_cluster(stacks: Stacks) -> None:
    """The test cluster is forgotten: a check that looks at the first cluster only stays green."""
    stacks.one("test", "aws_eks_cluster")["enabled_cluster_log_types"] = []


@violation(kills="D15-log-group-kept", also=("D15-log-group-first",), names="/aws/eks/live/cluster")
def log_group_of_another_name(stacks: Stacks) -> None:
    """A log group is declared, but EKS writes to another one, which it makes itself and which never expires."""
    stacks.one("live", "aws_cloudwatch_log_group")["name"] = "/aws/eks/live/control-plane"


@violation(kills="D15-log-group-kept")
def kept_for_a_day(stacks: Stacks) -> None:
    """The logs are there, until tomorrow."""
    stacks.one("live", "aws_cloudwatch_log_group")["retention_in_days"] = 1


@violation(kills="D15-log-group-kept")
def infrequent_access_class(stacks: Stacks) -> None:
    """The class is immutable, cannot be searched by subscription and alarms, and saves money."""
    stacks.one("live", "aws_cloudwatch_log_group")["log_group_class"] = "INFREQUENT_ACCESS"


@violation(kills="D15-log-group-kept", also=("X08-one-provider",))
def log_group_in_another_region(stacks: Stacks) -> None:
    """The name is right and the region wrong: EKS writes to a group of that name in its own."""
    stacks.one("live", "aws_cloudwatch_log_group")["region"] = "us-east-1"


@violation(kills="D15-log-group-first", names="aws_eks_cluster.cluster")
def cluster_does_not_wait(stacks: Stacks) -> None:
    """EKS creates the log group first, without expiry, and the apply fails on the name."""
    cluster = stacks.one("live", "aws_eks_cluster")
    cluster["depends_on"] = [each for each in cluster["depends_on"] if "log_group" not in each]


@violation(kills="X02-ignore-changes", layers=("synth",))
def drift_is_ignored(stacks: Stacks) -> None:
    """Somebody switches logs off by hand and tells Terraform to leave it."""
    lifecycle = stacks.one("live", "aws_eks_cluster").setdefault("lifecycle", {})
    lifecycle["ignore_changes"] = ["enabled_cluster_log_types"]


@violation(kills="D15-all-log-types", on="plan", names="aws_eks_cluster.cluster")
def planned_with_fewer(plans: dict[str, Any]) -> None:
    """The plan does not do what the synthesized code says: the saved plan was altered, or is an old one."""
    for change in plans["live"]["resource_changes"]:
        if change["type"] == "aws_eks_cluster":
            change["change"]["after"]["enabled_cluster_log_types"] = ["api"]


@violation(kills="D15-log-group-encrypted")
def key_left_out(stacks: Stacks) -> None:
    """The log group is encrypted by CloudWatch's own key: whoever may read logs may read these."""
    del stacks.one("live", "aws_cloudwatch_log_group")["kms_key_id"]


@violation(kills="D15-log-group-encrypted", names="aws_kms_key.control_plane_logs_key")
def key_that_keeps_logs_out(stacks: Stacks) -> None:
    """The key's policy names no service: the apply fails, or the key is swapped for none in a hurry."""
    del stacks.one("live", "data.aws_iam_policy_document", "control_plane_logs_key_policy")["statement"][1]


@violation(kills="D15-log-group-encrypted", names="aws_kms_key.control_plane_logs_key")
def key_for_every_log_group(stacks: Stacks) -> None:
    """A wildcard in the encryption context lets any log group of the account use the key."""
    document = stacks.one("live", "data.aws_iam_policy_document", "control_plane_logs_key_policy")
    document["statement"][1]["condition"][0]["values"] = ["arn:aws:logs:eu-west-2:111122223333:log-group:*"]


@violation(kills="D15-log-group-encrypted", names="aws_kms_key.control_plane_logs_key")
def key_for_another_group(stacks: Stacks) -> None:
    """The context names the log group of another cluster, in a policy written as jsonencode of a local."""
    stacks["live"]["locals"] = {
        "key": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "kms:*",
                    "Resource": "*",
                    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                },
                {
                    "Effect": "Allow",
                    "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                    "Resource": "*",
                    "Principal": {"Service": "logs.eu-west-2.amazonaws.com"},
                    "Condition": {
                        "ArnEquals": {
                            "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-2:111122223333:log-group:/aws/eks/test/cluster"
                        }
                    },
                },
            ],
        }
    }
    stacks.one("live", "aws_kms_key", "control_plane_logs_key")["policy"] = "${jsonencode(local.key)}"


@violation(kills="D15-log-group-encrypted")
def logs_go_with_the_cluster(stacks: Stacks) -> None:
    """Whoever destroys the cluster destroys what tells of it."""
    stacks.one("live", "aws_cloudwatch_log_group")["skip_destroy"] = False


@violation(kills="D15-log-group-encrypted")
def key_mentioned_and_not_used(stacks: Stacks) -> None:
    """A condition that is always true leaves the key out, and mentions it."""
    stacks.one("live", "aws_cloudwatch_log_group", "control_plane_logs")["kms_key_id"] = (
        "${true ? null : aws_kms_key.control_plane_logs_key.arn}"
    )


@violation(kills="D15-log-group-encrypted", names="aws_kms_key.control_plane_logs_key")
def logs_service_let_in_on_another_condition(stacks: Stacks) -> None:
    """The key's policy lets the logs service in, on a condition that never holds."""
    document = stacks.one("live", "data.aws_iam_policy_document", "control_plane_logs_key_policy")
    never = {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["000000000000"]}
    for statement in document["statement"]:
        if "condition" in statement:
            statement["condition"].append(never)


@violation(kills="D15-log-group-encrypted", names="aws_kms_key.control_plane_logs_key", also=("B03-keys",))
def logs_service_denied(stacks: Stacks) -> None:
    """One statement lets the logs service in, another one shuts it out."""
    document = stacks.one("live", "data.aws_iam_policy_document", "control_plane_logs_key_policy")
    service = {"type": "Service", "identifiers": ["logs.eu-west-2.amazonaws.com"]}
    document["statement"].append(
        {"effect": "Deny", "actions": ["kms:GenerateDataKey*"], "resources": ["*"], "principals": [service]}
    )


@violation(kills="D15-log-group-first")
def another_group_first(stacks: Stacks) -> None:
    """The cluster waits for a log group, and it is not its own."""
    group = stacks.one("live", "aws_cloudwatch_log_group", "control_plane_logs")
    stacks.add("live", "aws_cloudwatch_log_group", "other", {**group, "name": "/aws/eks/other"})
    cluster = stacks.one("live", "aws_eks_cluster")
    cluster["depends_on"] = [
        "aws_cloudwatch_log_group.other" if "log_group" in each else each for each in cluster["depends_on"]
    ]


def _logs(stacks: Stacks) -> dict[str, Any]:
    document = stacks.one("live", "data.aws_iam_policy_document", "control_plane_logs_key_policy")
    found: dict[str, Any] = next(each for each in document["statement"] if "condition" in each)
    return found


@violation(kills="D15-log-group-encrypted", names="aws_kms_key.control_plane_logs_key")
def every_account_but_ours(stacks: Stacks) -> None:
    """The account is named as it may be, under the operator that turns it round: nothing can be written."""
    account = {"test": "StringNotEquals", "variable": "aws:SourceAccount", "values": ["111122223333"]}
    _logs(stacks)["condition"].append(account)


@violation(kills="D15-log-group-encrypted", names="aws_kms_key.control_plane_logs_key")
def statement_on_another_key(stacks: Stacks) -> None:
    """In a key's policy, a resource other than the key itself: the statement says nothing of it."""
    _logs(stacks)["resources"] = ["arn:aws:kms:eu-west-2:111122223333:key/00000000-0000-0000-0000-000000000000"]

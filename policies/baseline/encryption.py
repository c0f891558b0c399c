"""Secrets, disks and logs are encrypted by keys that rotate and let their users in, nobody else."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.iam import Condition, Statement, read_policy
from policies.engine.resource import Resource
from policies.log_groups import encrypted_log_group

_ROOT = f"arn:aws:iam::{parameters.ACCOUNT}:root"
_WHOLE_ACCOUNT: tuple[dict[str, list[str]], ...] = ({"AWS": [_ROOT]}, {"AWS": [parameters.ACCOUNT]})
"""Two ways to write the same."""
_BOUND_BY = ("kms:EncryptionContext:", "aws:SourceArn", "kms:ViaService")
_COMPARES = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")


@control(
    id="B02-secrets-encrypted",
    title="Kubernetes Secrets are encrypted by a key of the cluster's own",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_cluster", 1, 1),),
    remediation="Set encryption_config for secrets with a key of the same stack.",
    checkov=("CKV_AWS_58",),
    references=("https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html",),
)
def secrets_encrypted(cluster: Cluster) -> Iterator[Finding]:
    """Whoever reads etcd reads nothing without the key, and the key is under our control."""
    configured = cluster.eks["encryption_config"]
    yield from configured["resources"].must_hold_exactly(["secrets"])
    if len(configured["provider.key_arn"].follow("aws_kms_key")) != 1:
        yield configured["provider.key_arn"].finding("is no key of this stack", expected="an aws_kms_key")


@control(
    id="B03-keys",
    title="Each key rotates, can be saved from deletion, and lets in the account and bound services alone",
    severity="high",
    scope="estate",
    reads=("cluster", "account"),
    presence=(Presence("aws_kms_key", 1),),
    remediation="Enable rotation, keep thirty days before deletion, and write a policy with the account's root and services bound by a condition.",
    checkov=("CKV_AWS_7", "CKV_AWS_33"),
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",),
)
def keys(estate: Cluster) -> Iterator[Finding]:
    """A key whose policy leaves out the account can never be changed again; one that lets in everybody protects nothing."""
    for key in estate.resources("aws_kms_key"):
        yield from key["enable_key_rotation"].must_be(True)
        yield from key["deletion_window_in_days"].must_be_between(parameters.SHORTEST_KEY_DELETION, 30)
        yield from key["is_enabled"].must_be_one_of((None, True))
        yield from key["bypass_policy_lockout_safety_check"].must_be_one_of((None, False))
        yield from _policy(key)
    yield from estate.none_of("aws_kms_grant", why="it lets principals in beside the key's policy")
    for other in estate.resources("aws_kms_key_policy"):
        yield other.finding("overrides a key's policy from elsewhere", expected="the key's own policy")


def _policy(key: Resource) -> Iterator[Finding]:
    if key["policy"].absent:
        yield key["policy"].finding("is left to the default", expected="a written policy")
        return
    statements = read_policy(key["policy"]).statements
    if not any(
        each.allows and each.actions == ["kms:*"] and each.principals in _WHOLE_ACCOUNT and not each.conditions
        for each in statements
    ):
        yield key["policy"].finding("leaves the account out, so nobody can mend the key", expected=_ROOT)
    for statement in statements:
        yield from _let_in(key, statement)
        if statement.denies and not statement.conditions:
            yield key["policy"].finding(f"denies {statement.actions}, which its users need", expected="no Deny")


def _let_in(key: Resource, statement: Statement) -> Iterator[Finding]:
    if not statement.allows:
        return
    named = [each for group in statement.principals.values() for each in group]
    if statement.not_principals or not named or "*" in named:
        yield key["policy"].finding("lets anybody in", expected="named principals")
    for each in statement.principals.get("AWS", []):
        own = each == parameters.ACCOUNT or f":{parameters.ACCOUNT}:" in each
        if not own and not each.startswith("${aws_iam_role."):
            yield key["policy"].finding(f"lets in {each} of another account", expected=parameters.ACCOUNT)
    bound = any(map(_binds, statement.conditions))
    if "Service" in statement.principals and not bound:
        yield key["policy"].finding(
            f"lets {statement.principals['Service']} use it for anything", expected="a condition on what it is for"
        )


def _binds(condition: Condition) -> bool:
    """Whether a condition names what of this account a service uses the key for."""
    own = (f":{parameters.ACCOUNT}:", f".{parameters.REGION}.amazonaws.com", "${")
    named = all(any(part in each for part in own) and not each.startswith("*") for each in condition.values)
    return condition.key.startswith(_BOUND_BY) and condition.operator in _COMPARES and bool(condition.values) and named


@control(
    id="B04-log-groups-encrypted",
    title="Every log group is encrypted and kept",
    severity="medium",
    scope="estate",
    reads=("cluster", "account"),
    presence=(Presence("aws_cloudwatch_log_group", 1),),
    remediation="Give the log group a key that lets CloudWatch Logs in for it, and a retention of a year or more.",
    checkov=("CKV_AWS_158", "CKV_AWS_338"),
    references=("https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",),
)
def log_groups_encrypted(estate: Cluster) -> Iterator[Finding]:
    """Also those that no decision names; the control planes' and the sessions' are held by D15 and D16."""
    held = ("/aws/eks/", "/cloud-platform/session-manager")
    for group in estate.resources("aws_cloudwatch_log_group"):
        if (group["name"].text() or "").startswith(held):
            continue
        yield from encrypted_log_group(group)
        yield from group["retention_in_days"].must_be_one_of(parameters.LOG_RETENTIONS)


@control(
    id="B08-root-disks-encrypted",
    title="Each node's disk is encrypted and goes with the node",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_launch_template", 1),),
    remediation="Give each launch template block_device_mappings with ebs.encrypted and delete_on_termination.",
    references=("https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",),
)
def root_disks_encrypted(cluster: Cluster) -> Iterator[Finding]:
    """The disk holds images, logs and whatever pods write."""
    for template in cluster.resources("aws_launch_template"):
        disks = template["block_device_mappings"].blocks()
        if not any(disk["device_name"].text() == "/dev/xvda" for disk in disks):
            yield template.finding("says nothing of the root disk /dev/xvda", expected="ebs.encrypted")
        for disk in disks:
            yield from disk["ebs.encrypted"].must_be(True)
            yield from disk["ebs.delete_on_termination"].must_be(True)
    for group in cluster.node_groups():
        if group.launch_template is None:
            yield group.resource.finding("has no launch template of this stack", expected="an aws_launch_template")
    for volume in cluster.resources("aws_ebs_volume"):
        yield from volume["encrypted"].must_be(True)

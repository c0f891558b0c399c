"""D15: all control plane logs are written, and kept."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.resource import Resource
from policies.log_groups import encrypted_log_group

_ADR = "Control plane logging"


@control(
    id="D15-all-log-types",
    title="Each cluster writes all five control plane logs",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_cluster", 1, 1),),
    remediation="Set enabled_cluster_log_types to api, audit, authenticator, controllerManager and scheduler.",
    checkov=("CKV_AWS_37",),
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html"),
)
def all_log_types(cluster: Cluster) -> Iterator[Finding]:
    """Every cluster enables exactly the five types."""
    yield from cluster.eks["enabled_cluster_log_types"].must_hold_exactly(parameters.LOG_TYPES)


@control(
    id="D15-log-group-kept",
    title="The log group of each cluster is declared beside it and keeps a year or more",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_cloudwatch_log_group", 1),),
    remediation="Declare aws_cloudwatch_log_group /aws/eks/<cluster>/cluster with a retention of 365 days or more.",
    checkov=("CKV_AWS_338", "CKV_AWS_66"),
    references=(_ADR,),
)
def log_group_kept(cluster: Cluster) -> Iterator[Finding]:
    """The log group that EKS writes to exists, keeps logs long enough, and stands where the cluster stands."""
    eks = cluster.eks
    name = f"/aws/eks/{eks['name'].text()}/cluster"
    groups = _log_groups(cluster)
    if len(groups) != 1:
        yield eks.finding(
            f"needs one aws_cloudwatch_log_group named {name}, found {len(groups)}",
            found=[each.address for each in groups],
            expected=name,
        )
        return
    group = groups[0]
    yield from group["retention_in_days"].must_be_one_of(parameters.LOG_RETENTIONS)
    yield from group["log_group_class"].must_be_one_of((None, "STANDARD"))
    if group.provider != eks.provider or group["region"].text() != eks["region"].text():
        yield group.finding(
            "uses another provider or region than the cluster", found=group.provider, expected=eks.provider
        )


@control(
    id="D15-log-group-encrypted",
    title="The log group of each cluster is encrypted by a key made for it, and outlives a protected cluster",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_cloudwatch_log_group", 1),),
    remediation="Give the log group a key whose policy admits the logs service for its ARN alone, and skip_destroy.",
    checkov=("CKV_AWS_158",),
    references=(_ADR, "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"),
)
def log_group_encrypted(cluster: Cluster) -> Iterator[Finding]:
    """The logs can be read by whoever may use the key, and written: a key that keeps CloudWatch out stops the apply."""
    for group in _log_groups(cluster):
        yield from encrypted_log_group(group)
        kept = (True,) if cluster.eks.lifecycle.get("prevent_destroy") else (True, False)
        yield from group["skip_destroy"].must_be_one_of(kept)


def _log_groups(cluster: Cluster) -> list[Resource]:
    name = f"/aws/eks/{cluster.eks['name'].text()}/cluster"
    return [each for each in cluster.resources("aws_cloudwatch_log_group") if each["name"].text() == name]


@control(
    id="D15-log-group-first",
    title="The log group exists before the cluster writes to it",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_eks_cluster", 1, 1),),
    layers=("synth", "plan"),
    remediation="Let the cluster depend on its log group; else EKS creates one that never expires, and the apply fails.",
    references=(_ADR,),
)
def log_group_first(cluster: Cluster) -> Iterator[Finding]:
    """The cluster depends on its log group."""
    eks = cluster.eks
    groups = {each.base for each in _log_groups(cluster)}
    if not groups & set(eks.depends_on):
        yield eks.finding("does not depend on its log group", found=list(eks.depends_on), expected=sorted(groups))

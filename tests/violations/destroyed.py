"""Plans that destroy what a decision protects, and show nothing of it among what will be (X07)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import violation

Plans = dict[str, Any]


def _destroy(plans: Plans, stack: str, type_: str, name: str, *, before: dict[str, Any], deposed: str = "") -> None:
    """Let the plan of `stack` destroy what its configuration no longer has."""
    entry = {"address": f"{type_}.{name}", "mode": "managed", "type": type_, "name": name}
    if deposed:
        entry["deposed"] = deposed
    change = {"actions": ["delete"], "before": before, "after": None, "after_unknown": False}
    plans[stack]["resource_changes"].append({**entry, "change": change})


@violation(kills="X07-forget", on="plan", names="aws_eks_cluster.former")
def cluster_destroyed(plans: Plans) -> None:
    """A cluster that the code no longer has goes, with all that runs in it."""
    _destroy(plans, "live", "aws_eks_cluster", "former", before={"name": "live-0"})


@violation(kills="X07-forget", on="plan", names="aws_cloudwatch_log_group.former_logs")
def audit_logs_destroyed(plans: Plans) -> None:
    """The log group was renamed in the code: the plan makes a new one and destroys what the old one tells."""
    _destroy(plans, "live", "aws_cloudwatch_log_group", "former_logs", before={"name": "/aws/eks/live/cluster"})


@violation(kills="X07-forget", on="plan", names="aws_kms_key.former_key")
def key_destroyed(plans: Plans) -> None:
    """Without its key no log and no secret can be read again."""
    _destroy(plans, "live", "aws_kms_key", "former_key", before={"description": "logs of live"})


@violation(kills="X07-forget", on="plan", names="aws_iam_openid_connect_provider.former")
def issuer_destroyed(plans: Plans) -> None:
    """Every role of a service account trusts it."""
    _destroy(plans, "live", "aws_iam_openid_connect_provider", "former", before={"url": "https://oidc.example"})


@violation(kills="X07-forget", on="plan", names="aws_route53_zone.former")
def zone_destroyed(plans: Plans) -> None:
    """The zone of a host that people still use."""
    _destroy(plans, "test", "aws_route53_zone", "former", before={"name": "test.cloud-platform.service.justice.gov.uk"})


@violation(kills="X07-forget", on="plan", names="aws_eks_identity_provider_config.former")
def login_destroyed(plans: Plans) -> None:
    """Nobody can log in to the cluster while the association is gone."""
    _destroy(plans, "live", "aws_eks_identity_provider_config", "former", before={"cluster_name": "live"})


@violation(kills="X07-forget", on="plan", names="auth0_client.former_client")
def client_destroyed(plans: Plans) -> None:
    """The client id that stands in each kubeconfig is lost, and no second one like it can be made."""
    _destroy(plans, "live-login", "auth0_client", "former_client", before={"name": "live:kubernetes"})


@violation(kills="X07-forget", on="plan", names="auth0_tenant.former")
def tenant_given_up(plans: Plans) -> None:
    """The tenant's settings are no longer anybody's."""
    _destroy(plans, "identity", "auth0_tenant", "former", before={"friendly_name": "Cloud Platform"})


@violation(kills="X07-forget", on="plan", names="deposed 00f00ba4")
def what_a_replacement_left_is_destroyed(plans: Plans) -> None:
    """A log group by the same address as the one that stays: the old one, which a replacement put aside, with its logs."""
    before = {"name": "/aws/eks/live/cluster"}
    _destroy(plans, "live", "aws_cloudwatch_log_group", "control_plane_logs", before=before, deposed="00f00ba4")

"""A report names the decision that each changed resource touches, and what is taken away before all else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policies.engine.judge import Report
from policies.reports import markdown_report
from policies.reports.changes import changes
from tests.policies.judged import judge
from tests.policies.reuse import Committed
from tests.violations.opened import copied

TOUCHED = {
    ("account", "aws_cloudwatch_log_group"): "D16",
    ("account", "aws_iam_policy"): "D16",
    ("account", "aws_kms_key"): "D16",
    ("account", "aws_ssm_document"): "D16",
    ("identity", "auth0_action"): "D02",
    ("identity", "auth0_client"): "D02",
    ("identity", "auth0_client_credentials"): "D02",
    ("identity", "auth0_client_grant"): "D02",
    ("identity", "auth0_tenant"): "D02",
    ("identity", "auth0_trigger_actions"): "D02",
    ("live", "aws_cloudwatch_log_group"): "D15",
    ("live", "aws_eks_access_entry"): "D04",
    ("live", "aws_eks_access_policy_association"): "D04",
    ("live", "aws_eks_addon"): "D10",
    ("live", "aws_eks_cluster"): "D15",
    ("live", "aws_eks_identity_provider_config"): "D02",
    ("live", "aws_eks_node_group"): "D06",
    ("live", "aws_iam_openid_connect_provider"): "D19",
    ("live", "aws_iam_role"): "D19",
    ("live", "aws_iam_role_policy"): "D19",
    ("live", "aws_iam_role_policy_attachment"): "D19",
    ("live", "aws_kms_key"): "B03",
    ("live", "aws_launch_template"): "D20",
    ("live-login", "auth0_client"): "D02",
    ("live-login", "auth0_client_credentials"): "D02",
    ("live-login", "auth0_connection_client"): "D02",
    ("live-login", "aws_ssm_parameter"): "D03",
    ("live-workloads", "kubernetes_annotations"): "D17",
    ("live-workloads", "kubernetes_cluster_role_binding_v1"): "D04",
    ("live-workloads", "kubernetes_labels"): "D17",
    ("live-workloads", "kubernetes_limit_range_v1"): "B20",
    ("live-workloads", "kubernetes_namespace_v1"): "D17",
    ("live-workloads", "kubernetes_network_policy_v1"): "D13",
    ("live-workloads", "kubernetes_resource_quota_v1"): "B20",
    ("live-workloads", "kubernetes_role_binding_v1"): "D04",
    ("live-workloads", "kubernetes_secret_v1"): "D22",
    ("live-workloads", "kubernetes_service_account_v1"): "D19",
    ("live-workloads", "kubernetes_storage_class_v1"): "D22",
}
"""The decision that a resource of each type belongs to, by stack."""
RELEASES = {
    "calico": "D13",
    "calico_installation": "D13",
    "fluent-bit": "D21",
    "instance-metadata_policy": "D20",
    "kuberos": "D03",
    "monitoring": "D22",
    "network-policy_admit-api-server": "D13",
    "pod-security_binding": "D18",
    "pod-security_policy": "D18",
    "privileged-pods_guard": "D18",
}
NO_DECISION = {"aws_kms_alias", "aws_route53_record", "aws_route53_zone"}


@pytest.fixture(scope="module")
def report(synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed) -> Report:
    return judge(synthesized, committed.plans, synthesized_folder)


def test_each_kind_is_listed_under_its_decision(report: Report) -> None:
    seen = set()
    for each in changes(report):
        kind, _, name = each.address.partition(".")
        seen.add((each.stack, kind))
        if kind == "helm_release" and each.stack == "live-workloads":
            assert RELEASES[name] in each.decisions, each
        if (each.stack, kind) in TOUCHED:
            assert TOUCHED[each.stack, kind] in each.decisions, each
        else:
            assert kind in NO_DECISION or kind == "helm_release" or not each.stack.startswith(("account", "identity", "live")), each  # fmt: skip
            assert not (kind in NO_DECISION and each.decisions), each
    assert TOUCHED.keys() <= seen


def test_a_decision_is_named_where_it_looks_and_nowhere_else(report: Report) -> None:
    of_kind = {each.address.split(".")[0]: each.decisions for each in changes(report) if each.stack == "live-workloads"}
    assert "D13" not in of_kind["kubernetes_role_binding_v1"]
    assert "D04" not in of_kind["kubernetes_network_policy_v1"]
    assert of_kind["kubernetes_network_policy_v1"] == ("D13",)


@pytest.mark.parametrize(
    ("stack", "address", "before", "decision"),
    [
        ("live", "aws_eks_node_group.former", {"cluster_name": "live"}, "D06"),
        ("live", "aws_eks_addon.former", {"addon_name": "coredns"}, "D10"),
        ("live-workloads", "kubernetes_network_policy_v1.former", {"metadata": [{"name": "default"}]}, "D13"),
        ("live-workloads", "helm_release.former", {"chart": "fluent-bit", "name": "fluent-bit"}, "D21"),
    ],
)
def test_what_is_destroyed_stands_first(
    synthesized: dict[str, Any], synthesized_folder: Path, committed: Committed,
    stack: str, address: str, before: dict[str, Any], decision: str,
) -> None:  # fmt: skip
    plans = copied({name: committed.plans[name] for name in ("live", "live-login", "live-workloads")})
    kind, _, name = address.partition(".")
    change = {"actions": ["delete"], "before": before, "after": None, "after_unknown": False}
    entry = {"address": address, "mode": "managed", "type": kind, "name": name, "change": change}
    plans[stack]["resource_changes"].append(entry)
    report = judge(synthesized, plans, synthesized_folder)
    first = changes(report)[0]
    assert (first.kind, first.stack, first.address) == ("destroy", stack, address)
    assert decision in first.decisions
    text = markdown_report.render(report)
    section = text[text.index("### What the plans change") :]
    assert section.index("is destroyed") < section.index("is created")
    assert f"`{stack}` `{address}` is destroyed" in section

"""ADR "Control plane logging", "Node terminal access", "PodSecurityPolicies", "Apps' access to AWS roles"."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from modules.settings.errors import SettingsError
from modules.settings.fleet import Fleet
from modules.settings.load import load_fleet
from tests.adr_2021.clauses import Stack, Stacks, holds
from tests.adr_2021.conftest import FIXTURE
from tests.decisions.emitted import objects, resources, the
from tests.decisions.emitted_aws import all_resources, attached, role_statements, statements, texts

POLICY = "kubernetes_pod_security_policy_v1beta1"
ROLE = "kubernetes_cluster_role_v1"
EVERYWHERE = "kubernetes_cluster_role_binding_v1"
IN_NAMESPACE = "kubernetes_role_binding_v1"


@holds("Control plane logging", "enable all cluster logging")
def test_all_five_logs_are_kept(cluster: Stack) -> None:
    """The body names four kinds; "all" has the audit log too."""
    eks = resources(cluster, "aws_eks_cluster")["cluster"]
    assert eks["enabled_cluster_log_types"] == ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    (group,) = resources(cluster, "aws_cloudwatch_log_group").values()
    assert (group["name"], group["retention_in_days"]) == ("/aws/eks/live/cluster", 400)
    assert "aws_cloudwatch_log_group.control_plane_logs" in eks["depends_on"]


@holds("Node terminal access", "AWS Systems Manager Session Manager; no bastion nodes")
def test_every_node_is_reached_by_session_manager(stacks: Stacks) -> None:
    cluster = stacks["live"]
    roles = {each["node_role_arn"] for each in resources(cluster, "aws_eks_node_group").values()}
    assert roles == {"${aws_iam_role.nodes.arn}"}
    assert "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" in attached(cluster, "nodes")
    for stack in stacks.values():
        assert not {"aws_instance", "aws_security_group"} & stack["resource"].keys()


@holds("Node terminal access", "shared credentials is not an acceptable security practice")
def test_no_node_has_a_key_or_an_open_port(stacks: Stacks) -> None:
    types = {address.partition(".")[0] for stack in stacks.values() for address, _ in all_resources(stack)}
    assert not [each for each in types if "key_pair" in each or "security_group" in each]
    for group in resources(stacks["live"], "aws_eks_node_group").values():
        assert "remote_access" not in group
    for template in resources(stacks["live"], "aws_launch_template").values():
        assert "key_name" not in template


@holds("Node terminal access", "terminal commands are logged")
def test_sessions_are_logged_and_encrypted(account: Stack) -> None:
    (document,) = resources(account, "aws_ssm_document").values()
    assert (document["name"], document["document_type"]) == ("SSM-SessionManagerRunShell", "Session")
    (local,) = re.findall(r"^\$\{jsonencode\(local\.([\w-]+)\)\}$", document["content"])
    inputs = account["locals"][local]["inputs"]
    assert inputs["cloudWatchEncryptionEnabled"] is True
    assert inputs["cloudWatchStreamingEnabled"] is True
    (log,) = resources(account, "aws_cloudwatch_log_group")
    assert inputs["cloudWatchLogGroupName"] == f"${{aws_cloudwatch_log_group.{log}.name}}"
    assert "kms_key_id" in resources(account, "aws_cloudwatch_log_group")[log]


def bound_to(workloads: Stack, policy: str) -> set[tuple[str | None, str, str]]:
    """Who may use a policy: namespace of the binding or None, kind and name of the subject."""
    roles = {
        each["metadata"]["name"]
        for each in resources(workloads, ROLE).values()
        for rule in each["rule"]
        if "podsecuritypolicies" in rule["resources"] and policy in rule.get("resource_names", [policy])
    }
    return {
        (each["metadata"].get("namespace"), subject["kind"], subject["name"])
        for type_ in (EVERYWHERE, IN_NAMESPACE)
        for each in resources(workloads, type_).values()
        if each["role_ref"]["name"] in roles
        for subject in each["subject"]
    }


def policy(workloads: Stack, name: str) -> dict[str, Any]:
    """The settings of one PodSecurityPolicy."""
    found = {each["metadata"]["name"]: each["spec"] for each in resources(workloads, POLICY).values()}
    assert set(found) == {"aws-node", "privileged", "restricted"}
    spec: dict[str, Any] = found[name]
    return spec


@holds("PodSecurityPolicies", "should be used only by `aws-node` pod")
def test_only_aws_node_may_do_everything(workloads: Stack) -> None:
    """`eks.privileged` itself is made by EKS, and no role here names it; a policy of our own serves `aws-node`."""
    assert policy(workloads, "aws-node")["privileged"] is True
    assert bound_to(workloads, "aws-node") == {(None, "ServiceAccount", "aws-node")}
    (subject,) = resources(workloads, EVERYWHERE)["pod-security-policies_default-aws-node"]["subject"]
    assert subject["namespace"] == "kube-system"
    assert bound_to(workloads, "eks.privileged") == set()


@holds("PodSecurityPolicies", "`privileged` PSP only to the `kube-system` namespace")
def test_privileged_is_for_kube_system_alone(workloads: Stack) -> None:
    spec = policy(workloads, "privileged")
    assert spec["privileged"] is True
    assert spec["required_drop_capabilities"] == ["NET_RAW"]
    assert bound_to(workloads, "privileged") == {("kube-system", "Group", "system:serviceaccounts:kube-system")}


@holds("PodSecurityPolicies", "`restricted` PSP to the rest")
def test_everybody_else_is_restricted(workloads: Stack) -> None:
    assert bound_to(workloads, "restricted") == {(None, "Group", "system:authenticated")}
    spec = policy(workloads, "restricted")
    assert spec["privileged"] is spec["allow_privilege_escalation"] is False
    assert spec["host_network"] is spec["host_pid"] is spec["host_ipc"] is False
    assert spec["run_as_user"] == {"rule": "MustRunAsNonRoot"}
    assert spec["required_drop_capabilities"] == ["ALL"]
    assert "hostPath" not in spec["volumes"]


@holds("PSP Deprecation", "deprecated")
def test_the_version_decides_between_policies_and_their_successor(stacks: Stacks, settings: Fleet) -> None:
    workloads = stacks["live-workloads"]
    assert settings.clusters[0].pod_security == "policies"
    assert not [type_ for type_ in workloads["resource"] if "admission" in type_]
    assert not objects(workloads, "ValidatingAdmissionPolicy")
    assert "pod-security.kubernetes.io" not in "\n".join(texts(workloads))


def test_the_adrs_policies_are_refused_where_kubernetes_has_none(tmp_path: Path) -> None:
    for path in FIXTURE.glob("*.yaml"):
        text = path.read_text().replace('kubernetes_version: "1.21"', 'kubernetes_version: "1.35"')
        (tmp_path / path.name).write_text(text)
    with pytest.raises(SettingsError, match='pod_security: given "policies"; allowed: admission'):
        load_fleet(tmp_path)


@holds("Apps' access to AWS roles", "IAM Roles for Service Accounts (IRSA), instead of kiam")
def test_each_service_account_has_a_role_of_its_own(cluster: Stack, workloads: Stack) -> None:
    (provider,) = resources(cluster, "aws_iam_openid_connect_provider").values()
    assert provider["client_id_list"] == ["sts.amazonaws.com"]
    subjects = {}
    for name, role in resources(cluster, "aws_iam_role").items():
        (trust,) = statements(cluster, role["assume_role_policy"])
        if trust["actions"] == ["sts:AssumeRoleWithWebIdentity"]:
            conditions = {
                each["variable"].rpartition(":")[2]: (each["test"], each["values"]) for each in trust["condition"]
            }
            assert conditions["aud"] == ("StringEquals", ["sts.amazonaws.com"])
            test, (subject,) = conditions["sub"]
            assert (test, "*" in subject) == ("StringEquals", False)
            subjects[subject] = name
    assert set(subjects) == {
        f"system:serviceaccount:{each}"
        for each in (
            "kube-system:aws-node",
            "kube-system:ebs-csi-controller-sa",
            "logging:fluent-bit",
            "prison-visits-production:prison-visits",
        )
    }
    (account,) = [
        each
        for each in resources(workloads, "kubernetes_service_account_v1").values()
        if each["metadata"]["namespace"] == "prison-visits-production"
    ]
    role = resources(cluster, "aws_iam_role")[subjects["system:serviceaccount:prison-visits-production:prison-visits"]]
    assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].endswith(f":role/{role['name']}")


@holds("Apps' access to AWS roles", "kube2iam is not running on new cluster at all")
def test_nothing_hands_out_roles_from_the_node(stacks: Stacks) -> None:
    assert not re.search(r"kube2iam|kiam|iam\.amazonaws\.com/(role|permitted)", "\n".join(texts(stacks)), re.IGNORECASE)
    for statement in role_statements(stacks["live"], "nodes"):
        assert not [action for action in statement["actions"] if action.startswith(("sts:", "iam:")) or action == "*"]


@holds("Apps' access to AWS roles", "Block access to instance metadata's node role")
def test_no_pod_reaches_the_nodes_role(cluster: Stack, workloads: Stack) -> None:
    for template in resources(cluster, "aws_launch_template").values():
        options = template["metadata_options"]
        assert (options["http_tokens"], options["http_put_response_hop_limit"]) == ("required", 1)
    (tier,) = objects(workloads, "Tier")
    policy = the(objects(workloads, "GlobalNetworkPolicy"), "platform.deny-instance-metadata")["spec"]
    assert (policy["tier"], policy["types"], policy["namespaceSelector"]) == ("platform", ["Egress"], "all()")
    assert {"action": "Deny", "destination": {"nets": ["169.254.169.254/32"]}} in policy["egress"]
    assert {each["action"] for each in policy["egress"]} == {"Deny"}
    assert tier["spec"]["defaultAction"] == "Pass"

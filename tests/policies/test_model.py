"""One root module as Terraform JSON, as the plan that Terraform 1.11.4 made of it, and both together: the same model."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from policies.engine import Cluster, Estate
from policies.engine.load import estates, load
from policies.engine.values import Unknown
from tests.policies.judged import judge

FOLDER = Path(__file__).parent / "plans" / "recovered"
ISSUER = '${replace(aws_eks_cluster.cluster.identity[0].oidc[0].issuer, "https://", "")}:sub'


def last(*paths: Path) -> Estate:
    return estates(load(paths))[-1]


@pytest.fixture(params=["synth", "plan", "both"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    paths = {"synth": [FOLDER], "plan": [FOLDER / "plan.json"], "both": [FOLDER, FOLDER / "plan.json"]}
    estate = last(*paths[request.param])
    assert not estate.refusals
    assert [each.name for each in estate.clusters] == ["live"]
    return estate.clusters[0]


def test_locals_are_followed(cluster: Cluster) -> None:
    assert len(cluster.eks["enabled_cluster_log_types"].strings()) == 5


def test_lists_of_references_are_followed(cluster: Cluster) -> None:
    assert [each.name for each in cluster.eks["vpc_config.subnet_ids"].follow("aws_subnet")] == ["a", "b"]


def test_node_group_finds_its_template_role_and_cluster(cluster: Cluster) -> None:
    (group,) = cluster.node_groups()
    assert group.launch_template is not None
    assert group.launch_template["metadata_options.http_tokens"].text() == "required"
    assert group.launch_template["metadata_options.http_put_response_hop_limit"].number() == 1
    assert group.role is not None
    assert group.role.name == "nodes"
    assert group["cluster_name"].follow("aws_eks_cluster") == [cluster.eks]
    assert group["cluster_name"].text() == "live"
    assert group["launch_template.version"].references[0] == "aws_launch_template.t.latest_version"
    assert group.taints() == [("monitoring-node", "true", "NO_SCHEDULE")]


def test_what_is_left_to_the_provider_is_absent(cluster: Cluster) -> None:
    (group,) = cluster.node_groups()
    assert group["capacity_type"].absent
    assert group["capacity_type"].text() is None
    assert [each.unknown for each in group["capacity_type"].must_be("ON_DEMAND")] == [False]


@pytest.mark.parametrize(("role", "subject"), [("irsa", "a:b"), ("irsa2", "x:y"), ("irsa3", "x:y")])
def test_trust_is_seen_in_every_form(cluster: Cluster, role: str, subject: str) -> None:
    (found,) = [each for each in cluster.roles() if each.resource.name == role]
    (statement,) = found.trust.statements
    assert statement.actions == ["sts:AssumeRoleWithWebIdentity"]
    assert statement.principals == {"Federated": ["${aws_iam_openid_connect_provider.p.arn}"]}
    (condition,) = statement.conditions
    assert (condition.operator, condition.key, condition.values) == (
        "StringEquals",
        ISSUER,
        (f"system:serviceaccount:{subject}",),
    )


def test_security_group_rules_have_one_shape(cluster: Cluster) -> None:
    inline, alone = sorted(cluster.network_rules(), key=lambda each: each.address)
    assert inline.covers(22)
    assert not inline.covers(443)
    assert alone.covers(443)
    assert inline.from_world
    assert alone.from_world
    assert inline.group is alone.group


def test_provider_is_seen(cluster: Cluster) -> None:
    assert [each["region"].text() for each in cluster.resources("provider.aws")] == ["eu-west-2"]


def test_strings_stand_for_numbers_and_booleans() -> None:
    document = json.loads((FOLDER / "cdk.tf.json").read_text())
    cluster = document["resource"]["aws_eks_cluster"]["cluster"]
    cluster["vpc_config"] = [{"endpoint_private_access": "true"}]
    document["resource"]["aws_cloudwatch_log_group"]["logs"]["retention_in_days"] = "400"
    view = judge({"live": document}).views[0].clusters[0]
    assert list(view.eks["vpc_config.endpoint_private_access"].must_be(True)) == []
    assert list(view.one("aws_cloudwatch_log_group")["retention_in_days"].must_be(400)) == []


def test_two_blocks_where_one_is_expected_are_unknown() -> None:
    document = json.loads((FOLDER / "cdk.tf.json").read_text())
    document["resource"]["aws_eks_cluster"]["cluster"]["vpc_config"] = [{"a": 1}, {"a": 2}]
    view = judge({"live": document}).views[0].clusters[0]
    with pytest.raises(Unknown, match="2 blocks"):
        view.eks["vpc_config.a"].text()


def test_dynamic_block_is_unknown() -> None:
    document = json.loads((FOLDER / "cdk.tf.json").read_text())
    group = document["resource"]["aws_security_group"]["g"]
    group["dynamic"] = {"ingress": {"for_each": "${var.ports}", "content": {}}}
    del group["ingress"]
    view = judge({"live": document}).views[0].clusters[0]
    with pytest.raises(Unknown, match="dynamic"):
        view.network_rules()


def test_count_and_for_each_are_expanded() -> None:
    document = json.loads((FOLDER / "cdk.tf.json").read_text())
    groups = document["resource"]["aws_eks_node_group"]
    groups["more"] = copy.deepcopy(groups["main"]) | {"count": 2}
    groups["each"] = copy.deepcopy(groups["main"]) | {"for_each": {"x": 1, "y": 2}}
    view = judge({"live": document}).views[0].clusters[0]
    assert [each.address for each in view.node_groups()] == [
        "aws_eks_node_group.main",
        "aws_eks_node_group.more[0]",
        "aws_eks_node_group.more[1]",
        'aws_eks_node_group.each["x"]',
        'aws_eks_node_group.each["y"]',
    ]


def state_of(plan: dict[str, Any]) -> dict[str, Any]:
    """Return a state that holds what was planned, ids made up for what was unknown."""
    values = copy.deepcopy(plan["planned_values"])
    for resource in values["root_module"]["resources"]:
        resource["values"]["id"] = f"id-{resource['type']}-{resource['name']}"
        resource["values"]["arn"] = f"arn:{resource['type']}:{resource['name']}"
        if resource["type"] == "aws_eks_node_group":
            resource["values"] |= {
                "node_role_arn": "arn:aws_iam_role:nodes",
                "launch_template": [{"id": "id-aws_launch_template-t", "version": "1"}],
            }
        if resource["type"] == "aws_iam_role":
            resource["values"]["assume_role_policy"] = '{"Statement":[]}'
    return {"format_version": "1.0", "terraform_version": "1.11.4", "values": values}


def test_state_is_followed_by_ids(tmp_path: Path) -> None:
    path = tmp_path / "live.json"
    path.write_text(json.dumps(state_of(json.loads((FOLDER / "plan.json").read_text()))))
    estate = last(path)
    assert estate.layer == "state"
    (group,) = estate.clusters[0].node_groups()
    assert group.launch_template is not None
    assert group.role is not None
    assert group.role.name == "nodes"


def test_what_is_looked_at_counts_though_nobody_keeps_it() -> None:
    """Its place in memory may be another's right afterwards."""
    estate = Estate("synth", [])
    for _ in range(5):
        estate.count([object()])
    assert estate.checked == 5

"""A reference counts where it stands by itself, however that is written, and not where an expression mentions it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policies.engine.helm import Release
from policies.engine.pointers import chains_of
from policies.engine.synth import build_stack
from policies.engine.values import Unknown
from tests.violations.planned import estate_of

ROLE = "aws_iam_role.nodes"


@pytest.mark.parametrize(
    ("expression", "chains"),
    [
        ("aws_iam_role.nodes.arn", ("aws_iam_role.nodes.arn",)),
        (' aws_iam_role . nodes["a,b"].arn ', ('aws_iam_role.nodes["a,b"].arn',)),
        ("(aws_iam_role.nodes.arn)", ("aws_iam_role.nodes.arn",)),
        ('"${aws_iam_role.nodes.arn}"', ("aws_iam_role.nodes.arn",)),
        ("tolist([a.b.id, c.d.id])", ("a.b.id", "c.d.id")),
        ('concat([a.b.id], ["literal"])', ("a.b.id",)),
        ("[for each in aws_subnet.nodes : each.id]", ("aws_subnet.nodes[*].id",)),
        ("base64decode(a.b.data)", ("a.b.data",)),
    ],
)
def test_reference_in_other_words(expression: str, chains: tuple[str, ...]) -> None:
    assert chains_of(expression) == chains


@pytest.mark.parametrize(
    "expression",
    [
        'true ? "arn:other" : aws_iam_role.nodes.arn',
        'coalesce("arn:other", aws_iam_role.nodes.arn)',
        'replace(aws_iam_role.nodes.arn, "nodes", "admin")',
        "aws_launch_template.main.latest_version - 1",
        '"${aws_iam_role.nodes.arn}-other"',
        '[aws_iam_role.nodes.arn, true ? "a" : b.c.d]',
        "[for each in aws_subnet.nodes : each.id if each.id != 1]",
        'try("other", a.b.c)',
    ],
)
def test_expression_that_computes_is_none(expression: str) -> None:
    assert chains_of(expression) is None


def followed(value: str, locals_: dict[str, Any]) -> list[str]:
    """Return the roles that a node group with this role is followed to."""
    group = {"node_role_arn": value}
    document = {
        "locals": locals_,
        "resource": {"aws_eks_node_group": {"main": group}, "aws_iam_role": {"nodes": {"description": "arn:other"}}},
    }
    stack = build_stack("live", Path(), [Path("cdk.tf.json")], [document], [])
    estate_of(stack)
    return [each.address for each in stack.of_kind("aws_eks_node_group")[0]["node_role_arn"].follow("aws_iam_role")]


def test_locals_lead_to_the_reference() -> None:
    names = {"roles": {"nodes": "${local.first[0]}"}, "first": ["${aws_iam_role.nodes.arn}"]}
    assert followed("${local.roles.nodes}", names) == [ROLE]


def test_a_description_is_no_identity() -> None:
    assert followed("${aws_iam_role.nodes.description}", {}) == []


def test_what_only_terraform_can_evaluate_is_unknown() -> None:
    with pytest.raises(Unknown, match="only Terraform"):
        followed('${coalesce("arn:other", aws_iam_role.nodes.arn)}', {})
    with pytest.raises(Unknown, match="only Terraform"):
        followed("${local.role}", {"role": '${true ? "arn:other" : aws_iam_role.nodes.arn}'})


@pytest.mark.parametrize(
    ("entry", "values"),
    [
        ({"name": "a.b", "value": "1,c=true"}, {"a": {"b": 1}, "c": True}),
        ({"name": "a", "value": "1\\,c=true"}, {"a": "1,c=true"}),
        ({"name": "a=b,c", "value": "d"}, {"a": "b", "c": "d"}),
        ({"name": "a", "value": "{x,y},b=null"}, {"a": ["x", "y"], "b": None}),
        ({"name": "a", "value": "FALSE"}, {"a": False}),
        ({"name": "a", "value": "1,b=2", "type": "string"}, {"a": "1", "b": "2"}),
        ({"name": "a", "value": "1,b=2", "type": "literal"}, {"a": "1,b=2"}),
    ],
)
def test_a_set_is_taken_apart_as_helm_does(entry: dict[str, Any], values: dict[str, Any]) -> None:
    release = {"name": "x", "chart": "x", "set": [entry]}
    stack = build_stack("live", Path(), [Path("x")], [{"resource": {"helm_release": {"x": release}}}], [])
    estate_of(stack)
    assert Release(stack.of_kind("helm_release")[0]).values.data() == values

"""What is evaluated is not copied, and what needs no evaluation is judged as it stands: neither may show."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from policies.engine.estate import Estate
from policies.engine.expressions import evaluate_tree
from policies.engine.load import estates
from policies.engine.values import ABSENT, Template
from tests.policies.judged import failed, judge, loaded_of
from tests.violations.catalogue import Stacks
from tests.violations.planned import plan_of

KEY = "AKIA" + "IOSFODNN7EXAMPLE"


def estate_of(document: dict[str, Any]) -> Estate:
    (view,) = estates(loaded_of({"live": document}, {}, Path("nowhere")))
    return view


def test_what_holds_no_template_is_itself() -> None:
    node: dict[str, Any] = {"a": [1, {"b": "text"}], "c": ["${local.x}", {"d": None}]}
    before = copy.deepcopy(node)
    evaluated = evaluate_tree(node, lambda _: 5)
    assert evaluated["a"] is node["a"]
    assert evaluated["c"][1] is node["c"][1]
    assert evaluated["c"][0] == Template("${local.x}", ("local.x",), 5)
    assert node == before


@pytest.mark.parametrize("values", ["${jsonencode(local.values)}", "${yamlencode({a = local.values.a})}"])
def test_a_value_that_is_set_leaves_the_document_as_it_is(values: str) -> None:
    """`a[0].b` steps into a list of the document, and each release lays its own values over it."""

    def release(text: str) -> dict[str, Any]:
        return {"name": text, "chart": "c", "values": [values], "set": [{"name": "a[0].b", "value": text}]}

    document = {
        "locals": {"values": {"a": [{"b": "own", "c": "kept"}]}},
        "resource": {"helm_release": {"one": release("first"), "other": release("second")}},
    }
    before = copy.deepcopy(document)
    found = [each.values["a"].data() for each in estate_of(document).releases()]
    assert found == [[{"b": "first", "c": "kept"}], [{"b": "second", "c": "kept"}]]
    assert document == before


def test_a_local_is_evaluated_once_and_a_circle_is_cut_wherever_it_is_entered() -> None:
    document = {"locals": {"a": {"b": "${local.c}"}, "c": "x", "d": "${local.e}", "e": "${local.d}", "f": "${local.d}"}}
    for order in (("local.d", "local.e", "local.f"), ("local.f", "local.e", "local.d")):
        stack = estate_of(document).stacks[0]
        assert stack.resolve("local.a") is stack.resolve("local.a")
        assert stack.resolve("local.a.b").value == "x"
        assert [stack.resolve(each) for each in order] == [ABSENT] * 3


@pytest.mark.parametrize("layer", ["synth", "plan"])
@pytest.mark.parametrize(
    ("text", "locals_"),
    [
        pytest.param(f"a line\n{KEY}", {}, id="after a line break"),
        pytest.param(f'a quote\'s "{KEY}"', {}, id="in quotes"),
        pytest.param({"deep": [{"below": KEY}]}, {}, id="below"),
        pytest.param(f"{KEY[:6]}${{local.rest}}", {"rest": KEY[6:]}, id="made of parts"),
        pytest.param(f"$${{{KEY}}}", {}, id="beside an escape"),
    ],
)
def test_a_secret_is_found_wherever_it_stands(
    text: Any, locals_: dict[str, str], layer: str, synthesized: dict[str, Any], synthesized_folder: Path
) -> None:
    stacks = Stacks(synthesized)
    stacks["live"].setdefault("locals", {}).update(locals_)
    stacks.one("live", "aws_eks_cluster")["tags"] = text if isinstance(text, dict) else {"a": text}
    left = stacks.left()
    plans = {"live": plan_of("live", left["live"])} if layer == "plan" else {}
    controls = {"B09-no-literal-secret"}
    report = judge(left, plans, synthesized_folder, only=("B09",), layers=(layer,))
    assert controls <= set(failed(report, layer))
    assert KEY not in str(failed(report))


def test_what_is_read_before_all_resources_are_is_read_again() -> None:
    """A local that a count asks for may refer to a resource that stands further down."""
    counted = {"count": "${length(local.names)}", "tags": "${local.tags}"}
    document = {
        "locals": {"names": ["${aws_vpc.later.id}"], "tags": {"name": "${aws_vpc.later.cidr_block}"}},
        "resource": {"aws_eip": {"early": counted}, "aws_vpc": {"later": {"id": "vpc-1", "cidr_block": "10.0.0.0/16"}}},
    }
    stack = estate_of(document).stacks[0]
    assert [each.value for each in stack.resolve("local.names")] == ["vpc-1"]
    assert stack.instances("aws_eip.early")[0]["tags"]["name"].text() == "10.0.0.0/16"


@pytest.mark.parametrize("tags", [{"${aws_vpc.x.id}": "a", "b": "c"}, '${{(aws_vpc.x.id) = "a", b = "c"}}'])
def test_a_key_that_only_terraform_can_tell_may_be_any(tags: Any) -> None:
    (resource,) = estate_of({"resource": {"aws_eip": {"x": {"tags": tags}}}}).stacks[0].resources
    assert not resource["tags"]["Name"].absent
    assert not resource["tags"]["Name"].known
    assert resource["tags"]["b"].text() == "c"

"""Terraform's template language: what is certain is a value, all else stays a template with its references."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.engine.expressions import decode, evaluate, evaluate_tree
from policies.engine.templates import mask, references, unmask
from policies.engine.values import ABSENT, Template

LOCALS: dict[str, Any] = {"local.x": {"a": [1, True]}, "local.name": "live"}


def resolve(reference: str) -> Any:
    return LOCALS.get(reference, ABSENT)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("$${not} a %%{template}", "${not} a %{template}"),
        ("a ${local.name} b", "a live b"),
        ("${local.x}", {"a": [1, True]}),
        ('${jsonencode({"a" = [1, "x"], b : null})}', '{"a":[1,"x"],"b":null}'),
        ("${jsonencode(local.x)}", '{"a":[1,true]}'),
        ('${concat(["a"], ["b"])}', ["a", "b"]),
        ('${"in ${local.name}"}', "in live"),
        ("${1.5}", 1.5),
        ("${-2}", -2),
    ],
)
def test_certain(text: str, value: Any) -> None:
    node = evaluate(text, resolve)
    assert (node.value if isinstance(node, Template) else node) == value


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("${aws_iam_role.x.arn}", ("aws_iam_role.x.arn",)),
        ("${var.a ? local.b : aws_x.c[0].d}", ("var.a", "local.b", "aws_x.c[0].d")),
        ('${replace(aws_x.c.d, "https://a.b", "")}:sub', ("aws_x.c.d",)),
        ('${jsonencode({"a" = "${aws_x.c.d}/*"})}', ("aws_x.c.d",)),
        ("%{if var.a}x%{endif}", ("var.a",)),
        ('${upper("a.b")}', ()),
    ],
)
def test_uncertain(text: str, named: tuple[str, ...]) -> None:
    node = evaluate(text, resolve)
    assert isinstance(node, Template)
    assert node.value is ABSENT
    assert node.references == named == references(text)


def test_structure_inside_jsonencode_is_seen() -> None:
    node = evaluate('${jsonencode({"a" = [aws_x.c.d, "b${aws_x.c.e}"], "n" = 1})}', resolve)
    decoded = decode(node, resolve)
    assert decoded["n"] == 1
    assert decoded["a"][0].references == ("aws_x.c.d",)
    assert decoded["a"][1].text == "b${aws_x.c.e}"


def test_structure_inside_json_text_is_seen() -> None:
    node = evaluate('{"a": "${aws_x.c["k"].d}", "$${b}": 1}', resolve)
    decoded = decode(node, resolve)
    assert decoded["a"].references == ('aws_x.c["k"].d',)


@given(st.text(alphabet='${}%"\\ab.:, \n'))
def test_any_text_is_taken(text: str) -> None:
    node = evaluate(text, resolve)
    assert isinstance(node, str | int | float | bool | dict | list | Template) or node is None


@given(st.text(alphabet='${}%"\\ab.:, \n'))
def test_mask_is_undone(text: str) -> None:
    masked, found = mask(text)
    assert unmask(masked, found) == text


def test_keys_are_evaluated() -> None:
    """Terraform evaluates the keys of a map in JSON as it does its values; one that it alone can tell may be any."""
    found = evaluate_tree({'${join("/", ["a", "b"])}': 1, "${var.key}": 2, "c": 3}, lambda _: ABSENT)
    assert found == {"a/b": 1, "${var.key}": 2, "c": 3}


@pytest.mark.parametrize("text", ["${f([)}", '${format(\\"%s\\", \\"*\\")}', "${[)}", "${f(}"])
def test_what_is_no_expression_is_read_to_its_end(text: str) -> None:
    """Text that Terraform refuses must not hold the judge up for ever."""
    node = evaluate(text, resolve)
    assert isinstance(node, Template)
    assert node.value is ABSENT

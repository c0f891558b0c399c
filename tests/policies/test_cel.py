"""The evaluator of the Common Expression Language: what it makes once says the same as what it makes for each element."""

from __future__ import annotations

from typing import Any

import pytest

from policies.engine import cel

ENVIRONMENT: dict[str, Any] = {
    "path": "/etc/ssl",
    "number": 3,
    "prefixes": ["/var", "/etc"],
    "others": ["/var", "/home"],
    "none": [],
    "mixed": ["/var", 1, "/etc"],
    "later": [1, "/etc"],
    "entries": {"/etc": 1, "/var": 2},
}
LISTS = ("prefixes", "others", "none", "mixed", "later", "entries")


def outcome(expression: str) -> Any:
    """Return the value of an expression, or that it cannot be evaluated."""
    try:
        return cel.compiled(expression)(ENVIRONMENT)
    except cel.EvaluationError:
        return "error"


@pytest.mark.parametrize("text", ["path", "(path + '/')", "number", "path.missing", "(path + number)"])
@pytest.mark.parametrize("listed", LISTS)
def test_a_text_held_against_prefixes_is_made_once(text: str, listed: str) -> None:
    """A double negation keeps the short way from being taken."""
    assert outcome(f"{listed}.exists(g, {text}.startsWith(g))") == outcome(
        f"{listed}.exists(g, !!{text}.startsWith(g))"
    )


def test_a_text_that_holds_the_element_is_made_for_each() -> None:
    assert outcome("prefixes.exists(g, (g + '/').startsWith(g))") is True
    assert outcome("prefixes.exists(g, (g + path).startsWith(path))") is False
    assert outcome("prefixes.exists(g, prefixes.exists(h, (g + h).startsWith(g)))") is True


def test_a_text_is_made_once_for_all_prefixes() -> None:
    made: list[str] = []

    class Counting(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            made.append(name)
            return super().__getitem__(name)

    assert cel.compiled("others.exists(g, path.startsWith(g))")(Counting(ENVIRONMENT)) is False
    assert made.count("path") == 1


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("none.all(each, each == 1)", True),
        ("none.exists(each, each == 1)", False),
        ("none.exists_one(each, each == 1)", False),
        ("none.map(each, each)", []),
        ("none.filter(each, each == 1)", []),
        ("missing.a || true", "error"),
        ("path.a || true", True),
        ("true || path.a", True),
        ("path.a && false", False),
        ("path.a && true", "error"),
        ("number || true", True),
        ("false || number", "error"),
        ("mixed.all(each, each)", "error"),
        ("has(entries.a)", False),
        ("has(path.a)", "error"),
    ],
)
def test_errors_and_empty_lists(expression: str, value: Any) -> None:
    if expression.startswith("missing"):
        with pytest.raises(cel.Unsupported):
            outcome(expression)
        return
    assert outcome(expression) == value

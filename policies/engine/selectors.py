"""Label selectors, as Kubernetes' objects write them and as Calico's text does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from policies.engine.values import Unknown

Labels = Mapping[str, str]
Test = Callable[[Labels], bool]
_PARTS = frozenset({"matchLabels", "matchExpressions"})


def matches(selector: Mapping[str, Any], labels: Labels) -> bool:
    """Whether a Kubernetes label selector selects `labels`; an empty one selects everything."""
    if not _PARTS.issuperset(selector):
        raise Unknown("a label selector", f"selects by {sorted(selector)}")
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != str(value):
            return False
    return all(_expression(each, labels) for each in selector.get("matchExpressions") or ())


def _expression(each: Mapping[str, Any], labels: Labels) -> bool:
    key, operator = str(each.get("key")), each.get("operator")
    values = [str(value) for value in each.get("values") or []]
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    raise Unknown("a label selector", f"compares by {operator}")


Choices = dict[str, set[str]]
"""Labels that a selector asks about, each with the values that it names."""
_MOST = 243


def mentioned(selector: Mapping[str, Any]) -> Choices:
    """Return each label that a Kubernetes selector asks about, with the values that it names."""
    found = {str(key): {str(value)} for key, value in (selector.get("matchLabels") or {}).items()}
    for each in selector.get("matchExpressions") or []:
        found.setdefault(str(each.get("key")), set()).update(map(str, each.get("values") or ["true"]))
    return found


def variants(choices: Choices) -> list[dict[str, str]]:
    """Return every way to carry or to lack the labels of `choices`, with each value that is named and with another.

    Raises:
        Unknown: There are too many to try them all.

    """
    found: list[dict[str, str]] = [{}]
    for key in sorted(choices):
        values = [*sorted(choices[key]), "another"]
        found += [{**labels, key: value} for labels in found for value in values]
        if len(found) > _MOST:
            raise Unknown("the selectors of a namespace's policies", f"ask about too many labels: {sorted(choices)}")
    return found


_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<sign>&&|\|\||==|!=|[!(){},])"""
    r"""|(?P<word>[A-Za-z0-9_][A-Za-z0-9_./-]*))"""
)


@lru_cache(maxsize=1024)
def calico(text: str) -> Test:
    """Return the test of a Calico selector; raise Unknown for one that cannot be read."""
    parser = _Calico(text)
    test = parser.either()
    if parser.rest:
        raise parser.unreadable()
    return test


def mentioned_by_calico(text: str) -> Choices:
    """Return the same of a selector of Calico's; a part of a value that it names counts as one."""
    parser = _Calico(text)
    parser.either()
    return parser.mentioned


class _Calico:
    def __init__(self, text: str) -> None:
        self.text = text
        self.mentioned: Choices = {}
        self.rest: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                raise self.unreadable()
            kind = match.lastgroup or ""
            self.rest.append((kind, match.group(kind)))
            position = match.end()

    def unreadable(self) -> Unknown:
        return Unknown("a selector of Calico", f"cannot be read: {self.text!r}")

    def _next(self, *wanted: str) -> str | None:
        if self.rest and self.rest[0][0] != "text" and self.rest[0][1] in wanted:
            return self.rest.pop(0)[1]
        return None

    def _take(self, *kinds: str) -> str:
        if not self.rest or self.rest[0][0] not in kinds:
            raise self.unreadable()
        kind, token = self.rest.pop(0)
        return token[1:-1] if kind == "text" else token

    def _must(self, sign: str) -> None:
        if self._next(sign) is None:
            raise self.unreadable()

    def either(self) -> Test:
        parts = [self._both()]
        while self._next("||") is not None:
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda labels: any(part(labels) for part in parts)

    def _both(self) -> Test:
        parts = [self._not()]
        while self._next("&&") is not None:
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else lambda labels: all(part(labels) for part in parts)

    def _not(self) -> Test:
        if self._next("!") is not None:
            inner = self._not()
            return lambda labels: not inner(labels)
        if self._next("(") is not None:
            inner = self.either()
            self._must(")")
            return inner
        return self._comparison(self._take("word"))

    def _comparison(self, key: str) -> Test:
        if key in ("all", "global", "has") and self._next("(") is not None:
            if key == "has":
                wanted = self._take("word")
                self._must(")")
                self.mentioned.setdefault(wanted, {"true"})
                return lambda labels: wanted in labels
            self._must(")")
            return (lambda _: True) if key == "all" else (lambda labels: "projectcalico.org/name" not in labels)
        asked = self.mentioned.setdefault(key, set())
        if (sign := self._next("==", "!=")) is not None:
            value = self._take("text")
            asked.add(value)
            return lambda labels: (labels.get(key) == value) is (sign == "==")
        word = self._take("word")
        if word == "in":
            inside = self._set()
            asked |= inside
            return lambda labels: labels.get(key) in inside
        if word == "not" and self._next("in") is not None:
            outside = self._set()
            asked |= outside
            return lambda labels: labels.get(key) not in outside
        if word == "contains":
            part = self._take("text")
            asked.add(part)
            return lambda labels: part in labels.get(key, "") and key in labels
        if word in ("starts", "ends") and self._next("with") is not None:
            affix = self._take("text")
            asked.add(affix)
            if word == "starts":
                return lambda labels: key in labels and labels[key].startswith(affix)
            return lambda labels: key in labels and labels[key].endswith(affix)
        raise self.unreadable()

    def _set(self) -> frozenset[str]:
        self._must("{")
        found: set[str] = set()
        while self._next("}") is None:
            found.add(self._take("text"))
            if self._next(",") is None:
                self._must("}")
                break
        return frozenset(found)

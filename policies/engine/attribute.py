"""An attribute of a resource, a Kubernetes object or a release, with everything a control may ask of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from policies.engine.finding import Finding
from policies.engine.reading import Reading
from policies.engine.values import Unknown, same, show

if TYPE_CHECKING:
    from policies.engine.resource import Resource

_SECRET_NAME = re.compile(r"(?:.*[._])?(?:secret|password|token|private_key|client_key|secret_key|access_key)(?:_wo)?")
_PRIVATE_KEY = "PRIVATE KEY-----"


class Attribute(Reading):
    """One attribute, and the findings about it: each `must_…` yields one unless it holds."""

    __slots__ = ()

    def finding(self, message: str, *, expected: Any = None, unknown: bool = False) -> Finding:
        """Return a finding about this attribute; found is what it holds, unless that is a secret."""
        return Finding.about(
            self.owner, f"{self.name} {message}", found=self._shown(), expected=show(expected), unknown=unknown
        )

    def _shown(self) -> Any:
        """Return what a report may show, for a report is read by more people than a secret."""
        shown = show(self.node)
        literal_text = isinstance(shown, str) and "${" not in shown
        if literal_text and (_PRIVATE_KEY in shown or (shown and _SECRET_NAME.fullmatch(self.path))):
            return f"{len(shown)} characters that are not shown"
        return shown

    def _said(self, value: Any) -> str:
        shown = self._shown()
        return _quote(value) if shown == show(self.node) else str(shown)

    def _unknown(self, error: Unknown, expected: Any) -> Finding:
        return Finding.about(self.owner, str(error), found=self._shown(), expected=show(expected), unknown=True)

    def must_be(self, expected: Any) -> Iterator[Finding]:
        """Yield a finding unless this is exactly the literal `expected`."""
        try:
            found = self.data()
        except Unknown as error:
            yield self._unknown(error, expected)
            return
        if not same(found, expected):
            yield self.finding(f"is {self._said(found)}, must be {_quote(expected)}", expected=expected)

    def must_be_one_of(self, allowed: Collection[Any]) -> Iterator[Finding]:
        """Yield a finding unless this is a literal among `allowed`."""
        try:
            found = self.data()
        except Unknown as error:
            yield self._unknown(error, allowed)
            return
        if not any(same(found, each) for each in allowed):
            choices = ", ".join(map(_quote, allowed))
            yield self.finding(f"is {self._said(found)}, must be one of {choices}", expected=list(allowed))

    def must_hold_exactly(self, expected: Collection[str]) -> Iterator[Finding]:
        """Yield a finding unless this list holds exactly the strings `expected`, in any order."""
        try:
            found = self.strings()
        except Unknown as error:
            yield self._unknown(error, expected)
            return
        wanted = set(expected)
        if set(found) != wanted:
            missing, extra = sorted(wanted - set(found)), sorted(set(found) - wanted)
            detail = "; ".join(
                text for text in (missing and f"lacks {missing}", extra and f"has {extra} too many") if text
            )
            yield self.finding(f"is {found}: {detail}", expected=sorted(wanted))

    def must_be_absent(self, why: str) -> Iterator[Finding]:
        """Yield a finding if the configuration sets this at all."""
        if not self.absent:
            yield self.finding(f"is {self._said(show(self.node))}, must not be set: {why}", expected="absent")

    def must_be_between(self, low: float, high: float) -> Iterator[Finding]:
        """Yield a finding unless this is a number from `low` to `high`."""
        expected = f"{low:g} to {high:g}"
        try:
            found = self.number()
        except Unknown as error:
            yield self._unknown(error, expected)
            return
        if found is None or not low <= found <= high:
            yield self.finding(f"is {self._said(self.data())}, must be {expected}", expected=expected)

    def must_refer_to(self, target: Resource | None, what: str) -> Iterator[Finding]:
        """Yield a finding unless this refers to `target`, or spells its id, ARN or name."""
        try:
            followed = [] if target is None else self.follow(target.kind)
        except Unknown as error:
            yield self._unknown(error, what)
            return
        if target not in followed:
            yield self.finding(f"is {self._said(show(self.node))}, must refer to {what}", expected=what)


def _quote(value: Any) -> str:
    return "absent" if value is None else repr(value)

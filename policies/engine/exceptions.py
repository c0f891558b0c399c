"""Exceptions: a finding that is known, owned and excused until a day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from policies.engine.control import Control, Result
from policies.engine.finding import Finding

LONGEST = timedelta(days=180)
_KEYS = ("control", "address", "reason", "owner", "approved_by", "ticket", "expires")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


def _never(scope: Any) -> None:
    """Never called: exceptions are judged where they are applied."""


CONTROL = Control(
    id="X20-exceptions",
    decision="X",
    title="Each exception is sound, in force and needed",
    severity="high",
    scope="estate",
    reads=("cluster",),
    judge=_never,
    remediation="Remove the exception, or renew it with a reason, an owner, an approver and a ticket.",
)


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry of the exceptions file that is well formed."""

    control: str
    address: str
    reason: str
    owner: str
    approved_by: str
    ticket: str
    expires: date
    cluster: str = "*"

    def covers(self, result: Result) -> bool:
        """Whether this excuses `result`."""
        if result.finding is None or result.control.id != self.control or result.control.decision == "X":
            return False
        return fnmatchcase(result.finding.address, _pattern(self.address)) and fnmatchcase(result.cluster, self.cluster)

    def days_left(self, today: date) -> int:
        """Days until it ends; 0 on its last day."""
        return (self.expires - today).days


def _pattern(text: str) -> str:
    return text.replace("[", "[[]")


@dataclass
class Exceptions:
    """The exceptions file: what is in force and what is wrong with it."""

    file: str = "policies/exceptions.yaml"
    waivers: list[Waiver] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    used: dict[Waiver, int] = field(default_factory=dict)

    def apply(self, results: Iterable[Result], *, today: date, complete: bool) -> list[Result]:
        """Return `results` with excused ones marked, and a failure for each exception that is unsound or, where everything was judged, unused."""
        in_force = [each for each in self.waivers if 0 <= each.days_left(today) <= LONGEST.days]
        out: list[Result] = []
        for result in results:
            waiver = next((each for each in in_force if each.covers(result)), None)
            if waiver is None or result.verdict not in ("FAIL", "UNKNOWN") or not result.control.waivable:
                out.append(result)
                continue
            self.used[waiver] = self.used.get(waiver, 0) + 1
            text = f"{result.message} (excepted until {waiver.expires}: {waiver.reason})"
            out.append(replace(result, verdict="EXCEPTED", message=text, waived_by=waiver))
        return out + [
            Result(CONTROL, "", "synth", "FAIL", len(self.waivers), Finding(self.file, text), text)
            for text in (*self.problems, *self._wrong(today, complete))
        ]

    def _wrong(self, today: date, complete: bool) -> Iterable[str]:
        for each in self.waivers:
            name = f"{self.file}: {each.control} for {each.address}"
            left = each.days_left(today)
            if left < 0:
                yield f"{name} expired on {each.expires}"
            elif left > LONGEST.days:
                yield f"{name} runs until {each.expires}, more than {LONGEST.days} days from {today}"
            elif complete and each not in self.used:
                yield f"{name} excuses nothing"


def read_exceptions(path: Path, controls: dict[str, Control]) -> Exceptions:
    """Read the exceptions file; whatever is malformed becomes a problem, never an exception."""
    found = Exceptions(path.name if not path.parent.name else f"{path.parent.name}/{path.name}")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        found.problems.append(f"{found.file}: {error.strerror or error}")
        return found
    if not any(
        line.strip() and not line.lstrip().startswith("#") and line.strip() != "[]" for line in text.splitlines()
    ):
        return found
    import yaml  # only where there is an exception to read

    try:
        entries = yaml.safe_load(text)
    except yaml.YAMLError as error:
        found.problems.append(f"{found.file}: not YAML: {error}")
        return found
    if not isinstance(entries, list):
        found.problems.append(f"{found.file}: a list of exceptions is expected")
        return found
    for number, entry in enumerate(entries, 1):
        problem = _problem(entry, controls)
        if problem:
            found.problems.append(f"{found.file}: exception {number} {problem}")
        else:
            expires = entry["expires"]
            day = expires if isinstance(expires, date) else date.fromisoformat(expires)
            texts = {key: str(entry[key]) for key in _KEYS if key != "expires"}
            found.waivers.append(Waiver(**texts, expires=day, cluster=str(entry.get("cluster", "*"))))
    return found


def _problem(entry: Any, controls: dict[str, Control]) -> str:
    """Return what is wrong with one entry; empty if nothing."""
    if not isinstance(entry, dict):
        return "is no map"
    missing = [key for key in _KEYS if not str(entry.get(key) or "").strip()]
    unknown = sorted(map(str, set(entry) - {*_KEYS, "cluster"}))
    if missing or unknown:
        return "; ".join(
            text for text in (missing and f"lacks {missing}", unknown and f"has unknown keys {unknown}") if text
        )
    record = controls.get(str(entry["control"]))
    if record is None:
        return f"names no control: {entry['control']}"
    if not record.waivable:
        return f"names {record.id}, which cannot be waived"
    if len(str(entry["reason"]).strip()) < 20:
        return "gives a reason of fewer than 20 characters"
    if entry["owner"] == entry["approved_by"]:
        return "is approved by its owner"
    address = str(entry["address"])
    type_, _, name = address.partition(".")
    if "*" in type_ or "?" in type_ or not name or not re.search(r"[A-Za-z0-9]{2}", name.replace("*", "")):
        if not address.startswith("cluster "):
            return f"is too broad: {address} must name a resource type and part of a name"
    elif address.startswith("cluster ") and "*" in address:
        return f"is too broad: {address}"
    expires = entry["expires"]
    if not isinstance(expires, date) and not _DATE.match(str(expires)):
        return f"expires on {expires!r}, which is no date like 2027-01-31"
    if not isinstance(expires, date):
        try:
            date.fromisoformat(str(expires))
        except ValueError:
            return f"expires on {expires!r}, which is no date"
    return ""

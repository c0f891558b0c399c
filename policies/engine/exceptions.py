"""Exceptions: a finding that is known, owned and excused until a day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

from policies.engine.control import Control, Result
from policies.engine.finding import Finding

LONGEST = timedelta(days=180)
_KEYS = ("control", "address", "reason", "owner", "approved_by", "ticket", "expires")
HISTORY = "exceptions-history.yaml"
"""What was in force once; beside the file of what is."""
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


@dataclass(frozen=True, slots=True)
class Ended:
    """An exception that is no longer in force, with the day it ended and why."""

    waiver: Waiver
    ended: date
    why: str

    @property
    def name(self) -> str:
        """How a problem names it."""
        return f"{HISTORY}: {self.waiver.control} for {self.waiver.address}"


def _pattern(text: str) -> str:
    return text.replace("[", "[[]")


@dataclass
class Exceptions:
    """The exceptions file: what is in force and what is wrong with it."""

    file: str = "policies/exceptions.yaml"
    waivers: list[Waiver] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    used: dict[Waiver, int] = field(default_factory=dict)
    history: list[Ended] = field(default_factory=list)
    """What was in force once, oldest first."""

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
                yield f"{name} expired on {each.expires}: move it to {HISTORY}, with the day it ended and why"
            elif left > LONGEST.days:
                yield f"{name} runs until {each.expires}, more than {LONGEST.days} days from {today}"
            elif complete and each not in self.used:
                yield f"{name} excuses nothing: move it to {HISTORY}, with the day it ended and why"
            if any(past.waiver == each for past in self.history):
                yield f"{name} is in force, and stands in {HISTORY} as well"
        for past in self.history:
            if past.ended > today:
                yield f"{past.name} ended on {past.ended}, which is not yet"
        for past, following in pairwise(self.history):
            if following.ended < past.ended:
                yield f"{past.name} ended on {past.ended}, after the one below it: entries are added at the end"


def read_exceptions(path: Path, controls: dict[str, Control]) -> Exceptions:
    """Read the exceptions file; whatever is malformed becomes a problem, never an exception."""
    found = Exceptions(path.name if not path.parent.name else f"{path.parent.name}/{path.name}")
    for number, entry in enumerate(_entries(path, found.file, found.problems), 1):
        problem = _problem(entry, controls)
        if problem:
            found.problems.append(f"{found.file}: exception {number} {problem}")
        else:
            found.waivers.append(_waiver(entry))
    former = path.with_name(HISTORY)
    if former.exists():
        _read_history(former, found)
    return found


def _read_history(path: Path, found: Exceptions) -> None:
    for number, entry in enumerate(_entries(path, HISTORY, found.problems), 1):
        problem = _problem(entry, None)
        if not problem and len(str(entry["why"]).strip()) < 20:
            problem = "says in fewer than 20 characters why it ended"
        if problem:
            found.problems.append(f"{HISTORY}: exception {number} {problem}")
        else:
            found.history.append(Ended(_waiver(entry), _day(entry["ended"]), str(entry["why"])))


def _entries(path: Path, name: str, problems: list[str]) -> list[Any]:
    """Return the entries of a file; what keeps it from being read is a problem."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problems.append(f"{name}: {error.strerror or error}")
        return []
    if not any(
        line.strip() and not line.lstrip().startswith("#") and line.strip() != "[]" for line in text.splitlines()
    ):
        return []
    import yaml  # only where there is an exception to read

    try:
        entries = yaml.safe_load(text)
    except yaml.YAMLError as error:
        problems.append(f"{name}: not YAML: {error}")
        return []
    if not isinstance(entries, list):
        problems.append(f"{name}: a list of exceptions is expected")
        return []
    return entries


def _waiver(entry: dict[str, Any]) -> Waiver:
    texts = {key: str(entry[key]) for key in _KEYS if key != "expires"}
    return Waiver(**texts, expires=_day(entry["expires"]), cluster=str(entry.get("cluster", "*")))


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _problem(entry: Any, controls: dict[str, Control] | None) -> str:
    """Return what is wrong with one entry, of what ended where `controls` are None; empty if nothing."""
    if not isinstance(entry, dict):
        return "is no map"
    keys = _KEYS if controls is not None else (*_KEYS, "ended", "why")
    missing = [key for key in keys if not str(entry.get(key) or "").strip()]
    unknown = sorted(map(str, set(entry) - {*keys, "cluster"}))
    if missing or unknown:
        return "; ".join(
            text for text in (missing and f"lacks {missing}", unknown and f"has unknown keys {unknown}") if text
        )
    record = controls.get(str(entry["control"])) if controls is not None else None
    if controls is not None and record is None:
        return f"names no control: {entry['control']}"
    if record is not None and not record.waivable:
        return f"names {record.id}, which cannot be waived"
    if len(str(entry["reason"]).strip()) < 20:
        return "gives a reason of fewer than 20 characters"
    if entry["owner"] == entry["approved_by"]:
        return "is approved by its owner"
    address = str(entry["address"])
    type_, _, name = address.partition(".")
    if address.startswith("cluster "):
        if set("*?[") & set(address):
            return f"is too broad: {address} must name one cluster"
    elif "*" in type_ or "?" in type_ or not re.search(r"[A-Za-z0-9]{2}", name.replace("*", "")):
        return f"is too broad: {address} must name a resource type and part of a name"
    return _no_date("expires", entry["expires"]) or _no_date("ended", entry.get("ended", date.min))


def _no_date(what: str, day: Any) -> str:
    """Return what is wrong with a day; empty if nothing."""
    if isinstance(day, datetime) or (not isinstance(day, date) and not _DATE.match(str(day))):
        return f"{what} on {day!r}, which is no date like 2027-01-31"
    if not isinstance(day, date):
        try:
            date.fromisoformat(str(day))
        except ValueError:
            return f"{what} on {day!r}, which is no date"
    return ""

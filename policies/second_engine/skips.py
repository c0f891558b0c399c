"""Findings of checkov's own checks that are accepted, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

SKIPS = Path(__file__).with_name("skips.yaml")
_KEYS = {"check", "where", "reason"}


@dataclass(frozen=True, slots=True)
class Skip:
    """One accepted finding."""

    check: str
    where: str
    reason: str

    def covers(self, check: str, stack: str, address: str) -> bool:
        """Whether this accepts what `check` finds at an address of a stack."""
        return check == self.check and fnmatchcase(f"{stack}/{address}", self.where.replace("[", "[[]"))


def read_skips(path: Path = SKIPS) -> tuple[list[Skip], list[str]]:
    """Return the skips in a file, and what is wrong with those that are none."""
    try:
        entries: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (OSError, yaml.YAMLError) as error:
        return [], [f"{path.name}: {error}"]
    if not isinstance(entries, list):
        return [], [f"{path.name}: a list of skips is expected"]
    skips: list[Skip] = []
    problems: list[str] = []
    for number, entry in enumerate(entries, 1):
        problem = _problem(entry)
        if problem:
            problems.append(f"{path.name}: skip {number} {problem}")
        else:
            skips.append(Skip(**entry))
    return skips, problems


def _problem(entry: Any) -> str:
    """Return what is wrong with one entry; empty if nothing."""
    if not isinstance(entry, dict) or set(entry) != _KEYS or not all(isinstance(each, str) for each in entry.values()):
        return f"must hold {', '.join(sorted(_KEYS))} as text, and nothing else"
    if len(entry["reason"].strip()) < 20:
        return "gives a reason of fewer than 20 characters"
    stack, _, address = entry["where"].partition("/")
    kind, _, name = address.removeprefix("data.").partition(".")
    if not stack or not kind or "*" in kind or not name.strip("*"):
        return f"is too broad: {entry['where']} must be stack/type.name, with the type written out"
    return ""

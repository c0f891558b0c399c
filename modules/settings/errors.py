"""What is wrong with the settings, said so that the reader can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_GIVEN = 100
"""Characters of a given value that a message shows."""


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing that is wrong: file, line and column (from 1), key path, what was given, what is allowed."""

    file: str
    line: int
    column: int
    key: str
    given: str
    allowed: str
    nearest: str | None = None
    """The valid key nearest to one that is not."""
    rule: str | None = None
    """Name of the broken rule between settings."""

    def __str__(self) -> str:
        """Return the problem as one line, its place in the form that editors open."""
        hint = f'; did you mean "{self.nearest}"?' if self.nearest else ""
        rule = f" [{self.rule}]" if self.rule else ""
        return f"{self.file}:{self.line}:{self.column}: {self.key}: given {self.given}; allowed: {self.allowed}{hint}{rule}"


class SettingsError(Exception):
    """Raised when the settings are refused; carries every problem of the run."""

    def __init__(self, problems: Iterable[Problem], *, unchecked: str | None = None) -> None:
        """Keep the problems in the order of files and lines; `unchecked` says what could not be judged for them."""
        self.problems = tuple(sorted(set(problems), key=lambda each: (each.file, each.line, each.column, str(each))))
        self.unchecked = unchecked
        super().__init__(self.report())

    def report(self) -> str:
        """Return all problems, one a line, with their number above and what they kept from being checked below."""
        count = len(self.problems)
        lines = [f"The settings have {count} problem{'' if count == 1 else 's'}:", *map(str, self.problems)]
        if self.unchecked:
            lines.append(self.unchecked)
        return "\n".join(lines)

    def __str__(self) -> str:
        """Return the report."""
        return self.report()


def shown(value: object, *, key: str = "") -> str:
    """Return a given value as a message shows it: shortened, in one line, and never what may be a secret."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    if "secret" in key.rpartition(".")[2] and not value.startswith("/"):
        return f"text of {len(value):,} characters, not shown"
    text = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in value[:LONGEST_GIVEN])
    return f'"{text}"' if len(value) <= LONGEST_GIVEN else f'"{text}…" ({len(value):,} characters)'


def dotted(path: Iterable[str | int]) -> str:
    """Return a key path as text, such as `namespaces[3].name`; a part that is long or not printable is shortened."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            if not part:
                plain = '""'
            elif len(part) <= 60 and part.isprintable():
                plain = part
            else:
                plain = f"{part[:60].encode('unicode_escape').decode()}…"
            text += f".{plain}" if text else plain
    return text or "(the whole file)"

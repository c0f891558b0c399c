"""fluent-bit's classic configuration, as sections with keys."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from policies.engine.attribute import Attribute
from policies.engine.values import Unknown


@dataclass(frozen=True, slots=True)
class Section:
    """One section of fluent-bit's configuration; keys in lower case."""

    kind: str
    values: dict[str, str] = field(default_factory=dict)

    def get(self, key: str) -> str:
        """Return a value as it is written; empty where it is absent."""
        return self.values.get(key, "")

    def matches(self, tag: str) -> bool:
        """Whether `Match` or `Match_Regex` covers `tag`."""
        if regex := self.get("match_regex"):
            return re.search(regex, tag) is not None
        pattern = ".*".join(re.escape(part) for part in self.get("match").split("*"))
        return bool(self.get("match")) and re.fullmatch(pattern, tag) is not None


def sections(attribute: Attribute) -> list[Section]:
    """Return the sections of a classic configuration; raise Unknown for a line that is none of one."""
    found: list[Section] = []
    text = attribute.text() or ""
    if "{{" in text:
        raise Unknown(attribute.name, "holds a template of Helm's, which the chart evaluates")
    for line in text.splitlines():
        words = line.split(None, 1)
        if not words or words[0].startswith("#"):
            continue
        if match := re.fullmatch(r"\[(\w+)\]", line.strip()):
            found.append(Section(match.group(1).upper()))
        elif not found or line.startswith("@"):
            raise Unknown(attribute.name, f"holds the line {line!r}, which cannot be judged")
        else:
            key = words[0].lower()
            if key in found[-1].values:
                raise Unknown(attribute.name, f"says {words[0]} twice in one section")
            found[-1].values[key] = words[1].strip() if len(words) > 1 else ""
    return found

"""Findings of checkov's own checks that are accepted, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

SKIPS = Path(__file__).with_name("skips.yaml")
_ALLOWED = {
    "check": "an id of checkov's",
    "where": "stack/type.name, with the type written out",
    "reason": "why this is accepted, in 20 characters or more",
}
_KEYS = ", ".join(_ALLOWED)


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
    """Return the skips in a file, and for each that is none its place, what was given and what is allowed."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        return [], [_at(path, error.problem_mark, f"not YAML: {error.problem}; allowed: a list of skips")]
    except (OSError, yaml.YAMLError) as error:
        return [], [f"{path.name}: {error}; allowed: a list of skips"]
    if root is None:
        return [], []
    if not isinstance(root, yaml.SequenceNode):
        return [], [_at(path, root.start_mark, "no list is given; allowed: a list of skips")]
    skips: list[Skip] = []
    problems: list[str] = []
    for entry in root.value:
        wrong = list(_wrong(entry))
        problems += [_at(path, mark, text) for mark, text in wrong]
        if not wrong:
            skips.append(Skip(**{key.value: value.value for key, value in entry.value}))
    return skips, problems


def _at(path: Path, mark: yaml.Mark | None, text: str) -> str:
    place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
    return f"{path.name}{place}: {text}"


def _wrong(entry: yaml.Node) -> Iterator[tuple[yaml.Mark, str]]:
    """Yield place and text of each thing that is wrong with one entry."""
    if not isinstance(entry, yaml.MappingNode):
        yield entry.start_mark, f"no map is given; allowed: a map of {_KEYS}"
        return
    given: dict[str, str] = {}
    for key, value in entry.value:
        text = value.value if isinstance(value, yaml.ScalarNode) else None
        if key.value not in _ALLOWED or key.value in given:
            again = "is given twice" if key.value in given else "is given"
            yield key.start_mark, f"key {key.value!r} {again}; allowed: {_KEYS}, each once"
        elif text is None or value.tag != "tag:yaml.org,2002:str":
            yield (
                value.start_mark,
                f"{key.value}: {text or 'no text'} is given; allowed: text that says {_ALLOWED[key.value]}",
            )
        elif fault := _fault(key.value, text):
            yield value.start_mark, f"{key.value}: {text!r} {fault}; allowed: text that says {_ALLOWED[key.value]}"
        given[str(key.value)] = str(text)
    if missing := [key for key in _ALLOWED if key not in given]:
        yield entry.start_mark, f"key {', '.join(missing)} is not given; allowed: {_KEYS}, each once"


def _fault(key: str, text: str) -> str:
    if key == "reason" and len(text.strip()) < 20:
        return "has fewer than 20 characters"
    stack, _, address = text.partition("/")
    kind, _, name = address.removeprefix("data.").partition(".")
    if key == "where" and (not stack or not kind or "*" in kind or not name.strip("*")):
        return "is too broad"
    return ""

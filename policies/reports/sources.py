"""Finds the Python class that made a construct, by reading the constructs' source.

Nothing of `modules/` is imported: a class makes the constructs that its code creates with itself, or a scope it was
given, as their first argument. Ids that are put together stand for whatever fits them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_ANYTHING = ".+"
_SCOPES = frozenset({"self", "scope", "stack"})
_IN_PASSING = frozenset({"settings", "fast_synth", "stacks", "auth0", "release.py", "ephemeral.py", "objects.py"})
"""Below `modules/`: what makes resources for others, who say what they are to be."""


@dataclass
class Source:
    """A class, or a function that is given a scope: where it stands, what it makes, and which id it gives itself."""

    file: str
    line: int
    bases: list[str] = field(default_factory=list)
    makes: list[tuple[str, str]] = field(default_factory=list)
    """Pattern of the id and name of the class, for each construct that it makes."""
    own_id: str = ""
    """Pattern of the id that it hands to its base; empty where its maker says it."""

    @property
    def answers(self) -> bool:
        """Whether a finding is mended here rather than where this is used."""
        return self.file.split("/")[1] not in _IN_PASSING


def class_of(path: str) -> tuple[str, int] | None:
    """Return file and line of the class that made what stands at a construct path; the nearest above it of ours."""
    sources = _sources()
    stack, *rest = path.split("/")
    stacks = [(each.own_id, name) for name, each in sources.items() if each.own_id and _is_stack(name)]
    here = _best(stacks, stack)
    if here is None:
        return None
    way = [here]
    for segment in rest:
        way.append(_best([*_makes(way[-1])], segment) or way[-1])
    found = next((sources[each] for each in reversed(way) if sources[each].answers), sources[here])
    return found.file, found.line


def _is_stack(name: str) -> bool:
    source = _sources().get(name)
    return name == "TerraformStack" or (source is not None and any(map(_is_stack, source.bases)))


def _makes(name: str) -> Iterator[tuple[str, str]]:
    """Yield pattern and class of each construct that a class makes, itself or by what it hands its scope to."""
    source = _sources().get(name)
    if source is not None:
        for pattern, made in source.makes:
            if pattern or (made in _sources() and _sources()[made].own_id):
                yield pattern or _sources()[made].own_id, made
            else:
                yield from _makes(made)
        for base in source.bases:
            yield from _makes(base)


def _best(candidates: list[tuple[str, str]], segment: str) -> str | None:
    """Return the class whose pattern fits `segment`: that of most letters, a class rather than a function."""
    fitting = [each for each in candidates if each[1] in _sources() and re.fullmatch(each[0], segment)]
    if not fitting:
        return None
    return max(fitting, key=lambda each: (len(each[0].replace(_ANYTHING, "")), bool(_sources()[each[1]].bases)))[1]


@cache
def _sources() -> dict[str, Source]:
    names = _Names(ROOT / "modules" / "settings" / "names.py")
    found: dict[str, Source] = {}
    for file in sorted((ROOT / "modules").rglob("*.py")):
        if file.is_relative_to(ROOT / "modules" / "settings"):
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        constants = names | _Names(file, tree)
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found[node.name] = _source(node, file.relative_to(ROOT).as_posix(), constants)
    return found


def _source(node: ast.ClassDef | ast.FunctionDef, file: str, constants: _Names) -> Source:
    bases = [ast.unparse(each).split(".")[-1] for each in getattr(node, "bases", ())]
    source = Source(file, node.lineno, bases)
    for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
        scoped = bool(call.args) and isinstance(call.args[0], ast.Name) and call.args[0].id in _SCOPES
        if not scoped:
            continue
        id_ = constants.pattern(call.args[1]) if len(call.args) > 1 else ""
        if isinstance(call.func, ast.Name):
            source.makes.append((id_, call.func.id))
        elif ast.unparse(call.func) == "super().__init__" and ast.unparse(call.args[-1]) != "id_":
            source.own_id = id_
    return source


class _Names:
    """What the constants and one-line functions of a module stand for."""

    def __init__(self, file: Path, tree: ast.Module | None = None) -> None:
        self.patterns: dict[str, str] = {}
        for node in (tree or ast.parse(file.read_text(encoding="utf-8"))).body:
            if isinstance(node, ast.FunctionDef) and isinstance(node.body[-1], ast.Return) and node.body[-1].value:
                self.patterns[node.name] = self.pattern(node.body[-1].value)
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            value = getattr(node, "value", None)
            if len(targets) == 1 and isinstance(targets[0], ast.Name) and isinstance(value, ast.expr):
                self.patterns[targets[0].id] = self.pattern(value)

    def __or__(self, other: _Names) -> _Names:
        other.patterns = self.patterns | other.patterns
        return other

    def pattern(self, node: ast.expr) -> str:
        """Return a regular expression of what an expression may come to."""
        if isinstance(node, ast.Constant):
            return re.escape(str(node.value))
        if isinstance(node, ast.JoinedStr):
            return "".join(map(self.pattern, node.values))
        if isinstance(node, ast.FormattedValue):
            return self.pattern(node.value)
        name = ast.unparse(node.func if isinstance(node, ast.Call) else node).split(".")
        if len(name) == 1 or name[0] == "names":
            return self.patterns.get(name[-1], _ANYTHING)
        return _ANYTHING

"""What a provider's bindings say of its blocks: their structs are made from the provider's own schema."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

STRUCT = re.compile(r"^class (\w+)(?:\([\w.]*\))?:\n    def __init__\(\s*(self,\s+\*,.*?)\) -> None:", re.M | re.S)
RELEASE = re.compile(r"/providers/hashicorp/aws/([\d.]+)/docs/")


@dataclass(frozen=True)
class Argument:
    """One argument: whether it must be given, whether it may be a list, and the struct that a block of it has."""

    required: bool
    repeated: bool
    struct: str | None


Structs = Mapping[str, Mapping[str, Argument]]


@cache
def structs_of(module: Path) -> Structs:
    """Return the structs of one type's module, by name; read as text, for loading them takes seconds."""
    signatures = dict(STRUCT.findall((module / "__init__.py").read_text(encoding="utf-8")))
    return {name: _arguments(text, signatures) for name, text in signatures.items()}


def release_of(module: Path) -> str:
    """Return the release of the provider that a module is made from."""
    (found,) = set(RELEASE.findall((module / "__init__.py").read_text(encoding="utf-8")))
    return str(found)


def _arguments(signature: str, structs: Collection[str]) -> dict[str, Argument]:
    (function,) = ast.parse(f"def _({signature}): ...").body
    assert isinstance(function, ast.FunctionDef)
    found = {}
    for each, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        words = list(ast.walk(each.annotation)) if each.annotation else []
        named = (word.value for word in words if isinstance(word, ast.Constant) and isinstance(word.value, str))
        repeated = any(isinstance(word, ast.Attribute) and word.attr == "Sequence" for word in words)
        found[each.arg] = Argument(default is None, repeated, next((name for name in named if name in structs), None))
    return found


def problems(body: Mapping[str, Any], struct: str, structs: Structs, where: str) -> Iterator[str]:
    """Yield what the provider would refuse of a block: unknown, missing, nested otherwise."""
    arguments = structs[struct]
    for name in arguments:
        if arguments[name].required and name not in body:
            yield f"{where}.{name} is missing"
    for name, value in body.items():
        if name == "//":
            continue
        if name not in arguments:
            yield f"{where}.{name} is unknown"
            continue
        argument = arguments[name]
        blocks = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Mapping)]
        if len(blocks) > 1 and not argument.repeated:
            yield f"{where}.{name} stands {len(blocks)} times"
        for each in blocks if argument.struct is not None else ():
            yield from problems(each, argument.struct or "", structs, f"{where}.{name}")

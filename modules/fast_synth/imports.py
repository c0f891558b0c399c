"""Spares the imports of the bindings what costs seconds and is of no use here."""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.metadata
import sys
import types
import typing
from collections.abc import Callable
from typing import Any

from modules.fast_synth.lean_code import GENERATED, load_generated_lean

PROVIDER_PACKAGES = tuple(
    prefix + provider
    for prefix in ("cdktf_cdktf_provider_", "cdktn_provider_")
    for provider in ("aws", "helm", "kubernetes")
)


def skip_what_no_one_needs() -> None:
    """Take every short cut that holds for any version of the packages."""
    _skip_roots()
    _ask_versions_once()
    if "pytest" in sys.modules:
        _resolve_hints(functools.cache(typing.get_type_hints))
    else:
        _skip_argument_checks()
        load_generated_lean()


def _skip_roots() -> None:
    """Stand in for the packages' roots, which import every one of thousands of modules."""
    for name in PROVIDER_PACKAGES:
        if name in sys.modules:
            continue
        found = importlib.machinery.PathFinder.find_spec(name)
        if found is None or found.submodule_search_locations is None:
            continue
        package = types.ModuleType(name)
        package.__spec__, package.__path__ = found, list(found.submodule_search_locations)
        sys.modules[name] = package


def _ask_versions_once() -> None:
    """Remember the versions of packages: each generated module asks, which reads files each time."""
    importlib.metadata.version = functools.cache(importlib.metadata.version)


class _NoHints(dict[str, Any]):
    """Hints that nobody will look at."""

    def __missing__(self, _: str) -> None:
        return None


def _resolve_hints(of_generated: Callable[[Any], dict[str, Any]]) -> None:
    """Have `of_generated` give the hints of generated checking stubs, which each call would resolve anew."""
    stock = typing.get_type_hints

    def get_type_hints(obj: Any, *args: Any, **named: Any) -> dict[str, Any]:
        if args or named or not isinstance(obj, types.FunctionType) or not obj.__module__.startswith(GENERATED):
            return stock(obj, *args, **named)
        return of_generated(obj)

    typing.get_type_hints = get_type_hints


def _skip_argument_checks() -> None:
    """Leave checks of argument types to mypy, the tests and Node; theirs in Python take a third of the building time.

    The checker itself wants one class of unittest.mock, which would import asyncio and ssl.
    """
    spared = "unittest.mock" not in sys.modules
    if spared:
        mock = types.SimpleNamespace(Mock=type("Mock", (), {}))
        sys.modules["unittest.mock"] = typing.cast("types.ModuleType", mock)
    try:
        typeguard: Any = importlib.import_module("typeguard")
    finally:
        if spared:
            del sys.modules["unittest.mock"]
    typeguard.check_type = lambda *_, **__: None
    nothing = _NoHints()
    _resolve_hints(lambda _: nothing)

"""Spares the imports of the bindings what costs seconds and is of no use here."""

from __future__ import annotations

import functools
import importlib
import importlib.machinery
import importlib.metadata
import sys
import types
import typing
from collections.abc import Callable
from typing import Any

from modules.fast_synth.known import Versions, are_known
from modules.fast_synth.lean_code import GENERATED, load_generated_lean

PROVIDER_PACKAGES = tuple(
    prefix + provider
    for prefix in ("cdktf_cdktf_provider_", "cdktn_provider_")
    for provider in ("aws", "helm", "kubernetes")
)
TYPEGUARD: Versions = {"typeguard": ("2.13.3",)}
"""That whose check is one function, which wants one class of unittest.mock."""


def skip_what_no_one_needs() -> None:
    """Take every short cut that these packages allow."""
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
        package = _Root(name)
        package.__spec__, package.__path__ = found, list(found.submodule_search_locations)
        sys.modules[name] = package


class _Root(types.ModuleType):
    """Stands in for a package's root; whoever asks for more than its modules gets the root itself, slowly."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if importlib.machinery.PathFinder.find_spec(f"{self.__name__}.{name}", self.__path__):
            return importlib.import_module(f"{self.__name__}.{name}")
        if sys.modules.get(self.__name__) is self:
            self._load()
        return getattr(sys.modules[self.__name__], name)

    def _load(self) -> None:
        """Import the root itself; it has the modules that are loaded already as attributes too."""
        del sys.modules[self.__name__]
        root = importlib.import_module(self.__name__)
        for loaded, module in list(sys.modules.items()):
            above, _, name = loaded.rpartition(".")
            if above == self.__name__ and not hasattr(root, name):
                setattr(root, name, module)


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

    With another typeguard they are made.
    The checker itself wants one class of unittest.mock, which would import asyncio and ssl.
    """
    if not are_known(TYPEGUARD):
        return
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

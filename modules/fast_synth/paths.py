"""Knows the path of each construct without asking Node, which is asked for hundreds of them in the naming of elements."""

from __future__ import annotations

from typing import Any

from modules.fast_synth.known import Versions, are_known

CONSTRUCTS: Versions = {"constructs": ("10.7.2", "10.8.1")}
"""Those whose paths are ids joined by slashes."""
_KNOWN = "_path_below_app"


def remember_paths() -> None:
    """Remember the path of each construct that is created from now on; with another constructs, Node is asked for each."""
    if not are_known(CONSTRUCTS):
        return
    import jsii

    stock = jsii.create

    def create(klass: Any, obj: Any, args: Any = None) -> Any:
        path = _path(klass, args or [])
        if path is not None:
            obj.__dict__[_KNOWN] = path
        return stock(klass, obj, args)

    jsii.create = create


def path_of(construct: Any) -> str:
    """Return the path of a construct, ids joined by slashes, as `construct.node.path` says it."""
    known = getattr(construct, _KNOWN, None)
    return construct.node.path if known is None else str(known)


def _path(klass: Any, args: list[Any]) -> str | None:
    """Return the path of what is being created with `args`, None where only Node knows it."""
    if str(klass.__jsii_type__).rpartition(".")[2] == "App":
        return ""
    if len(args) < 2 or not isinstance(args[1], str) or not args[1] or "/" in args[1]:
        return None
    above = getattr(args[0], _KNOWN, None)
    return None if above is None else f"{above}/{args[1]}".removeprefix("/")

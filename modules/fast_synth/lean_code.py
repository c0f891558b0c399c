"""Loads the generated modules without their docstrings, their checks of arguments and the evaluation of annotations.

Nobody reads them at synthesis. The code compiled so is kept beside Python's own, for a source of one size and time, and
made again when it does not fit.
"""

from __future__ import annotations
import __future__

import contextlib
import importlib.util
import marshal
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

GENERATED = ("cdktf", "cdktn", "constructs")
"""How the names of generated modules begin."""


def load_generated_lean() -> None:
    """Load the generated modules so from now on."""
    sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds generated modules where Python does."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith(GENERATED):
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and type(found.loader) is SourceFileLoader:
            found.loader = _Loader(name, found.loader.path)
        return found


class _Loader(SourceFileLoader):
    """Loads a module's lean code."""

    def get_code(self, fullname: str) -> CodeType:
        source, kept = Path(self.path), Path(importlib.util.cache_from_source(self.path, optimization="lean"))
        now = source.stat()
        head = importlib.util.MAGIC_NUMBER + f"{now.st_size} {now.st_mtime_ns}\n".encode()
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            data = kept.read_bytes()
            if data.startswith(head):
                code: CodeType = marshal.loads(memoryview(data)[len(head) :])
                return code
        lean: CodeType = compile(
            source.read_bytes(), self.path, "exec", __future__.annotations.compiler_flag, dont_inherit=True, optimize=2
        )
        fresh = kept.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            fresh.write_bytes(head + marshal.dumps(lean))
            fresh.replace(kept)
        return lean

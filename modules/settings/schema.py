"""Writes the JSON Schemas of the settings files, to which the files themselves point editors."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modules.settings.describe import KINDS, explain, schema_of

__all__ = ["explain", "main", "schemas", "write_schemas"]

FOLDER = Path(__file__).resolve().parents[2] / "clusters" / "schema"
"""Where the settings files point editors to."""


def schemas() -> Iterator[tuple[str, str]]:
    """Yield file name and text of the schema of each kind of file."""
    for kind in KINDS:
        schema: dict[str, Any] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **schema_of(kind),
        }
        yield f"{kind}.schema.json", f"{json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False)}\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into `folder`, which is made where it is missing; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in schemas():
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def main() -> int:
    """Write every schema where the settings files point to and say so; return the exit code."""
    for path in write_schemas(FOLDER):
        sys.stdout.write(f"wrote {os.path.relpath(path)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

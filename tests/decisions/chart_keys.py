"""The keys that the pinned charts know, so that a typo in a value is found where no chart is at hand.

What a chart leaves open holds no key but those that `passed_on` lists.
`python -m tests.decisions.chart_keys` writes them from the charts into `tests/fixtures/charts/`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from modules.release import ChartPin
from tests.decisions.charts import pins
from tests.decisions.passed_on import PASSED_ON
from tests.decisions.rendering import Helm, KeyPath

Json = Any

FOLDER: Final = Path(__file__).resolve().parents[1] / "fixtures" / "charts"
ANYTHING: Final = "*"
"""Stands for what a chart leaves open: an empty map, a list, nothing at all."""


def keys(value: Json) -> Json:
    """The nested keys of a chart's own values: a map, `ANYTHING` where the chart leaves them open, None for a plain value."""
    if isinstance(value, Mapping) and value:
        return {str(key): keys(each) for key, each in value.items()}
    return ANYTHING if value is None or isinstance(value, Mapping | list) else None


def known(chart: str) -> Json:
    """The keys that a chart knows, with those that it passes on."""
    (path,) = FOLDER.glob(f"{chart}-*.json")
    return _joined(json.loads(path.read_text()), PASSED_ON[chart])


def _joined(under: Json, over: Json) -> Json:
    if not (isinstance(under, Mapping) and isinstance(over, Mapping)):
        return over
    return {**under, **{key: _joined(under.get(key), each) for key, each in over.items()}}


def unknown(values: Json, tree: Json, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Paths of `values` that a tree of known keys does not have; what a list holds has the list's path."""
    if isinstance(values, list):
        for each in values:
            yield from unknown(each, tree, path)
    elif isinstance(values, Mapping):
        for key, value in values.items():
            if isinstance(tree, Mapping) and key in tree:
                yield from unknown(value, tree[key], (*path, key))
            else:
                yield (*path, key)


def file_of(pin: ChartPin) -> Path:
    """Where the keys of a chart are committed."""
    return FOLDER / f"{pin.name}-{pin.version}.json"


def text_of(helm: Helm, pin: ChartPin) -> str:
    """The keys of a chart at hand as they are committed."""
    return f"{json.dumps(keys(helm.default_values(pin.name)), indent=1, sort_keys=True)}\n"


def main() -> int:
    """Write the keys of every pinned chart, and those of no other; return the exit code."""
    helm = Helm.at_hand()
    if helm is None:
        sys.stderr.write("neither CHARTS_DIR nor the repositories give helm the charts\n")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    for pin in pins():
        file_of(pin).write_text(text_of(helm, pin), encoding="utf-8", newline="\n")
        sys.stdout.write(f"wrote {os.path.relpath(file_of(pin))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

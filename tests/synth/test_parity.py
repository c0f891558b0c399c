"""CDKTF and its successor cdktn write the same fleet (docs/cdktn.md), by bindings of other releases of each provider.

That the newest AWS provider knows what they write is not left to the classes: `tests/providers/test_newest_aws.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.synth.command import ROOT, Tree, tree

SUCCESSOR = ROOT / ".venv-cdktn" / "bin" / "python"


def normalised(value: Any) -> Any:
    """Return a value with a list of one object as that object, and without CDKTF's notes on itself."""
    if isinstance(value, dict):
        return {key: normalised(each) for key, each in value.items() if key != "//"}
    if isinstance(value, list):
        found = [normalised(each) for each in value]
        return found[0] if len(value) == 1 and isinstance(value[0], dict) else found
    return value


def written_by(python: str | Path, clusters: Path, out: Path) -> dict[str, Any]:
    """Return the stacks that main.py writes under `python`."""
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "TMPDIR", "LANG")}
    done = subprocess.run(
        [str(python), str(ROOT / "main.py"), "--clusters", str(clusters), "--out", str(out)],
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return stacks_of(tree(out))


def stacks_of(files: Tree) -> dict[str, Any]:
    """Return the parsed stacks among the files of an output."""
    return {Path(name).parent.name: json.loads(files[name]) for name in files if name.endswith("/cdk.tf.json")}


@pytest.mark.parametrize("clusters", ["clusters", "tests/fixtures/adr-2021"])
def test_the_successor_writes_the_same(written: Tree, tmp_path: Path, clusters: str) -> None:
    if not SUCCESSOR.exists():
        pytest.fail("the successor is not installed: run `make parity`, or `.ci/install cdktn` first")
    committed = clusters == "clusters"
    ours = stacks_of(written) if committed else written_by(sys.executable, ROOT / clusters, tmp_path / "cdktf")
    theirs = written_by(SUCCESSOR, ROOT / clusters, tmp_path / "cdktn")
    assert ours
    assert sorted(ours) == sorted(theirs)
    for name, stack in ours.items():
        notes = theirs[name].pop("//")["metadata"]
        assert notes["version"].startswith("0.24."), "this was not the successor"
        assert normalised(theirs[name]) == normalised(stack), name


def test_normalising_hides_nothing_else() -> None:
    assert normalised({"a": [{"b": 1}]}) == normalised({"a": {"b": 1}})
    assert normalised({"a": [1, 2]}) != normalised({"a": [2, 1]})
    assert normalised({"a": [{"b": 1}]}) != normalised({"a": {"b": "1"}})
    assert normalised({"a": [1]}) != normalised({"a": 1})
    assert normalised({"a": ["b"]}) != normalised({"a": "b"})
    assert normalised({"a": [[1]]}) != normalised({"a": [1]})
    assert normalised({"a": [[{"b": 1}]]}) != normalised({"a": {"b": 1}})
    assert normalised({"a": [{"b": 1}, {"b": 1}]}) != normalised({"a": {"b": 1}})
    assert normalised({"a": []}) != normalised({"a": {}})

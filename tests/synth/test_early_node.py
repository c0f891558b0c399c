"""What Node notes for its next run is small and true, and it ends when it is asked to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modules.fast_synth import early_node
from modules.fast_synth.prepare import find_node
from tests.synth.command import ROOT


class Notes(NamedTuple):
    """A copy of what runs in Node, and the two files in which it keeps notes."""

    runtime: Path
    hashes: Path
    code: Path


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    fast = tmp_path / "fast_synth"
    shutil.copytree(Path(early_node.__file__).parent, fast, ignore=shutil.ignore_patterns("__pycache__"))
    return Notes(fast / "runtime.cjs", tmp_path / "hashes.json", tmp_path / "code.bin")


def load_constructs(notes: Notes) -> Any:
    """Have a Node of its own load the smallest package; return the hashes that it knows afterwards, by file."""
    loads, folder = early_node._loads(), early_node._folder("jsii")
    assert loads
    assert folder
    done = subprocess.run(
        [find_node(), "--preserve-symlinks", str(notes.runtime)],
        input="\n".join(json.dumps(each) for each in ({"api": "load", **loads[0]}, {"exit": 0})) + "\n",
        env=os.environ
        | {
            "JSII_EMBEDDED": str(folder / "_embedded" / "jsii"),
            "FAST_SYNTH_MEMORY": str(notes.hashes),
            "FAST_SYNTH_CODE": str(notes.code),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert '{"ok":{"assembly":"constructs"' in done.stdout, done.stdout + done.stderr
    return json.loads(notes.hashes.read_text())


def test_a_hash_is_noted_once_and_without_the_package(notes: Notes) -> None:
    known = load_constructs(notes)
    [(file, note)] = known.items()
    assert Path(file).name.startswith("constructs@")
    assert note["salts"].startswith("\0,constructs,\0,"), "what is hashed with the file is not what was noted"
    assert notes.hashes.stat().st_size < 1000, "the package itself was noted"
    first = notes.hashes.stat().st_ino
    assert load_constructs(notes) == known
    assert notes.hashes.stat().st_ino == first, "what was noted is not made use of"


def test_notes_that_grew_too_large_to_read_are_begun_anew(notes: Notes) -> None:
    notes.hashes.write_text(json.dumps({"/elsewhere.jsii.tgz": {"salts": "a package" * 200_000}}))
    assert [Path(file).name.partition("@")[0] for file in load_constructs(notes)] == ["constructs"]


def test_compiled_code_is_kept_of_packages_alone(notes: Notes) -> None:
    """Not of the files of ours: each copy of the project has its own, and the file would grow with each."""
    load_constructs(notes)
    kept = notes.code.read_bytes()
    assert b"/lib__program.js" in kept
    assert b"naming.cjs" not in kept


def test_node_that_is_asked_to_stop_does_so_before_what_was_sent_early(tmp_path: Path) -> None:
    """And clears its folder: a refusal does not wait for packages that nobody will use."""
    code = (
        "from modules.fast_synth import early_node\n"
        "from modules.fast_synth.prepare import find_node\n"
        "assert early_node.start(find_node())\n"
        "node = early_node._process\n"
        "for _ in range(2):\n"
        "    node.stdout.readline()\n"
        "assert early_node.stop()\n"
        "assert node.returncode == 0\n"
        "print(len(node.stdout.readlines()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loads = early_node._loads() or []
    sent = len(loads) + len(early_node._classes(loads))
    assert int(done.stdout) < sent - 1, "it did all that was sent first"
    assert not [*tmp_path.iterdir()]

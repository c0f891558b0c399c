"""The output is written whole or not at all, and nothing of anybody else's is touched."""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from modules import output
from modules.output import Compared, OutputError, Synthesize, compare, write

Tree = dict[str, bytes]


def fleet_of(*names: str, mark: str = "one", assets: tuple[str, ...] = ()) -> Synthesize:
    """Return a synthesis of stacks `names` whose content is `mark`."""

    def synthesize(folder: Path) -> None:
        for name in names:
            stack = folder / "stacks" / name
            stack.mkdir(parents=True)
            block = {"resource": {"null_resource": {"a": {"triggers": {"mark": mark}}}}}
            (stack / "cdk.tf.json").write_text(json.dumps(block))
            for asset in assets:
                (stack / "assets" / asset).mkdir(parents=True)
                (stack / "assets" / asset / "file").write_text(mark)
        stacks = {name: {"synthesizedStackPath": f"stacks/{name}/cdk.tf.json"} for name in names}
        (folder / "manifest.json").write_text(json.dumps({"stacks": stacks}))

    return synthesize


def tree(folder: Path) -> Tree:
    """Return every file below `folder` with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_writes_and_reports(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "er" / "out"
    written = write(out, fleet_of("a", "b"))
    assert [(each.name, each.resources, each.change) for each in written.stacks] == [("a", 1, "new"), ("b", 1, "new")]
    assert set(tree(out)) == {"manifest.json", "stacks/a/cdk.tf.json", "stacks/b/cdk.tf.json"}
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert [each.change for each in write(out, fleet_of("a", "b")).stacks] == ["unchanged"] * 2
    assert [each.change for each in write(out, fleet_of("a", "b", mark="two")).stacks] == ["changed"] * 2


def test_keeps_what_it_did_not_generate(tmp_path: Path) -> None:
    write(tmp_path / "out", fleet_of("a", assets=("old",)))
    stack = tmp_path / "out" / "stacks" / "a"
    others = {".terraform.lock.hcl": "lock", "terraform.tfstate": "state", "plan": "plan", ".terraform/x": "x"}
    for name, text in others.items():
        (stack / name).parent.mkdir(exist_ok=True)
        (stack / name).write_text(text)
    (tmp_path / "out" / "notes.md").write_text("mine")
    write(tmp_path / "out", fleet_of("a", mark="two", assets=("new",)))
    after = tree(stack)
    assert {name: after[name].decode() for name in others} == others
    assert set(after) - set(others) == {"cdk.tf.json", "assets/new/file"}, "a stale asset stayed"
    assert (tmp_path / "out" / "notes.md").read_text() == "mine"


def test_removes_stale_stacks_but_never_state(tmp_path: Path) -> None:
    write(tmp_path / "out", fleet_of("a", "gone", "stateful"))
    stacks = tmp_path / "out" / "stacks"
    (stacks / "gone" / ".terraform").mkdir()
    (stacks / "gone" / "plan").write_text("plan")
    (stacks / "stateful" / "terraform.tfstate").write_text("state")
    written = write(tmp_path / "out", fleet_of("a"))
    assert written.removed == ["gone"]
    assert written.kept == {"stateful": ["terraform.tfstate"]}
    assert not (stacks / "gone").exists()
    assert (stacks / "stateful" / "terraform.tfstate").read_text() == "state"
    assert (stacks / "stateful" / "cdk.tf.json").exists(), "what a destroy needs"
    assert compare(tmp_path / "out", fleet_of("a")) == Compared(stale=[], kept={"stateful": ["terraform.tfstate"]})


def refuse(_: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def refuse_in_node(folder: Path) -> None:
    fleet_of("a", mark="two")(folder)
    raise RuntimeError("Error: ENOSPC: no space left on device, write")


@pytest.mark.parametrize("failing", [refuse, refuse_in_node])
def test_a_full_disk_leaves_the_former_output(tmp_path: Path, failing: Synthesize) -> None:
    write(tmp_path / "out", fleet_of("a", "b"))
    before = tree(tmp_path)
    with pytest.raises(OutputError, match=r"cannot write .*former output is untouched"):
        write(tmp_path / "out", failing)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("fails_at", range(1, 12))
def test_a_failing_move_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
    write(tmp_path / "out", fleet_of("a", "b", "gone", assets=("one",)))
    before = tree(tmp_path)
    moves = 0
    stock = Path.rename

    def rename(source: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == fails_at:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return stock(source, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OutputError):
        write(tmp_path / "out", fleet_of("a", "b", mark="two", assets=("two",)))
    assert moves >= fails_at
    assert tree(tmp_path) == before


@pytest.mark.parametrize("residue", ["${TfToken[TOKEN.1]}", "#{Token[1]}", "<x object at 0x7f00>", "/checkout/x"])
def test_residue_is_refused(tmp_path: Path, residue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "__file__", "/checkout/modules/output.py")
    write(tmp_path / "out", fleet_of("a"))
    before = tree(tmp_path)
    with pytest.raises(OutputError, match=r"a/cdk\.tf\.json would hold"):
        write(tmp_path / "out", fleet_of("a", mark=residue))
    assert tree(tmp_path) == before


def test_a_manifest_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    def synthesize(folder: Path) -> None:
        fleet_of("a")(folder)
        (folder / "stacks" / "b").mkdir()

    with pytest.raises(OutputError, match="its manifest names"):
        write(tmp_path / "out", synthesize)
    assert not (tmp_path / "out").exists()


def test_two_runs_at_once_do_not_mix(tmp_path: Path) -> None:
    inside = 0
    most = 0

    def slowly(inner: Synthesize) -> Callable[[Path], None]:
        def synthesize(folder: Path) -> None:
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            inner(folder)
            threading.Event().wait(0.05)
            inside -= 1

        return synthesize

    runs = [
        threading.Thread(target=write, args=(tmp_path / "out", slowly(fleet_of("a", "b", mark=mark))))
        for mark in ("one", "two", "three", "four")
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert most == 1
    stacks = tree(tmp_path / "out")
    assert stacks["stacks/a/cdk.tf.json"] == stacks["stacks/b/cdk.tf.json"]


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".out-unfinished-abc" / "stacks").mkdir(parents=True)
    write(tmp_path / "out", fleet_of("a"))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


KILLED = 137
STEPS = ("rename", "unlink", "rmdir")
"""What changes the disk and so can be the last that happens to it."""


def killed(at: int, out: Path, synthesize: Synthesize) -> bool:
    """Write in a process that is killed before its step number `at`; return whether it came to that."""
    child = os.fork()
    if child == 0:
        steps = iter(range(1, at))

        def counted(stock: Callable[..., Any], *args: Any, **named: Any) -> Any:
            if next(steps, None) is None:
                os._exit(KILLED)
            return stock(*args, **named)

        for name in STEPS:
            setattr(os, name, partial(counted, getattr(os, name)))
        with contextlib.suppress(OutputError):
            write(out, synthesize)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def test_a_killed_run_leaves_one_output_or_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is killed, and the next runs while they mend that; the run after those finds nothing mixed."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    out = tmp_path / "out"
    new = fleet_of("a", "b", mark="two", assets=("two",))
    write(out, new)
    whole = tree(out)
    finished = []
    for at in itertools.count(1):
        shutil.rmtree(out)
        write(out, fleet_of("a", "b", "gone", assets=("one",)))
        former = tree(out)
        if not killed(at, out, new):
            break
        for again in (at % 5, at % 7, at % 11):
            killed(again + 1, out, refuse)
        with pytest.raises(OutputError):
            write(out, refuse)
        assert tree(tmp_path) in ({f"out/{name}": text for name, text in each.items()} for each in (former, whole)), at
        finished.append(tree(out) == whole)
    assert finished == sorted(finished)
    assert {*finished} == {False, True}


def test_compare_names_what_is_stale_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert compare(out, fleet_of("a")).stale == ["a", "manifest.json"]
    assert not out.exists()
    write(out, fleet_of("a", "b", "c"))
    assert compare(out, fleet_of("a", "b", "c")) == Compared(stale=[], kept={})
    (out / "stacks" / "b" / "cdk.tf.json").write_text("{}")
    before = tree(tmp_path)
    assert compare(out, fleet_of("a", "b")).stale == ["b", "c", "manifest.json"]
    assert tree(tmp_path) == before

"""Puts a synthesized fleet where it belongs: whole or not at all, and without touching what it did not generate."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

STACK_FILE = "cdk.tf.json"
VERSIONS = "versions.tf"
ASSETS = "assets"
PARTS = (ASSETS, VERSIONS, STACK_FILE)
"""What is generated of a stack's folder."""
MANIFEST = "manifest.json"
REPLACEABLE = frozenset({".terraform", ".terraform.lock.hcl", "plan"})
"""What Terraform and the cdktf CLI leave in a stack's folder and can make again."""
RESIDUE = ("${TfToken[", "#{Token", "object at 0x")
"""Marks of values that were not resolved."""

NODE_WRITE_ERRORS = ("ENOSPC", "EDQUOT", "EACCES", "EROFS", "EIO")
"""How Node, which writes the files, words a full or refusing disk."""

Change = Literal["new", "changed", "unchanged"]
Synthesize = Callable[[Path], None]
"""Writes a whole fleet into the folder it is given, laid out as CDKTF does."""


class OutputError(Exception):
    """Raised when the output cannot be written or must not be; the former output is as it was."""


@dataclass(frozen=True, slots=True)
class WrittenStack:
    """What one stack came to."""

    name: str
    resources: int
    """Resources, data sources and ephemeral resources."""
    size: int
    """Bytes of its `cdk.tf.json`."""
    change: Change


@dataclass(slots=True)
class Written:
    """What a run wrote, by stack, and the folders of former stacks that it removed or had to keep."""

    stacks: list[WrittenStack] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: dict[str, list[str]] = field(default_factory=dict)
    """Former stacks whose folder holds state or other files of somebody's; those files."""


def write(out: Path, synthesize: Synthesize) -> Written:
    """Run `synthesize` and move its result into `out`; raise OutputError and leave `out` as it was if that fails."""
    out = Path(os.path.realpath(out))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _alone(out):
            fresh = Path(tempfile.mkdtemp(prefix=_prefix(out), dir=out.parent))
            try:
                synthesize(fresh)
                return _move(fresh, out, _examine(fresh, out))
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}; the former output is untouched") from error
    except RuntimeError as error:
        reason = next((text for text in NODE_WRITE_ERRORS if text in str(error)), None)
        if reason is None:
            raise
        raise OutputError(f"cannot write {out}: {reason}; the former output is untouched") from error


def compare(out: Path, synthesize: Synthesize) -> list[str]:
    """Return what in `out` is not as `synthesize` writes it: names of stacks, and `manifest.json`."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "out"
        fresh.mkdir()
        synthesize(fresh)
        stale = [each.name for each in _examine(fresh, out).stacks if each.change != "unchanged"]
        former = {path.parent.name for path in out.glob(f"stacks/*/{STACK_FILE}")}
        stale += sorted(former - {path.name for path in (fresh / "stacks").iterdir()})
        if not _same(fresh / MANIFEST, out / MANIFEST):
            stale.append(MANIFEST)
        return stale


def _prefix(out: Path) -> str:
    return f".{out.name}-unfinished-"


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Wait until no other run writes below the parent of `out`; clear what a killed run left there."""
    lock = os.open(out.parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in out.parent.glob(f"{_prefix(out)}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield
    finally:
        os.close(lock)


def _examine(fresh: Path, out: Path) -> Written:
    """Return what `fresh` holds beside `out`; raise OutputError where it is not fit to be used."""
    written = Written()
    manifest = json.loads((fresh / MANIFEST).read_text(encoding="utf-8"))
    names = sorted(path.name for path in (fresh / "stacks").iterdir())
    if not names or sorted(manifest["stacks"]) != names:
        raise OutputError(f"synthesis wrote the stacks {names}, its manifest names {sorted(manifest['stacks'])}")
    _refuse_residue(fresh / MANIFEST, fresh)
    for name in names:
        folder, former = fresh / "stacks" / name, out / "stacks" / name
        text = _refuse_residue(folder / STACK_FILE, fresh)
        stack = json.loads(text)
        resources = sum(
            len(blocks) for kind in ("resource", "data", "ephemeral") for blocks in stack.get(kind, {}).values()
        )
        change: Change = "new" if not (former / STACK_FILE).exists() else "changed"
        if _generated(folder) == _generated(former) and all(
            _same(folder / each, former / each) for each in _generated(folder)
        ):
            change = "unchanged"
        written.stacks.append(WrittenStack(name, resources, len(text.encode()), change))
    return written


def _refuse_residue(path: Path, fresh: Path) -> str:
    """Return the text of a generated file; raise OutputError for unresolved values and this machine's paths."""
    text = path.read_text(encoding="utf-8")
    checkout = str(Path(__file__).resolve().parents[1])
    for mark in (*RESIDUE, f"{fresh}/", f"{checkout}/"):
        if mark in text:
            place = text.index(mark)
            raise OutputError(
                f"{path.parent.name}/{path.name} would hold {mark!r}: …{text[max(0, place - 60) : place + 60]!r}…"
            )
    return text


def _generated(stack: Path) -> list[Path]:
    """Return the generated files of a stack's folder, relative to it."""
    files = [path for path in (stack / ASSETS).rglob("*") if not path.is_dir()]
    files += [stack / name for name in (VERSIONS, STACK_FILE) if (stack / name).exists()]
    return sorted(path.relative_to(stack) for path in files)


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


class _Moves:
    """Moves that can be taken back."""

    def __init__(self, aside: Path) -> None:
        self._aside = aside
        self._done: list[tuple[Path, Path]] = []

    def put(self, source: Path, target: Path) -> None:
        """Move `source` to `target`; what stood there is kept aside."""
        self.take_away(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._move(source, target)

    def take_away(self, path: Path) -> None:
        """Move `path` aside if it is there."""
        if path.exists() or path.is_symlink():
            self._move(path, self._aside / str(len(self._done)))

    def take_back(self) -> None:
        """Undo every move, the last one first."""
        for source, target in reversed(self._done):
            target.rename(source)

    def _move(self, source: Path, target: Path) -> None:
        source.rename(target)
        self._done.append((source, target))


def _move(fresh: Path, out: Path, written: Written) -> Written:
    """Move what changed from `fresh` into `out`; all of it, or nothing."""
    aside = fresh / "former"
    aside.mkdir()
    moves = _Moves(aside)
    try:
        for stack in written.stacks:
            if stack.change != "unchanged":
                for part in PARTS:
                    source, target = (base / "stacks" / stack.name / part for base in (fresh, out))
                    moves.put(source, target) if source.exists() else moves.take_away(target)
        _remove_stale(out, {stack.name for stack in written.stacks}, moves, written)
        if not _same(fresh / MANIFEST, out / MANIFEST):
            moves.put(fresh / MANIFEST, out / MANIFEST)
    except BaseException:
        moves.take_back()
        raise
    return written


def _remove_stale(out: Path, current: set[str], moves: _Moves, written: Written) -> None:
    """Take away the folders of stacks that are no more; of those that hold somebody's files, the generated part."""
    for folder in sorted((out / "stacks").iterdir()) if (out / "stacks").is_dir() else []:
        if folder.name in current or not folder.is_dir():
            continue
        others = sorted(path.name for path in folder.iterdir() if path.name not in REPLACEABLE | {*PARTS})
        if others:
            written.kept[folder.name] = others
        else:
            moves.take_away(folder)
            written.removed.append(folder.name)

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
JOURNAL = "moves.json"
"""What a run is about to move, in its unfinished folder; gone when all is moved."""
FORMER = "former"
"""What stood where something else was moved to, in the same folder."""
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


@dataclass(frozen=True, slots=True)
class Compared:
    """How an output differs from what a run would write."""

    stale: list[str]
    """Names of stacks, and `manifest.json`."""
    kept: dict[str, list[str]]
    """Former stacks whose folder holds state or other files of somebody's; those files."""


def compare(out: Path, synthesize: Synthesize) -> Compared:
    """Return what in `out` is not as `synthesize` writes it."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "out"
        fresh.mkdir()
        synthesize(fresh)
        stacks = _examine(fresh, out).stacks
        stale = [each.name for each in stacks if each.change != "unchanged"]
        former = {folder.name: _others(folder) for folder in _former_stacks(out, {each.name for each in stacks})}
        stale += [name for name, others in former.items() if not others]
        if not _same(fresh / MANIFEST, out / MANIFEST):
            stale.append(MANIFEST)
        return Compared(stale, {name: others for name, others in former.items() if others})


def _prefix(out: Path) -> str:
    return f".{out.name}-unfinished-"


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Wait until no other run writes below the parent of `out`; take back and clear what a killed run left there."""
    lock = os.open(out.parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in [path for path in out.parent.iterdir() if path.name.startswith(_prefix(out))]:
            _recover(leftover)
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


def _move(fresh: Path, out: Path, written: Written) -> Written:
    """Move what changed from `fresh` into `out`; all of it, or nothing."""
    moves = _planned(fresh, out, written)
    if not moves:
        return written
    _write_journal(fresh, moves)
    try:
        for source, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
        _make_durable(moves, fresh)
    except BaseException:
        _take_back(moves)
        _close_journal(fresh)
        raise
    _close_journal(fresh)
    return written


def _planned(fresh: Path, out: Path, written: Written) -> list[tuple[Path, Path]]:
    """Return the moves, each to where nothing stands by then; note in `written` which former stacks go and stay."""
    moves: list[tuple[Path, Path]] = []

    def take_away(path: Path) -> None:
        if path.exists() or path.is_symlink():
            moves.append((path, fresh / FORMER / str(len(moves))))

    for stack in written.stacks:
        for part in PARTS if stack.change != "unchanged" else ():
            source, target = (base / "stacks" / stack.name / part for base in (fresh, out))
            take_away(target)
            if source.exists():
                moves.append((source, target))
    for folder in _former_stacks(out, {stack.name for stack in written.stacks}):
        if others := _others(folder):
            written.kept[folder.name] = others
        else:
            take_away(folder)
            written.removed.append(folder.name)
    if not _same(fresh / MANIFEST, out / MANIFEST):
        take_away(out / MANIFEST)
        moves.append((fresh / MANIFEST, out / MANIFEST))
    return moves


def _former_stacks(out: Path, current: set[str]) -> list[Path]:
    """Return the folders of stacks that are no more."""
    folders = sorted((out / "stacks").iterdir()) if (out / "stacks").is_dir() else []
    return [folder for folder in folders if folder.is_dir() and folder.name not in current]


def _others(stack: Path) -> list[str]:
    """Return somebody's files in a stack's folder, such as state; with them the stack itself stays, for a destroy needs it."""
    return sorted(path.name for path in stack.iterdir() if path.name not in REPLACEABLE | {*PARTS})


def _write_journal(fresh: Path, moves: list[tuple[Path, Path]]) -> None:
    """Leave on the disk, before the first of the moves, what takes them back if this process cannot."""
    unfinished = fresh / f"{JOURNAL}-unfinished"
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump([[str(path.relative_to(fresh.parent)) for path in move] for move in moves], file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(fresh / JOURNAL)
    _synchronize(fresh)


def _close_journal(fresh: Path) -> None:
    """Let what has been moved, or was taken back, be for good; only then may the unfinished folder be cleared."""
    (fresh / JOURNAL).unlink()
    _synchronize(fresh)


def _recover(leftover: Path) -> None:
    """Take back what a killed run had moved, if it had not come to its end."""
    if (leftover / JOURNAL).exists():
        moves = json.loads((leftover / JOURNAL).read_text(encoding="utf-8"))
        _take_back([(leftover.parent / source, leftover.parent / target) for source, target in moves])
        _close_journal(leftover)


def _take_back(moves: list[tuple[Path, Path]]) -> None:
    """Undo those of the moves that were made, the last one first."""
    for source, target in reversed(moves):
        if os.path.lexists(target) and not os.path.lexists(source):
            target.rename(source)


def _make_durable(moves: list[tuple[Path, Path]], fresh: Path) -> None:
    """Have the disk hold what was moved, and that it was."""
    for _, target in moves:
        for path in [target, *target.rglob("*")] if not target.is_relative_to(fresh) else ():
            _synchronize(path)
    for folder in {path.parent for move in moves for path in move}:
        _synchronize(folder)


def _synchronize(path: Path) -> None:
    """Wait until the disk holds a file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

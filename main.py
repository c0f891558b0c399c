"""Reads the fleet's settings and writes its Terraform JSON, one folder per stack."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from modules.output import Compared, Written
    from modules.settings.fleet import Fleet

ROOT = Path(__file__).resolve().parent
COMMITTED = ROOT / "terraform-out"

LOCAL_IS_FOR_SANDBOXES = (
    "a local backend is for sandboxes, and terraform-out/ is not one: name another folder with --out"
)

EPILOG = """\
examples:
  python main.py                                  write the committed fleet to terraform-out/
  python main.py --check                          say which of its stacks are not up to date
  python main.py --only test --out build/look     one cluster, to look at
  python main.py --clusters my-fleet --out build/mine
  python main.py --backend local --out build/sandbox
  python main.py --explain cluster.main.size

environment:
  CDKTF_OUTDIR            output folder where --out does not name one (the cdktf CLI sets it)
  PLATFORM_BACKEND=local  the same as --backend local
  JSII_NODE               the Node to use; without it the one in .venv, then the one on PATH
  FAST_SYNTH=0            load the bindings the stock way (slow; the same output)

exit codes:
  0  written, or up to date
  1  not up to date (--check), or the output could not be written; the former output is untouched
  2  the settings or the command line are refused; nothing was changed
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _explain(options.explain) if options.explain else _synthesize(options)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("modules", "policies"):
            raise
        _say(f"the package {error.name} is missing from {sys.executable}: run `make synth`, or use .venv/bin/python")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--clusters", type=Path, metavar="DIR", default=ROOT / "clusters", help="folder of the settings (clusters)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder to write to (terraform-out)")
    parser.add_argument("--only", nargs="+", metavar="CLUSTER", help="these clusters alone; needs a folder of its own")
    parser.add_argument(
        "--backend", choices=("s3", "local"), help="where Terraform keeps its state (as the settings say)"
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--explain", metavar="SETTING", help="explain a setting, such as cluster.main.size")
    action.add_argument("--check", action="store_true", help="write nothing; say which stacks are not up to date")
    return parser


def _explain(setting: str) -> int:
    from modules.settings.schema import explain

    try:
        print(explain(setting))
    except ValueError as error:
        _say(str(error))
        return 2
    return 0


def _synthesize(options: argparse.Namespace) -> int:
    """Write or check the output that `options` ask for."""
    started = time.monotonic()
    out = Path(options.out or os.environ.get("CDKTF_OUTDIR") or COMMITTED)
    backend = options.backend or os.environ.get("PLATFORM_BACKEND") or None
    refusal = _refusal(out, backend, options.only)
    if refusal:
        _say(refusal)
        return 2

    from modules.fast_synth.prepare import NodeMissingError, prepare

    try:
        prepare()
    except NodeMissingError as error:
        _say(str(error))
        return 1

    from modules.settings.errors import SettingsError
    from modules.settings.load import load_fleet, refuse

    try:
        fleet = _chosen(load_fleet(options.clusters), backend, options.only)
        if fleet.organisation.state.backend == "local" and out.resolve() == COMMITTED:
            refuse(options.clusters, "organisation", ("state", "backend"), f"s3; {LOCAL_IS_FOR_SANDBOXES}")
    except (SettingsError, _UnknownClusterError) as error:
        _say(str(error))
        return 2
    names = ", ".join(cluster.name for cluster in fleet.clusters)
    number = len(fleet.clusters)
    _say(f"read {number} cluster{'' if number == 1 else 's'} from {_short(options.clusters)}: {names}")

    from modules import app, output

    def synthesize(folder: Path) -> None:
        app.synthesize(fleet, folder)

    try:
        if options.check:
            return _report_check(output.compare(out, synthesize), out)
        written = output.write(out, synthesize)
    except output.OutputError as error:
        _say(str(error))
        return 1
    _report(written, out, time.monotonic() - started)
    return 0


def _refusal(out: Path, backend: str | None, only: list[str] | None) -> str | None:
    """Return why the command line is refused, if it is."""
    committed = out.resolve() == COMMITTED
    if backend not in (None, "s3", "local"):
        return f"PLATFORM_BACKEND is {backend!r}: allowed: s3, local"
    if backend == "local" and committed:
        return LOCAL_IS_FOR_SANDBOXES
    if only and committed:
        return "terraform-out/ holds the whole fleet: name another folder with --out to write some clusters alone"
    if out.exists() and not out.is_dir():
        return f"{out} is not a folder: name one with --out"
    return None


class _UnknownClusterError(Exception):
    """Raised when --only names a cluster that the fleet has not."""


def _chosen(fleet: Fleet, backend: str | None, only: list[str] | None) -> Fleet:
    """Return the fleet as the command line wants it: some clusters alone, another state backend."""
    if only:
        known = {cluster.name for cluster in fleet.clusters}
        unknown = sorted(set(only) - known)
        if unknown:
            raise _UnknownClusterError(f"no cluster {', '.join(unknown)}; the fleet has {', '.join(sorted(known))}")
        fleet = fleet.model_copy(update={"clusters": tuple(each for each in fleet.clusters if each.name in only)})
    if backend:
        state = fleet.organisation.state.model_copy(update={"backend": backend})
        fleet = fleet.model_copy(update={"organisation": fleet.organisation.model_copy(update={"state": state})})
    return fleet


def _report(written: Written, out: Path, seconds: float) -> None:
    """Print what was written."""
    width = max(len(stack.name) for stack in written.stacks)
    for stack in written.stacks:
        print(f"{stack.name:<{width}}  {stack.resources:>4} resources  {stack.size:>8,} bytes  {stack.change}")
    for name in written.removed:
        print(f"{name:<{width}}  removed: no longer a stack of the fleet")
    _report_kept(written.kept, out)
    total = sum(stack.resources for stack in written.stacks)
    changed = sum(stack.change != "unchanged" for stack in written.stacks)
    print(
        f"{len(written.stacks)} stacks, {total} resources, {changed} stacks changed, in {_short(out)} ({seconds:.1f} s)"
    )


def _report_check(compared: Compared, out: Path) -> int:
    """Say which stacks are stale; return the exit code."""
    _report_kept(compared.kept, out)
    if not compared.stale:
        print(f"{_short(out)} is up to date")
        return 0
    _say(f"{_short(out)} is not up to date: {', '.join(compared.stale)}; run `make synth` and commit the result")
    return 1


def _report_kept(kept: dict[str, list[str]], out: Path) -> None:
    """Say which folders stay though their stacks are no more, and what to do."""
    for name, files in kept.items():
        _say(
            f"kept {_short(out)}/stacks/{name}, no longer a stack of the fleet, for it holds {', '.join(files)}: "
            "destroy what it manages, then delete it"
        )


def _short(path: Path) -> str:
    """Return a path as the user would write it."""
    return os.path.relpath(path) if path.resolve().is_relative_to(Path.cwd()) else str(path)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _stop(*_: object) -> NoReturn:
    raise SystemExit(143)


if __name__ == "__main__":
    gc.disable()  # a short life, in which nearly nothing becomes garbage
    signal.signal(signal.SIGTERM, _stop)
    from modules.fast_synth.pipeline import MisfitError
    from modules.fast_synth.prepare import begin_anew, leave

    try:
        code = main()
    except MisfitError as misfit:
        _say(f"{misfit}: beginning anew with FAST_SYNTH=0")
        code = begin_anew()
    leave(code)

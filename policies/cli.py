"""The command line: `python -m policies check | explain | list | matrix`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the engine is imported by what needs it, so that --help is quick
    from policies.engine.judge import Report

FORMATS = ("table", "json", "markdown", "sarif", "junit", "html")
EXCEPTIONS = Path(__file__).resolve().parent / "exceptions.yaml"
DEFAULT_PATH = Path("terraform-out")


class UsageError(Exception):
    """The command line asks for what does not exist; exit code 2."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 holds, 1 broken, 2 cannot judge."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except UsageError as error:
        sys.stderr.write(f"policies: {error}\n")
        return 2
    except BrokenPipeError:
        return 2
    except Exception:  # whatever the suite itself does wrong is no verdict
        import traceback

        traceback.print_exc()
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m policies",
        description="Judges synthesized Terraform JSON, plans and states by the ADR's decisions.",
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    judge = commands.add_parser("check", help="judge; exit code 0 holds, 1 broken, 2 cannot judge")
    judge.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="folder with stacks/*/cdk.tf.json, or a plan or state file"
    )
    judge.add_argument(
        "--plan", action="append", default=[], type=Path, metavar="FILE", help="plan or state JSON; may be repeated"
    )
    judge.add_argument(
        "--only",
        nargs="+",
        action="extend",
        default=[],
        metavar="DECISION",
        help="judge these decisions only, such as D06",
    )
    judge.add_argument(
        "--format", action="append", default=[], metavar="FORMAT[=FILE]", help=f"{', '.join(FORMATS)}; may be repeated"
    )
    judge.add_argument(
        "--today", type=date.fromisoformat, default=None, metavar="DATE", help="day by which exceptions end"
    )
    judge.add_argument("--exceptions", type=Path, default=EXCEPTIONS, metavar="FILE", help="exceptions in force")
    judge.add_argument("--checkov", action="store_true", help="ask checkov's own checks too, as a second engine")
    judge.set_defaults(run=_check)
    explain = commands.add_parser("explain", help="what a control promises, why, and how to mend it")
    explain.add_argument("control")
    explain.set_defaults(run=_explain)
    commands.add_parser("list", help="every control").set_defaults(run=_list)
    commands.add_parser("matrix", help="decisions, modules, controls, violations, as docs/decisions.md").set_defaults(
        run=_matrix
    )
    return parser


def _formats(asked: Sequence[str]) -> list[tuple[str, Path | None]]:
    found: list[tuple[str, Path | None]] = []
    for text in asked or ["table"]:
        for each in text.split(","):
            name, _, file = each.partition("=")
            if name not in FORMATS:
                raise UsageError(f"unknown format {name!r}; allowed: {', '.join(FORMATS)}")
            found.append((name, Path(file) if file else None))
    if sum(file is None for _, file in found) > 1:
        raise UsageError("only one format can go to standard output; give the others a file: FORMAT=FILE")
    return found


def _only(asked: Sequence[str], known: set[str]) -> list[str]:
    found = sorted({part for each in asked for part in each.upper().split(",") if part})
    unknown = [each for each in found if each not in known]
    if unknown:
        raise UsageError(f"unknown decision {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    return found


def _check(options: argparse.Namespace) -> int:
    from policies.engine.control import load_controls
    from policies.engine.exceptions import CONTROL, read_exceptions
    from policies.engine.judge import begin, check, order
    from policies.engine.load import estates, load

    formats = _formats(options.format)
    paths = options.paths or ([] if options.plan else [DEFAULT_PATH])
    loaded = load(paths, options.plan)
    views = estates(loaded)
    if not options.only or "D02" in ",".join(options.only).upper().split(","):
        begin(load_controls("login"), views)  # login code takes longest: it runs while all else is imported
    controls = load_controls()
    only = _only(options.only, {each.decision for each in controls.values()} - {"X"})
    report = check(
        loaded,
        today=options.today or date.today(),
        only=only,
        exceptions=read_exceptions(options.exceptions, controls | {CONTROL.id: CONTROL}),
        controls=controls,
        views=views,
    )
    if options.checkov:
        from policies.second_engine.opinion import add_opinion  # checkov takes seconds to load

        add_opinion(report, loaded)
        report.results.sort(key=order)
    for name, file in formats:
        text = render(name, report, colour=file is None and sys.stdout.isatty())
        if file is None:
            sys.stdout.write(text)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return report.exit_code


def render(name: str, report: Report, *, colour: bool = False) -> str:
    """Return `report` in the format `name`."""
    module = importlib.import_module(f"policies.reports.{name}_report")
    text: str = module.render(report, colour=colour) if name == "table" else module.render(report)
    return text


def _explain(options: argparse.Namespace) -> int:
    from policies.engine.control import load_controls
    from policies.engine.exceptions import CONTROL
    from policies.reports import explain

    controls = load_controls() | {CONTROL.id: CONTROL}
    if options.control not in controls:
        close = [each for each in controls if options.control.upper() in each.upper()]
        raise UsageError(
            f"unknown control {options.control!r}" + (f"; did you mean {', '.join(close)}?" if close else "")
        )
    sys.stdout.write(explain.explain(controls[options.control]))
    return 0


def _list(_: argparse.Namespace) -> int:
    from policies.engine.control import load_controls
    from policies.engine.exceptions import CONTROL
    from policies.reports import explain

    sys.stdout.write(explain.listing(load_controls() | {CONTROL.id: CONTROL}))
    return 0


def _matrix(_: argparse.Namespace) -> int:
    from policies.engine.control import load_controls
    from policies.reports import decisions_page

    try:
        sys.stdout.write(decisions_page.decisions_page(load_controls()))
    except ModuleNotFoundError as error:
        raise UsageError(f"the violations stand in tests/, which is not here: {error}") from error
    return 0

"""The stock cdktf CLI, installed under build/ on demand."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "cdktf-cli"
VERSION = "0.21.0"
NODE = ("node", "--liftoff-only")
"""How Node runs it: what it draws and parses with is WebAssembly, which would be optimised longer than it is used."""

Command = tuple[str, ...]
"""What runs the CLI, to be followed by its arguments."""


class CliMissingError(Exception):
    """Raised where the CLI cannot be installed; the message says why."""


def cdktf_cli() -> Command:
    """Return what runs the cdktf CLI, installed if need be (about 20 s and 420 MB, once)."""
    program = FOLDER / VERSION / "node_modules" / ".bin" / "cdktf"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        # Who comes second finds it installed.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _install(FOLDER / VERSION)
    return *NODE, str(program)


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise CliMissingError("npm is missing: the stock cdktf CLI was not tried")
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / ".npmrc", folder / ".npmrc")
    done = subprocess.run(
        [npm, "install", "--no-package-lock", "--no-save", "--prefix", str(folder), f"cdktf-cli@{VERSION}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise CliMissingError(f"npm could not install cdktf-cli: {done.stderr.strip().splitlines()[-1:]}")


def cli_environment(**more: str) -> dict[str, str]:
    """Return an environment in which the CLI neither looks for news nor sends any; with `more` in it."""
    return os.environ | {"CHECKPOINT_DISABLE": "1", "DISABLE_VERSION_CHECK": "1", "CI": "1", "FORCE_COLOR": "0"} | more


def synth(cdktf: Command, project: Path, out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Have the CLI synthesize a project, with `environment` for the app."""
    return subprocess.run(
        [*cdktf, "synth", "--output", str(out)],
        cwd=project,
        env=cli_environment(**environment),
        capture_output=True,
        text=True,
        check=False,
    )

"""The stock cdktf CLI, kept beside the toolchain: `python -m tests.synth.cdktf_cli` installs it where it is missing.

Exit status: 0 when it is there, 2 when it cannot be installed.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tests.toolchain import cache_folder

ROOT = Path(__file__).resolve().parents[2]
VERSION = "0.21.0"
NODE = ("node", "--liftoff-only")
"""How Node runs it: what it draws and parses with is WebAssembly, which would be optimised longer than it is used."""

Command = tuple[str, ...]
"""What runs the CLI, to be followed by its arguments."""


class CliMissingError(Exception):
    """Raised where the CLI cannot be installed; the message says why."""


def folder() -> Path:
    """Return where the CLI is, or would be: another version or platform is another place."""
    return cache_folder() / f"cdktf-cli-{VERSION}-{platform.system()}-{platform.machine()}".lower()


def cdktf_cli() -> Command:
    """Return what runs the cdktf CLI, installed if need be (about 30 s and 420 MB, once); raise CliMissingError."""
    place = folder()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with (place.parent / f"{place.name}.lock").open("w") as lock:
            # Who comes second finds it installed.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.exists():
                _install(place)
    except OSError as error:
        raise CliMissingError(
            f"{error.filename or place}: {error.strerror}: the stock cdktf CLI was not tried"
        ) from None
    return *NODE, str(place / "node_modules" / ".bin" / "cdktf")


def _install(place: Path) -> None:
    """Have npm install it aside, and give it its name when it is whole."""
    npm = shutil.which("npm")
    if npm is None:
        raise CliMissingError("npm is missing: the stock cdktf CLI was not tried")
    part = place.with_name(f".{place.name}")
    shutil.rmtree(part, ignore_errors=True)  # of one that was interrupted
    part.mkdir()
    shutil.copy(ROOT / ".npmrc", part)
    done = subprocess.run(
        [npm, "install", "--no-package-lock", "--no-save", "--prefix", str(part), f"cdktf-cli@{VERSION}"],
        cwd=part,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        shutil.rmtree(part, ignore_errors=True)
        raise CliMissingError(f"npm could not install cdktf-cli: {done.stderr.strip().splitlines()[-1:]}")
    part.rename(place)


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


def main() -> int:
    """Install it, and say where it is or why not."""
    try:
        *_, program = cdktf_cli()
    except CliMissingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"cdktf-cli {VERSION}: {program}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

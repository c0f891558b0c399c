"""What deploys, compares and destroys stacks as its user would: the stock cdktf CLI, or terraform where there is no CLI.

The CLI synthesizes, installs the provider from where it is at hand, and runs terraform in each stack's folder. The ids of
the cluster's Auth0 clients are in SSM already, and the CLI is told not to miss the stack that makes them. It then minds no
order at all, so one stack is deployed after the other.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import yaml

from modules.settings.fleet import Fleet
from modules.settings.load import SHARED
from tests.sandbox.server import Environment
from tests.sandbox.terraform import SHORT_LIVED, Providers, Terraform
from tests.synth.cdktf_cli import Command, cli_environment

ROOT: Final = Path(__file__).resolve().parents[2]
ALONE: Final = ("--ignore-missing-stack-dependencies", "--auto-approve")
COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
COMPARED: Final = re.compile(r"No changes\.|Plan: ")
"""One of these is in what terraform says when it has compared."""


class Hand(Protocol):
    """Each method acts on stacks in an environment.

    The stacks' folders lie in `stacks`.
    """

    stacks: Path
    providers: Providers

    def deploy(self, stacks: Sequence[str], environment: Environment) -> None:
        """Create or change them, one after the other."""

    def compare(self, stack: str, environment: Environment) -> str:
        """Return what terraform says a deployment would change."""

    def destroy(self, stack: str, environment: Environment) -> None:
        """Take it away."""


def files_of(fleet: Fleet, folder: Path) -> Path:
    """Write settings to a folder, one file each."""
    folder.mkdir()
    data: dict[str, Any] = fleet.model_dump(mode="json", exclude_none=True)
    named = {name: data[name] for name in SHARED} | {each["name"]: each for each in data["clusters"]}
    for name, each in named.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(each))
    return folder


class Cli:
    """The stock CLI on the committed app, which writes to a folder of ours."""

    def __init__(self, command: Command, fleet: Fleet, folder: Path, providers: Providers) -> None:
        self.command, self.providers = command, providers
        self.out, self.stacks = folder / "out", folder / "out" / "stacks"
        self.app = shlex.join([sys.executable, "main.py", "--clusters", str(files_of(fleet, folder / "clusters"))])
        self.configuration = folder / "terraform.rc"
        self.configuration.write_text(providers.installation())

    def _run(self, environment: Environment, *arguments: str) -> str:
        told = {"PLATFORM_BACKEND": "local", "TF_CLI_CONFIG_FILE": str(self.configuration), "TF_IN_AUTOMATION": "1"}
        if self.stacks.exists():
            arguments = (*arguments, "--skip-synth")
        done = subprocess.run(
            [*self.command, *arguments, "--skip-provider-lock", "--app", self.app, "--output", str(self.out)],
            cwd=ROOT, env=cli_environment(**environment, **told, **SHORT_LIVED), capture_output=True, text=True, check=False,
        )  # fmt: skip
        printed = COLOURS.sub("", done.stdout + done.stderr)
        if done.returncode != 0:
            error = printed[max(printed.find("Error: "), 0) :]
            raise RuntimeError(f"cdktf {' '.join(arguments)} ended with {done.returncode}:\n{error}")
        # The CLI breaks lines where its terminal would end.
        return " ".join(printed.split())

    def deploy(self, stacks: Sequence[str], environment: Environment) -> None:
        """Create or change them, one after the other."""
        self._run(environment, "deploy", *stacks, *ALONE, "--parallelism", "1")

    def compare(self, stack: str, environment: Environment) -> str:
        """Return what terraform says a deployment would change."""
        for _ in range(3):  # on a busy machine the CLI's terminal now and then loses the last that terraform says
            said = self._run(environment, "diff", stack)
            if COMPARED.search(said):
                break
        return said

    def destroy(self, stack: str, environment: Environment) -> None:
        """Take it away."""
        self._run(environment, "destroy", stack, *ALONE)


class Bare:
    """Terraform without the CLI, in stacks that are written already."""

    def __init__(self, stacks: Path, providers: Providers) -> None:
        self.stacks, self.providers = stacks, providers

    def _run(self, stack: str, environment: Environment, *arguments: str) -> str:
        terraform = Terraform.ready(self.stacks / stack, providers=self.providers, environment=environment)
        return terraform.run(*arguments, "-no-color")

    def deploy(self, stacks: Sequence[str], environment: Environment) -> None:
        """Create or change them, one after the other."""
        for stack in stacks:
            self._run(stack, environment, "apply", "-auto-approve")

    def compare(self, stack: str, environment: Environment) -> str:
        """Return what terraform says a deployment would change."""
        return self._run(stack, environment, "plan")

    def destroy(self, stack: str, environment: Environment) -> None:
        """Take it away."""
        self._run(stack, environment, "destroy", "-auto-approve")

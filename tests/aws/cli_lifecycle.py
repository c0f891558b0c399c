"""The life of two stacks by the stock cdktf CLI, in a process of its own: `python -m tests.aws.cli_lifecycle FILE`.

As its user deploys: the CLI synthesizes, installs the provider from where it is at hand, and runs terraform in each stack's
folder. The ids of the cluster's Auth0 clients are in SSM already, and the CLI is told not to miss the stack that makes them.
It then minds no order at all, so one stack is deployed after the other.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import yaml

from modules.settings.load import SHARED, load_fleet
from tests.aws.census import census
from tests.aws.process import tell
from tests.sandbox.at_hand import ACCOUNT, providers_for
from tests.sandbox.fleet import sandboxed
from tests.sandbox.server import Environment, embedded_aws, furnish
from tests.synth.cdktf_cli import CliMissingError, cdktf_cli, cli_environment

ROOT: Final = Path(__file__).resolve().parents[2]
CLUSTER: Final = "test"
STACKS: Final = ("account", CLUSTER)
ALONE: Final = ("--ignore-missing-stack-dependencies", "--auto-approve")
COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


def settings(folder: Path) -> Path:
    """Write the committed settings to a folder, without the protection that would keep the account's stack."""
    folder.mkdir()
    for path in sorted((ROOT / "clusters").glob("*.yaml")):
        data = yaml.safe_load(path.read_text())
        if path.stem not in SHARED:
            data["protect"] = False
        (folder / path.name).write_text(yaml.safe_dump(data))
    return folder


class Cli:
    """The stock CLI on the committed app, which writes to a folder of ours."""

    def __init__(self, command: Path, folder: Path, aws: Environment) -> None:
        self.command, self.out = command, folder / "out"
        self.app = shlex.join([sys.executable, "main.py", "--clusters", str(settings(folder / "clusters"))])
        configuration = folder / "terraform.rc"
        configuration.write_text(providers_for([ACCOUNT]).installation())
        self.environment = cli_environment(
            **aws, PLATFORM_BACKEND="local", TF_CLI_CONFIG_FILE=str(configuration), TF_IN_AUTOMATION="1"
        )

    def run(self, command: str, *arguments: str) -> str:
        """Run one command and return what it printed, without colours."""
        begun = time.monotonic()
        done = subprocess.run(
            [str(self.command), command, *arguments, "--skip-provider-lock", "--app", self.app, "--output", str(self.out)],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        sys.stderr.write(f"cdktf {command} {' '.join(arguments)}: {time.monotonic() - begun:.0f} s\n")
        printed = COLOURS.sub("", done.stdout + done.stderr)
        if done.returncode != 0:
            told = printed[max(printed.find("Error: "), 0) :]
            raise RuntimeError(f"cdktf {command} ended with {done.returncode}:\n{told}")
        return printed

    def emitted(self, stack: str) -> int:
        """Return how many resources a stack holds."""
        content = json.loads((self.out / "stacks" / stack / "cdk.tf.json").read_text())
        return sum(len(named) for named in content["resource"].values())


def live(folder: Path) -> dict[str, Any]:
    """Deploy, look for changes, destroy; tell what was said and what stood in the account, or why that cannot be tried."""
    try:
        command = cdktf_cli()
    except CliMissingError as error:
        return {"obstacle": str(error)}
    fleet = sandboxed(load_fleet(ROOT / "clusters"))
    told: dict[str, Any] = {"deploy": {}, "diff": {}, "destroy": {}}
    with embedded_aws(fleet.account.id) as aws:
        furnish(aws, fleet)
        cli = Cli(command, folder, aws)
        told["before"] = census(aws, fleet)
        for stack in STACKS:
            again = [] if stack == STACKS[0] else ["--skip-synth"]
            told["deploy"][stack] = cli.run("deploy", stack, *ALONE, *again)
        told["during"], told["emitted"] = census(aws, fleet), {stack: cli.emitted(stack) for stack in STACKS}
        for stack in STACKS:
            told["diff"][stack] = cli.run("diff", stack, "--skip-synth")
        for stack in reversed(STACKS):
            told["destroy"][stack] = cli.run("destroy", stack, *ALONE, "--skip-synth")
        told["after"] = census(aws, fleet)
    return told


if __name__ == "__main__":
    tell(live, Path(sys.argv[1]))

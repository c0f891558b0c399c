"""The life of the account stack and of a cluster's, in a process of its own: `python -m tests.aws.lifecycle FILE`.

The stock cdktf CLI deploys both, compares the cluster's and destroys it; in between, terraform plans and does changes. It
takes minutes, of which the providers' fixed waits are most, so a test run starts it first and reads last what it wrote: what
was said, what each plan would do and what was there afterwards. It ends at once when its standard input does.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from modules.settings import names
from modules.settings.load import load_fleet
from tests.aws.census import census
from tests.aws.hands import Bare, Cli, Hand
from tests.aws.process import tell
from tests.sandbox.at_hand import ACCOUNT, providers_for
from tests.sandbox.fleet import Change, sandboxed, synthesize
from tests.sandbox.narrowed import SOURCE, narrowed, types_of
from tests.sandbox.server import Environment, embedded_aws, furnish
from tests.sandbox.terraform import Terraform
from tests.synth.cdktf_cli import CliMissingError, cdktf_cli

Result = TypeVar("Result")
CLUSTER: Final = "live"
ROOT: Final = Path(__file__).resolve().parents[2]


def _unprotected(data: dict[str, Any]) -> dict[str, Any]:
    """Lift the protection of all clusters; return the settings of the one that lives here."""
    for each in data["clusters"]:
        each["protect"] = False
    found: dict[str, Any] = next(each for each in data["clusters"] if each["name"] == CLUSTER)
    return found


def start(data: dict[str, Any]) -> None:
    """What is committed, unprotected and one Kubernetes version back."""
    _unprotected(data)["kubernetes_version"] = "1.34"


def changed(data: dict[str, Any]) -> None:
    """One node more, logs kept longer, the next Kubernetes version, which kube-proxy follows."""
    cluster = _unprotected(data)
    cluster["kubernetes_version"] = "1.35"
    cluster["main"]["size"]["desired"] += 1
    cluster["log_retention"] = 731
    data["account"]["session_manager"]["log_retention"] = 731


def retyped(data: dict[str, Any]) -> None:
    """Another order of instance types."""
    changed(data)
    cluster = _unprotected(data)
    cluster["main"]["instance_types"] = cluster["main"]["instance_types"][:2]


STEPS: Final[Mapping[str, Change]] = {"changed": changed, "retyped": retyped}
"""What is changed after the start, in this order."""


def standing(folder: Path) -> list[str]:
    """Return the addresses in the state of a stack, and what is amiss with one: tainted, or still to be destroyed."""
    state = json.loads((folder / "terraform.tfstate").read_text())
    return sorted(
        " ".join([f"{each['type']}.{each['name']}", *sorted({"status", "deposed"} & instance.keys())])
        for each in state["resources"]
        if each["mode"] == "managed"
        for instance in each["instances"]
    )


class Life:
    """One stack from its creation to its end, in the folder where it was deployed."""

    def __init__(self, stack: str, hand: Hand, written: Mapping[str, Path], environment: Environment) -> None:
        """Take what compares and destroys it, and what is written for each step."""
        self.stack, self.hand, self.written, self.environment = stack, hand, written, environment
        self.folder = hand.stacks / stack
        self.told: dict[str, Any] = {}

    def begin(self) -> None:
        """Compare it, once it is deployed."""
        self.told["created"] = standing(self.folder)
        self.told["compared"] = self.timed("compare", lambda: self.hand.compare(self.stack, self.environment))
        resources = json.loads((self.folder / "cdk.tf.json").read_text())["resource"]
        self.told["emitted"] = sorted(f"{kind}.{name}" for kind, named in resources.items() for name in named)

    def step(self, name: str) -> None:
        """Plan a step, do it, and plan again."""
        (self.folder / "cdk.tf.json").write_text((self.written[name] / self.stack / "cdk.tf.json").read_text())
        self.terraform = Terraform.ready(self.folder, providers=self.hand.providers, environment=self.environment)
        self.told[name] = self.timed(f"plan {name}", self.terraform.pending)
        self.timed(f"apply {name}", self.terraform.apply_plan)
        self.told[f"{name}, again"] = self.timed(f"plan {name} again", self.terraform.pending)

    def end(self) -> None:
        """Keep the last plan, which changes nothing, and the state; destroy all."""
        self.told["standing"], self.told["state"] = self.terraform.planned(), self.terraform.state()
        self.timed("destroy", lambda: self.hand.destroy(self.stack, self.environment))
        self.told["left"] = standing(self.folder)

    def timed(self, what: str, act: Callable[[], Result]) -> Result:
        """Do it and say how long it took."""
        return timed(f"{self.stack}: {what}", act)


def timed(what: str, act: Callable[[], Result]) -> Result:
    """Do it and say how long it took."""
    begun = time.monotonic()
    result = act()
    sys.stderr.write(f"{what} {time.monotonic() - begun:.0f} s\n")
    return result


def live(folder: Path) -> dict[str, Any]:
    """Let both stacks live and tell what happened; `folder` takes what is written meanwhile."""
    committed = load_fleet(ROOT / "clusters")
    fleet = sandboxed(committed, change=start)
    providers = providers_for([ACCOUNT])
    obstacle = None
    with embedded_aws(fleet.account.id) as aws:
        written = {name: synthesize(sandboxed(committed, change=each), folder / name) for name, each in STEPS.items()}
        furnish(aws, fleet)
        before = census(aws, fleet)
        hand: Hand
        try:
            hand = Cli(cdktf_cli(), fleet, folder, providers)
        except CliMissingError as error:
            obstacle = str(error)
            hand = Bare(synthesize(fleet, folder / "out"), providers)

        stacks = ("account", names.cluster_stack(CLUSTER))
        types = types_of(each / stack for each in written.values() for stack in stacks)
        # A provider takes seconds to start, and one stack at a time may be at work with it: one after the other.
        with narrowed(providers.packages[SOURCE], types, aws) as provider:
            environment = aws | provider
            account, cluster = (
                Life(stack, each, written, environment)
                for stack, each in zip(stacks, (Bare(hand.stacks, providers), hand), strict=True)
            )
            timed("deploy", lambda: hand.deploy(stacks, environment))
            for each in (account, cluster):
                each.begin()
            account.step("changed")
            for step in STEPS:
                cluster.step(step)
            during = census(aws, fleet)
            cluster.end()
            account.end()
        after = census(aws, fleet)
    return {
        "account": account.told, "cluster": cluster.told, "before": before, "during": during, "after": after,
        "obstacle": obstacle,
    }  # fmt: skip


if __name__ == "__main__":
    tell(live, Path(sys.argv[1]))

"""The life of the account stack and of a cluster's, in a process of its own: `python -m tests.aws.lifecycle FILE`.

It ends in a minute or two, of which the providers' fixed waits are most, so a test run starts it first and reads last
what it wrote: what each plan would do and what was there afterwards. It ends at once when its standard input does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from modules.settings import names
from modules.settings.load import load_fleet
from tests.aws.census import census
from tests.aws.process import tell
from tests.sandbox.at_hand import providers_for
from tests.sandbox.fleet import Change, sandboxed, synthesize
from tests.sandbox.server import Environment, embedded_aws, furnish
from tests.sandbox.terraform import Providers, Terraform, changes

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


STEPS: Final[Mapping[str, Change]] = {"start": start, "changed": changed, "retyped": retyped}


class Life:
    """One stack in its folder, which takes the stack's content at each step."""

    def __init__(self, stack: str, folder: Path, written: Mapping[str, Path], providers: Providers) -> None:
        self.stack, self.folder, self.written, self.providers = stack, folder, written, providers
        self.told: dict[str, Any] = {}
        folder.mkdir(parents=True)

    def step(self, name: str, environment: Environment) -> None:
        """Plan a step, do it, and plan again; keep the first such plan whole."""
        (self.folder / "cdk.tf.json").write_text((self.written[name] / self.stack / "cdk.tf.json").read_text())
        terraform = Terraform.ready(self.folder, providers=self.providers, environment=environment)
        self.told[name] = self.timed(f"plan {name}", terraform.pending)
        self.timed(f"apply {name}", terraform.apply_plan)
        again = self.timed(f"plan {name} again", terraform.plan)
        self.told[f"{name}, again"] = changes(again)
        self.told.setdefault("standing", again)

    def end(self, environment: Environment) -> None:
        """Keep the state and destroy all."""
        terraform = Terraform.ready(self.folder, providers=self.providers, environment=environment)
        self.told["state"] = terraform.state()
        self.timed("destroy", terraform.destroy)

    def timed(self, what: str, act: Callable[[], Result]) -> Result:
        """Do it and say how long it took."""
        begun = time.monotonic()
        result = act()
        sys.stderr.write(f"{self.stack}: {what} {time.monotonic() - begun:.0f} s\n")
        return result


def live(folder: Path) -> dict[str, Any]:
    """Let both stacks live and tell what happened; `folder` takes what is written meanwhile."""
    committed = load_fleet(ROOT / "clusters")
    fleet = sandboxed(committed, change=start)
    written = {name: synthesize(sandboxed(committed, change=change), folder / name) for name, change in STEPS.items()}
    cluster_stack = names.cluster_stack(CLUSTER)
    providers = providers_for([written["start"] / "account"])
    account = Life("account", folder / "account", written, providers)
    cluster = Life(cluster_stack, folder / "cluster", written, providers)
    with embedded_aws(fleet.account.id) as aws, ThreadPoolExecutor() as both:
        furnish(aws, fleet)
        before = census(aws, fleet)
        account.step("start", aws)
        rest = both.submit(account.step, "changed", aws)
        for step in STEPS:
            cluster.step(step, aws)
        rest.result()
        during = census(aws, fleet)
        # The account's stack ends while the cluster's does, for nothing in the latter's end reads the former.
        ends = [both.submit(each.end, aws) for each in (cluster, account)]
        for end in ends:
            end.result()
        after = census(aws, fleet)
    return {"account": account.told, "cluster": cluster.told, "before": before, "during": during, "after": after}


if __name__ == "__main__":
    tell(live, Path(sys.argv[1]))

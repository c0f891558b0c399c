"""Plans a cluster's stacks in a sandbox, without an AWS account: `python -m tests.sandbox.plan CLUSTER`.

The plans lie in build/plans/<stack>.json afterwards, as `terraform show -json` writes them. Exit code 0: all that can
be planned here was planned; 1: a plan failed; 2: nothing can be planned here, or there is no such cluster; 130: it was
interrupted. A plan is there whole or not at all.
"""

from __future__ import annotations

import argparse
import fcntl
import gc
import json
import os
import shutil
import signal
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from modules.settings import names
from modules.settings.describe import nearest
from modules.settings.errors import SettingsError
from modules.settings.fleet import Fleet
from modules.settings.load import load_fleet
from tests.sandbox.fleet import charts_folder, remote_charts, sandboxed, synthesize, take_charts_from
from tests.sandbox.kubernetes import empty_kubernetes
from tests.sandbox.narrowed import standing_by
from tests.sandbox.server import embedded_aws, furnish, furnish_predecessors
from tests.sandbox.terraform import Providers, Terraform, TerraformError, changes, missing_terraform, providers_at_hand

ROOT: Final = Path(__file__).resolve().parents[2]
INTERRUPTED: Final = 130
"""The exit code of a command that its user ended."""
REPOSITORY_PATIENCE: Final = 5
"""Seconds that a chart repository gets to answer."""
AUTH0: Final = {"AUTH0_DOMAIN": "sandbox.invalid", "AUTH0_API_TOKEN": "sandbox"}
"""With a token of its own, the Auth0 provider asks for none; a plan of new resources calls nothing."""


@dataclass
class Run:
    """What became of each stack."""

    planned: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def exit_code(self) -> int:
        """Return what the command ends with."""
        if self.failed:
            return 1
        return 0 if self.planned else 2


def say(line: str) -> None:
    """Tell the one who waits."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def stacks_of(cluster: str) -> list[str]:
    """Return the stacks that a cluster needs, in the order in which they are deployed."""
    return [
        "identity",
        "account",
        names.login_stack(cluster),
        names.cluster_stack(cluster),
        names.workloads_stack(cluster),
    ]


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.sandbox.plan", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cluster", metavar="CLUSTER", help="the cluster, such as live")
    parser.add_argument("--build", metavar="DIR", type=Path, default=ROOT / "build", help="folder to work in (build)")
    options = parser.parse_args(arguments)
    try:
        fleet = load_fleet(ROOT / "clusters")
    except SettingsError as error:
        say(error.report())
        return 2
    known = sorted(cluster.name for cluster in fleet.clusters)
    if options.cluster not in known:
        near = nearest(options.cluster, known)
        hint = f"; did you mean {near}?" if near else ""
        say(f"there is no cluster {options.cluster!r}; there are {', '.join(known)}{hint}")
        return 2
    reason = missing_terraform()
    if reason is not None:
        say(f"cannot plan: {reason}")
        return 2
    build = options.build.resolve()
    try:
        with alone(build, options.cluster):
            run = plan(sandboxed(fleet), options.cluster, build=build)
    except BlockingIOError:
        say(f"cannot plan: another run is planning {options.cluster}; wait for it")
        return 2
    except OSError as error:
        say(f"cannot plan: {error.filename or build}: {error.strerror}; mend that, or name another folder by --build")
        return 2
    except KeyboardInterrupt:
        say(f"interrupted; what is whole is in {os.path.relpath(build / 'plans')}")
        return INTERRUPTED
    for line in run.left_out:
        say(f"left out: {line}")
    for line in run.failed:
        say(f"failed: {line}")
    if not run.planned and not run.failed:
        say("nothing can be planned here")
    return run.exit_code()


@contextmanager
def alone(build: Path, cluster: str) -> Iterator[None]:
    """Hold the sandbox of `cluster`; raise BlockingIOError where another run has it."""
    sandboxes = build / "sandbox"
    sandboxes.mkdir(parents=True, exist_ok=True)
    with (sandboxes / f"{cluster}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def plan(fleet: Fleet, cluster: str, *, build: Path) -> Run:
    """Plan the stacks of `cluster`; their sandbox and the plans lie below `build`."""
    run, wanted = Run(), stacks_of(cluster)
    sandbox, plans = build / "sandbox" / cluster, build / "plans"
    shutil.rmtree(sandbox, ignore_errors=True)
    plans.mkdir(parents=True, exist_ok=True)
    say("synthesizing the fleet")
    stacks = synthesize(fleet, sandbox)
    say("looking for providers")
    providers = providers_at_hand([stacks / name for name in wanted], build / "providers")
    possible = []
    for name in wanted:
        (plans / f"{name}.json").unlink(missing_ok=True)
        reason = obstacle(stacks / name, providers)
        if reason is None:
            possible.append(name)
        else:
            run.left_out.append(f"{name}: {reason}")
    if not possible:
        return run
    say("starting the embedded AWS")
    version = next(each.kubernetes_version for each in fleet.clusters if each.name == cluster)
    folders = [stacks / name for name in possible]
    with embedded_aws(fleet.account.id) as aws, empty_kubernetes(version) as kubernetes, standing_by(providers, folders, aws) as provider:  # fmt: skip
        furnish(aws, fleet)
        furnish_predecessors(aws, fleet, kubernetes)
        path = f"{kubernetes.programs}{os.pathsep}{os.environ['PATH']}"
        environment = {**aws, **AUTH0, **provider, "PATH": path}
        for name in possible:
            say(f"planning {name}")
            terraform = Terraform.ready(stacks / name, providers=providers, environment=environment)
            try:
                planned = terraform.plan()
            except TerraformError as error:
                run.failed.append(str(error))
                continue
            part = sandbox / f"{name}.json"
            part.write_text(json.dumps(planned))
            whole = part.replace(plans / f"{name}.json")
            run.planned.append(name)
            sys.stdout.write(f"{name}: {summary(planned)}; {os.path.relpath(whole)}\n")
    return run


def summary(planned: dict[str, object]) -> str:
    """Say in numbers what a plan would do."""
    counts = Counter("/".join(actions) for actions in changes(planned).values())
    return ", ".join(f"{count} to {action}" for action, count in sorted(counts.items())) or "no change"


def obstacle(stack: Path, providers: Providers) -> str | None:
    """Say why a stack cannot be planned here, or prepare it and return None."""
    lacking = providers.lacking(stack)
    if lacking:
        mirror = os.environ.get("TF_PROVIDER_MIRROR")
        where = f"TF_PROVIDER_MIRROR, {mirror}, has none" if mirror else "no mirror has one"
        todo = "let TF_PROVIDER_MIRROR name one that `terraform providers mirror` made"
        return f"no provider {', '.join(lacking)}: the registry does not answer and {where}; {todo}"
    remote, charts = remote_charts(stack), charts_folder()
    if charts is not None and remote:
        absent = sorted(chart for chart in remote if not (charts / chart / "Chart.yaml").is_file())
        if absent:
            return f"CHARTS_DIR has no chart {', '.join(absent)}"
        take_charts_from(stack, charts)
        return None
    silent = sorted(chart for chart, repository in remote.items() if not _answers(f"{repository}/index.yaml"))
    if silent:
        return f"the repositories of {', '.join(silent)} do not answer; CHARTS_DIR may name a folder of these charts"
    return None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=REPOSITORY_PATIENCE) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ValueError):
        return False


if __name__ == "__main__":
    gc.disable()  # a short life, in which nearly nothing becomes garbage
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = main(sys.argv[1:])
    if code == INTERRUPTED:
        sys.stdout.flush()
        # The interrupt has ended the process behind CDKTF too, which would complain at the exit of this one.
        os._exit(code)
    sys.exit(code)

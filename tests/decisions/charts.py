"""The pinned charts: from `CHARTS_DIR`, else from their repositories by way of a cache in the user's cache folder."""

from __future__ import annotations

import fcntl
import http.client
import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests import toolchain

if TYPE_CHECKING:
    from modules.release import ChartPin

CHARTS_VARIABLE: Final = "CHARTS_DIR"
"""Environment variable that names a folder with one folder for each chart, under the chart's name."""
ANSWER_PATIENCE: Final = 2
"""Seconds that a repository gets to answer at all."""
PULL_PATIENCE: Final = 60
"""Seconds that one chart may take."""
RUN: Final = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
"""What the workers of one test run have in common."""


def pins() -> tuple[ChartPin, ...]:
    """The charts of other people that are released, each at its one version."""
    # Synthesis takes a second to import, and every run of the tests reads this file.
    from modules import credential_issuer, log_shipping, network_policy
    from modules.monitoring import monitoring

    return credential_issuer.CHART, log_shipping.CHART, monitoring.CHART, network_policy.CHART


@cache
def at_hand(command: str) -> Mapping[str, Path] | None:
    """The folder of each pinned chart by the chart's name, or None where one of them is not to be had."""
    wanted = pins()
    if named := os.environ.get(CHARTS_VARIABLE):
        return {each.name: Path(named) / each.name for each in wanted}
    return pulled(command, wanted, toolchain.cache_folder() / "charts")


def pulled(command: str, wanted: Iterable[ChartPin], folder: Path) -> Mapping[str, Path] | None:
    """The charts in a cache, what is missing pulled by helm; None where a repository does not give one.

    Repositories that failed are not asked again in one test run, whichever worker asks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    failed = folder / ".failed-in-run"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found: dict[str, Path] = {}
        for each in wanted:
            chart = folder / f"{each.name}-{each.version}" / each.name
            if not chart.is_dir():
                if failed.exists() and failed.read_text() == RUN:
                    return None
                if not _pull(command, each, chart):
                    failed.write_text(RUN)
                    return None
            found[each.name] = chart
        return found


def _pull(command: str, pin: ChartPin, chart: Path) -> bool:
    """Put a chart into the cache, whole or not at all; say whether it is there."""
    if not _answers(f"{pin.repository}/index.yaml"):
        return False
    source = [pin.name, "--repo", str(pin.repository), "--version", str(pin.version)]
    with tempfile.TemporaryDirectory(dir=chart.parents[1], prefix=".partial-") as scratch:
        pull = [command, "pull", *source, "--untar", "--untardir", scratch]
        try:
            done = subprocess.run(pull, capture_output=True, timeout=PULL_PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            return False
        if done.returncode != 0:
            return False
        chart.parent.mkdir(exist_ok=True)
        (Path(scratch) / pin.name).rename(chart)
    return True


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=ANSWER_PATIENCE):
            return True
    except (OSError, http.client.HTTPException):
        return False

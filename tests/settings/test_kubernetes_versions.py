"""A cluster's Kubernetes version is one that pod security and the pinned Calico are made for."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from modules.network_policy import CHART
from modules.settings.describe import schema_of
from modules.settings.kubernetes_versions import ADMITTED, CALICO_LINE, Known
from tests.settings.folders import change, fixed, problems, write


@pytest.mark.parametrize("version", get_args(Known))
def test_each_version_is_admitted_or_refused_for_one_reason(version: str, tmp_path: Path) -> None:
    """PodSecurityPolicies below 1.25; above, what Calico is tested on; between, nothing guards pods."""
    folder = write(change(fixed(), {"live/kubernetes_version": version}), tmp_path / "clusters")
    lines = (folder / "live.yaml").read_text().splitlines()
    (stands,) = [number for number, line in enumerate(lines, 1) if line.startswith("kubernetes_version: ")]
    found = [(Path(each.file).name, each.line, each.key, each.given) for each in problems(folder)]
    minor = int(version.removeprefix("1."))
    right = minor < 25 or 32 <= minor <= 35
    assert found == [] if right else found == [("live.yaml", stands, "kubernetes_version", f'"{version}"')]


def test_editors_offer_what_is_admitted() -> None:
    assert schema_of("cluster")["properties"]["kubernetes_version"]["enum"] == list(ADMITTED)
    assert ADMITTED == ("1.21", "1.22", "1.23", "1.24", "1.32", "1.33", "1.34", "1.35")


def test_the_versions_are_those_of_the_calico_that_is_pinned() -> None:
    """Who raises the chart's line states anew what it is tested on."""
    assert CHART.version is not None
    assert CHART.version.startswith(f"{CALICO_LINE}.")

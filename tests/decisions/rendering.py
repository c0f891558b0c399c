"""Renders the real charts with the emitted values; for tests that have helm and the charts at hand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests import toolchain
from tests.decisions import charts
from tests.decisions.emitted import Json, resources, terraform_text

KUBERNETES = "1.35.0"
EXPRESSION = re.compile(r"(?<!\$)\$\{")
PLACEHOLDER = "known-after-apply"

KeyPath = tuple[str, ...]


def chart_values(stack: Json, release: str) -> Json:
    """The values that helm gets: literal text as written, a placeholder for what Terraform evaluates."""
    (reference,) = resources(stack, "helm_release")[release]["values"]
    name = reference.removeprefix("${jsonencode(local.").removesuffix(")}")
    return terraform_text(_evaluated(stack["locals"][name]))


def _evaluated(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _evaluated(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_evaluated(each) for each in value]
    if value == "${null}":
        return None
    return PLACEHOLDER if isinstance(value, str) and EXPRESSION.search(value) else value


def helm_command() -> str | None:
    """The helm that was built here, else the one on the path."""
    built = toolchain.locate("helm")
    return str(built) if built else shutil.which("helm")


def rendered(command: str, chart: Path, release: Json, values: Json) -> str:
    """What helm writes for a release of the chart in a folder."""
    place = ["--namespace", release["namespace"], "--values", "-"]
    cluster = ["--kube-version", KUBERNETES, "--api-versions", "monitoring.coreos.com/v1"]
    done = subprocess.run(
        [command, "template", release["name"], str(chart), *place, *cluster],
        input=json.dumps(values),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def parsed(text: str) -> list[Json]:
    """The objects in what helm wrote."""
    return [each for each in yaml.load_all(text, yaml.CSafeLoader) if each]


def local_objects(command: str, folder: Path, stack: Json, release: str) -> list[Json]:
    """The objects of a release whose chart travels with the stack in `folder`, by the chart as it lies there."""
    made = resources(stack, "helm_release")[release]
    return parsed(rendered(command, folder / made["chart"], made, chart_values(stack, release)))


@dataclass(frozen=True)
class Helm:
    """A helm command, and the folder of each chart by its name."""

    command: str
    charts: Mapping[str, Path]

    @classmethod
    def at_hand(cls) -> Helm | None:
        """Helm as `make toolchain` built it or from the path, and the charts; None where either is missing."""
        command = helm_command()
        found = charts.at_hand(command) if command else None
        return cls(command, found) if command and found else None

    def template(self, stack: Json, release: str, change: Callable[[Json], None] | None = None) -> list[Json]:
        """The objects of `release` in `stack`, its values edited by `change`."""
        return parsed(self.text(stack, release, change))

    def text(self, stack: Json, release: str, change: Callable[[Json], None] | None = None) -> str:
        """What helm writes for `release` in `stack`, its values edited by `change`."""
        made = resources(stack, "helm_release")[release]
        self.require_pinned_version(made)
        values = chart_values(stack, release)
        for secret in made.get("set_wo", []):
            _put(values, secret["name"].split("."), PLACEHOLDER)
        if change:
            change(values)
        return rendered(self.command, self.charts[made["chart"]], made, values)

    def require_pinned_version(self, made: Json) -> None:
        """Fail unless the chart at hand is the one that the release pins."""
        chart = yaml.load((self.charts[made["chart"]] / "Chart.yaml").read_text(), yaml.CSafeLoader)
        assert chart["version"] == made["version"], f"{made['chart']} at hand is {chart['version']}"

    def default_values(self, chart: str) -> Json:
        """The chart's own values, those of its sub-charts below their names."""
        folder = self.charts[chart]
        found = yaml.load((folder / "values.yaml").read_text(), yaml.CSafeLoader)
        for sub in sorted((folder / "charts").glob("*/values.yaml")):
            found[sub.parent.name] = _merged(
                yaml.load(sub.read_text(), yaml.CSafeLoader) or {}, found.get(sub.parent.name) or {}
            )
        return found


def _put(values: Json, path: list[str], value: str) -> None:
    for key in path[:-1]:
        values = values.setdefault(key, {})
    values[path[-1]] = value


def _merged(under: Json, over: Json) -> Json:
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return {**under, **{key: _merged(under.get(key), value) for key, value in over.items()}}


def undocumented(values: Json, defaults: Json, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Paths of `values` that the chart's own values do not have; below an empty map of the chart all may stand."""
    if not isinstance(values, Mapping) or not isinstance(defaults, Mapping) or not defaults:
        return
    for key, value in values.items():
        if key in defaults:
            yield from undocumented(value, defaults[key], (*path, key))
        else:
            yield (*path, key)


def without(path: KeyPath) -> Callable[[Json], None]:
    """A change of values that takes out what is at `path`."""

    def change(values: Json) -> None:
        for key in path[:-1]:
            values = values[key]
        del values[path[-1]]

    return change


def without_effect(helm: Helm, stack: Json, release: str) -> list[str]:
    """Undocumented values of `release` that change no object: helm takes a key that no template reads without a word."""
    values, chart = chart_values(stack, release), resources(stack, "helm_release")[release]["chart"]
    paths = list(undocumented(values, helm.default_values(chart)))
    text = helm.text(stack, release)
    return [".".join(path) for path in paths if helm.text(stack, release, without(path)) == text]


def of_kind(objects: list[Json], *kinds: str) -> list[Json]:
    """The objects of these kinds."""
    return [each for each in objects if each["kind"] in kinds]


def pod_specs(objects: list[Json]) -> dict[str, Json]:
    """The pod specification of each workload among `objects`, by kind and name."""
    workloads = of_kind(objects, "DaemonSet", "Deployment", "Job", "StatefulSet")
    return {f"{each['kind']}/{each['metadata']['name']}": each["spec"]["template"]["spec"] for each in workloads}


def host_paths(pod: Json) -> set[str]:
    """The paths of its node that a pod mounts."""
    return {each["hostPath"]["path"] for each in pod.get("volumes", []) if "hostPath" in each}


def needs(pod: Json) -> dict[str, Any]:
    """What of a pod only a listed service account may have."""
    containers = [*pod.get("initContainers", []), *pod["containers"]]
    contexts = [each.get("securityContext", {}) for each in containers]
    return {
        "host_namespaces": {each for each in ("hostNetwork", "hostPID", "hostIPC") if pod.get(each)},
        "host_paths": host_paths(pod),
        "capabilities": {name for each in contexts for name in each.get("capabilities", {}).get("add", [])},
        "privileged": any(each.get("privileged") for each in contexts),
    }


def granted_to(who: str, pod: Json) -> set[str]:
    """The grants, as the guard holds them, that let a pod of the service account `who` have what it needs."""
    wanted = needs(pod)
    return {
        *([f"{who}:privileged"] if wanted["privileged"] else []),
        *(f"{who}:{each}" for each in wanted["host_namespaces"]),
        *(f"{who}:mount {each.rstrip('/')}/" for each in wanted["host_paths"]),
        *(f"{who}:add {each}" for each in wanted["capabilities"]),
    }

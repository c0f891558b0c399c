"""A finding points at the Python class that made the construct at fault."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from modules import app
from modules.fast_synth.paths import path_of
from modules.settings.fleet import Fleet
from policies.reports import sarif_report
from policies.reports.sources import class_of
from tests.policies.judged import judge

ROOT = Path(__file__).resolve().parents[2]
IN_PASSING = ("stacks/", "auth0/", "release.py", "ephemeral.py", "objects.py")
"""Below `modules/`: what makes resources for others; the class above is meant."""
BY_FUNCTION = {
    "live/nodes": "modules/node_groups/node_management.py",
    "manager/nodes": "modules/node_groups/node_management.py",
    "test/nodes": "modules/node_groups/node_management.py",
}
"""What a function makes that is handed the scope: the function is meant."""


@pytest.fixture(scope="module")
def made_by(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The file of the class of each construct of ours, and of what CDKTF makes below it, by path."""
    built = app.build_app(fleet, tmp_path_factory.mktemp("app"))
    own: dict[str, str] = {}
    paths = []
    for construct in built.node.find_all():
        module = type(construct).__module__
        paths.append(path_of(construct))
        if module.startswith("modules.") and module != "modules.bindings":
            file = Path(inspect.getfile(type(construct))).relative_to(ROOT).as_posix()
            if not file.removeprefix("modules/").startswith(IN_PASSING):
                own[path_of(construct)] = file
    found = {}
    for path in paths:
        parts = path.split("/")
        nearest = ["/".join(parts[:size]) for size in range(len(parts), 0, -1)]
        file = next((own[each] for each in nearest if each in own), "")
        if file:
            found[path] = BY_FUNCTION.get(path, file)
    return found


def test_every_construct_is_found(made_by: dict[str, str]) -> None:
    assert len(made_by) > 400
    wrong = {}
    for path, file in made_by.items():
        found = class_of(path)
        if found is None or found[0] != file:
            wrong[path] = (file, found)
    assert wrong == {}


def test_the_line_is_that_of_the_class() -> None:
    found = class_of("live/cluster/Default")
    assert found is not None
    line = (ROOT / found[0]).read_text().splitlines()[found[1] - 1]
    assert line == "class ControlPlane(Construct):"


@pytest.mark.parametrize(
    ("stack", "kind", "name", "argument", "value", "control", "file"),
    [
        ("live", "aws_eks_cluster", "cluster", "enabled_cluster_log_types", [], "D15-all-log-types", "control_plane.py"),
        ("live", "aws_kms_key", "cluster_secrets", "enable_key_rotation", False, "B03", "keys.py"),
        ("live", "aws_launch_template", "main_template", "image_id", "ami-1", "D11", "node_groups/launch_template.py"),
        ("live", "aws_eks_node_group", "main", "capacity_type", "SPOT", "D05", "node_groups/node_management.py"),
        ("live", "aws_eks_addon", "coredns", "depends_on", [], "B14", "addons.py"),
        ("live", "aws_route53_zone", "zone", "provisioner", [{"local-exec": {}}], "X09", "dns.py"),
        ("live", "aws_eks_cluster", "cluster", "lifecycle", {"ignore_changes": "all"}, "X02", "control_plane.py"),
        ("account", "aws_cloudwatch_log_group", "session_manager_log", "retention_in_days", 1, "D16", "node_access.py"),
        ("live-login", "auth0_client", "kubernetes_client", "app_type", "spa", "D02", "login/clients.py"),
        ("live-workloads", "helm_release", "fluent-bit", "version", "0.1.0", "D21", "log_shipping.py"),
        ("live-workloads", "helm_release", "calico", "version", "v1.0.0", "D13", "network_policy.py"),
    ],
)  # fmt: skip
def test_a_finding_points_there(
    synthesized: dict[str, Any], synthesized_folder: Path,
    stack: str, kind: str, name: str, argument: str, value: Any, control: str, file: str,
) -> None:  # fmt: skip
    document = json.loads(json.dumps(synthesized[stack]))
    document["resource"][kind][name][argument] = value
    report = judge(synthesized | {stack: document}, folder=synthesized_folder)
    results = json.loads(sarif_report.render(report))["runs"][0]["results"]
    mine = [each for each in results if each["ruleId"].startswith(control)]
    assert mine, [each["ruleId"] for each in results]
    places = [each["locations"][0] for each in mine]
    at_fault = [each for each in places if each["logicalLocations"][0]["fullyQualifiedName"] == f"{kind}.{name}"]
    assert at_fault
    assert {each["physicalLocation"]["artifactLocation"]["uri"] for each in at_fault} == {f"modules/{file}"}

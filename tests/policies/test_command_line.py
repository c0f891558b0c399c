"""The command as its users run it: exit codes, formats, and nothing green that was not judged."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from modules.settings.fleet import Fleet
from policies.cli import main
from tests.violations.planned import plan_of

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "policies" / "report.schema.json").read_text())


@pytest.fixture(scope="module")
def broken_folder(synthesized_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("broken") / "out"
    shutil.copytree(synthesized_folder, folder)
    path = folder / "stacks" / "live" / "cdk.tf.json"
    document = json.loads(path.read_text())
    document["resource"]["aws_eks_cluster"]["cluster"]["enabled_cluster_log_types"] = ["api"]
    path.write_text(json.dumps(document))
    return folder


def reported(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any]]:
    code = main(["check", *map(str, arguments), "--format", "json", "--today", "2026-11-22"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    return code, document


def test_holds(capsys: pytest.CaptureFixture[str], synthesized_folder: Path, fleet: Fleet) -> None:
    code, document = reported(capsys, synthesized_folder)
    assert (code, document["verdict"]) == (0, "holds")
    assert document["counts"]["objects"] > 100
    assert document["counts"]["clusters"] == len(fleet.clusters)


def test_broken(capsys: pytest.CaptureFixture[str], broken_folder: Path) -> None:
    code, document = reported(capsys, broken_folder)
    assert (code, document["verdict"]) == (1, "broken")
    (result,) = [each for each in document["results"] if each["verdict"] == "FAIL"]
    assert (result["control"], result["cluster"], result["layer"]) == ("D15-all-log-types", "live", "synth")
    assert result["address"] == "aws_eks_cluster.cluster"
    assert result["found"] == ["api"]
    assert len(result["expected"]) == 5


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format_version": "1.2", "planned_values"', "null"])
def test_what_is_no_plan_cannot_be_judged(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content)
    for arguments in ([path], ["--plan", path]):
        code, document = reported(capsys, *arguments)
        assert (code, document["verdict"]) == (2, "cannot_judge")
        assert document["refusals"][0]["unjudged"]


def test_what_does_not_exist_cannot_be_judged(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "none", tmp_path / "empty"):
        assert reported(capsys, path)[0] == 2


def test_plan_alone_leaves_other_stacks_unknown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, synthesized: dict[str, Any]
) -> None:
    path = tmp_path / "live-workloads.json"
    path.write_text(json.dumps(plan_of("live-workloads", synthesized["live-workloads"])))
    code, document = reported(capsys, path)
    assert code == 1
    unknown = [each for each in document["results"] if each["control"] == "D15-all-log-types"]
    assert [each["verdict"] for each in unknown] == ["UNKNOWN"]
    assert "shows the cluster stack" in unknown[0]["message"]


def test_plan_of_one_stack_answers_what_it_shows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, synthesized: dict[str, Any]
) -> None:
    path = tmp_path / "live.json"
    path.write_text(json.dumps(plan_of("live", synthesized["live"])))
    code, document = reported(capsys, path, "--only", "D15")
    assert (code, document["verdict"]) == (0, "holds")
    assert "D11" in document["not_asked"]
    assert {each["layer"] for each in document["results"]} == {"plan"}


def test_unknown_decision_and_format_are_refused(capsys: pytest.CaptureFixture[str], synthesized_folder: Path) -> None:
    assert main(["check", str(synthesized_folder), "--only", "D99"]) == 2
    assert "D99" in capsys.readouterr().err
    assert main(["check", str(synthesized_folder), "--format", "pdf"]) == 2
    assert "allowed: table" in capsys.readouterr().err
    assert main(["explain", "D15"]) == 2
    assert "did you mean" in capsys.readouterr().err


def test_every_format_at_once(capsys: pytest.CaptureFixture[str], broken_folder: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("json", "markdown", "sarif", "junit", "html")}
    options = [part for name, file in files.items() for part in ("--format", f"{name}={file}")]
    assert main(["check", str(broken_folder), "--format", "table", *options]) == 1
    assert "D15-all-log-types" in capsys.readouterr().out
    for file in files.values():
        assert "D15-all-log-types" in file.read_text()
    suites = ET.fromstring(files["junit"].read_text())
    assert suites.get("failures") == "1"
    run = json.loads(files["sarif"].read_text())["runs"][0]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "D15-all-log-types"
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "modules/control_plane.py"
    assert location["region"]["startLine"] > 1


def test_the_same_bytes_again(capsys: pytest.CaptureFixture[str], broken_folder: Path) -> None:
    texts = []
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-m", "policies", "check", str(broken_folder), "--format", "json", "--today", "2026-11-22"],
            capture_output=True, text=True, cwd=ROOT, env={"PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        texts.append(done.stdout)
    assert texts[0] == texts[1]


def test_list_explain_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert main(["explain", "D15-all-log-types"]) == 0
    assert main(["matrix"]) == 0
    out = capsys.readouterr().out
    assert "CKV_AWS_37" in out
    assert "D22" in out


def test_fleet_is_judged_in_little_processor_time(synthesized_folder: Path) -> None:
    """Processor time, Node's included: `make bench` measures seconds, which here depend on what else runs."""

    def spent() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "policies", "check", str(synthesized_folder)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    assert any(spent() < 4.0 for _ in range(3)), "each of three runs took longer"


def test_help_needs_no_engine() -> None:
    """What only tells of itself answers at once."""
    loaded = "import sys, policies.cli as cli\ntry: cli.main(['--help'])\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, check=False, capture_output=True, text=True)
    assert "Judges synthesized Terraform JSON" in done.stdout
    assert "policies.engine" not in done.stdout.splitlines()[-1].split()


@pytest.fixture(scope="module")
def told_by_a_run() -> list[str]:
    """What a run on the committed stacks tells of itself: first when login code begins to run, last what it has loaded."""
    lines = (
        "import sys, policies.cli as cli, policies.engine.login_code as code",
        "real = code.begin",
        "code.begin = lambda given: (print('imported' if 'policies.node_access' in sys.modules else 'begun'), real(given))",
        "cli.main(['check', 'terraform-out'])",
        "print(*sys.modules)",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def test_login_code_runs_while_controls_are_imported(told_by_a_run: list[str]) -> None:
    """It takes longest, so nothing that it does not need comes before it."""
    assert told_by_a_run[0] == "begun"


def test_what_cannot_be_written_is_no_verdict() -> None:
    with Path("/dev/full").open("w") as full:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        done = subprocess.run(
            [sys.executable, "-m", "policies", "list"], cwd=ROOT, check=False, stdout=full, env=environment
        )
    assert done.returncode == 2


def test_synthesis_ends_with_the_verdicts(told_by_a_run: list[str]) -> None:
    """`make synth` says which decisions hold, and needs nothing for it that synthesis does not."""
    done = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "synth"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1].endswith("python -m policies check")
    loaded = {each.partition(".")[0] for each in told_by_a_run[-1].split()}
    assert "policies" in loaded
    assert not loaded & {"checkov", "jsonschema", "boto3", "moto", "hypothesis", "jmespath"}

"""Exceptions excuse what they name until the day they end, and nothing else."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.cli import render
from policies.engine.control import load_controls
from policies.engine.exceptions import read_exceptions
from policies.engine.judge import Report
from tests.policies.judged import TODAY, failed, judge
from tests.violations.catalogue import Stacks

SOUND: dict[str, Any] = {
    "control": "D15-log-group-kept",
    "address": "aws_cloudwatch_log_group.control_plane_logs",
    "reason": "The auditors agreed to a shorter retention.",
    "owner": "platform team",
    "approved_by": "security team",
    "ticket": "CP-1",
    "expires": TODAY + timedelta(days=30),
}
CONTROLS = load_controls()
WAIVABLE = {**CONTROLS, SOUND["control"]: dataclasses.replace(CONTROLS[SOUND["control"]], waivable=True)}


def report(
    tmp_path: Path,
    synthesized: Any,
    *entries: dict[str, Any],
    broken: bool = True,
    today: date = TODAY,
    controls: Any = WAIVABLE,
) -> Report:
    file = tmp_path / "exceptions.yaml"
    file.write_text(yaml.safe_dump(list(entries)))
    stacks = Stacks(synthesized)
    if broken:
        stacks.one("live", "aws_cloudwatch_log_group")["retention_in_days"] = 90
    chosen = {"D15-log-group-kept": controls["D15-log-group-kept"]}
    return judge(stacks, controls=chosen, exceptions=read_exceptions(file, controls), today=today)


def test_sound_exception_excuses(tmp_path: Path, synthesized: Any) -> None:
    found = report(tmp_path, synthesized, SOUND)
    assert failed(found) == {}
    assert found.verdict == "holds"
    (excepted,) = [each for each in found.results if each.verdict == "EXCEPTED"]
    assert "auditors" in excepted.message


@pytest.mark.parametrize("days", [0, 180])
def test_first_and_last_day_are_in_force(tmp_path: Path, synthesized: Any, days: int) -> None:
    found = report(tmp_path, synthesized, SOUND | {"expires": TODAY + timedelta(days=days)})
    assert found.verdict == "holds"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expires": TODAY - timedelta(days=1)}, "expired"),
        ({"expires": TODAY + timedelta(days=181)}, "more than 180 days"),
        ({"expires": "soon"}, "no date"),
        ({"expires": "2026-13-01"}, "no date"),
        ({"expires": datetime(2026, 12, 20, 10)}, "no date"),
        ({"reason": "because"}, "fewer than 20"),
        ({"owner": ""}, "lacks"),
        ({"ticket": None}, "lacks"),
        ({"approved_by": "platform team"}, "approved by its owner"),
        ({"address": "*"}, "too broad"),
        ({"address": "aws_*.control_plane_logs"}, "too broad"),
        ({"address": "aws_cloudwatch_log_group.*"}, "too broad"),
        ({"address": "aws_cloudwatch_log_group.??"}, "too broad"),
        ({"address": "cluster *"}, "too broad"),
        ({"address": "cluster ????"}, "too broad"),
        ({"control": "D15-nothing"}, "names no control"),
        ({"control": "D15-all-log-types"}, "cannot be waived"),
        ({"severity": "low"}, "unknown keys"),
    ],
)
def test_unsound_exception_fails_and_excuses_nothing(
    tmp_path: Path, synthesized: Any, change: dict[str, Any], message: str
) -> None:
    found = report(tmp_path, synthesized, SOUND | change)
    assert message in " ".join(failed(found)["X20-exceptions"])
    assert "D15-log-group-kept" in failed(found)
    assert found.verdict == "broken"


def test_unused_exception_fails(tmp_path: Path, synthesized: Any) -> None:
    found = report(tmp_path, synthesized, SOUND, broken=False)
    assert "excuses nothing" in failed(found)["X20-exceptions"][0]
    assert found.verdict == "broken"


def test_exception_of_another_cluster_excuses_nothing(tmp_path: Path, synthesized: Any) -> None:
    found = report(tmp_path, synthesized, SOUND | {"cluster": "test"})
    assert set(failed(found)) == {"D15-log-group-kept", "X20-exceptions"}


def test_missing_file_fails(tmp_path: Path, synthesized: Any) -> None:
    found = judge(synthesized, exceptions=read_exceptions(tmp_path / "none.yaml", CONTROLS))
    assert "No such file" in failed(found)["X20-exceptions"][0]


def test_committed_exceptions_are_sound(root: Path) -> None:
    assert read_exceptions(root / "policies" / "exceptions.yaml", CONTROLS).problems == []


PAST: dict[str, Any] = SOUND | {"ended": TODAY - timedelta(days=3), "why": "The retention was raised again."}


def with_history(
    tmp_path: Path, synthesized: Any, *past: dict[str, Any], now: tuple[dict[str, Any], ...] = ()
) -> Report:
    (tmp_path / "exceptions-history.yaml").write_text(yaml.safe_dump(list(past)))
    return report(tmp_path, synthesized, *now, broken=bool(now))


def test_what_ended_excuses_nothing_and_is_shown(tmp_path: Path, synthesized: Any) -> None:
    found = with_history(tmp_path, synthesized, PAST | {"control": "D99-gone"}, PAST)
    assert failed(found) == {}
    assert not any(each.verdict == "EXCEPTED" for each in found.results)
    page = render("html", found)
    assert "The retention was raised again." in page
    assert str(PAST["ended"]) in page
    assert "D99-gone" in page


@pytest.mark.parametrize(
    ("past", "now", "said"),
    [
        ((SOUND,), (), "lacks ['ended', 'why']"),
        ((PAST | {"why": "over"},), (), "fewer than 20 characters why"),
        ((PAST | {"ended": "soon"},), (), "no date"),
        ((PAST | {"ended": TODAY + timedelta(days=1)},), (), "which is not yet"),
        ((PAST, PAST | {"ended": TODAY - timedelta(days=9)}), (), "entries are added at the end"),
        ((PAST,), (SOUND,), "as well"),
    ],
)
def test_a_history_that_is_unsound_fails(
    tmp_path: Path, synthesized: Any, past: tuple[dict[str, Any], ...], now: tuple[dict[str, Any], ...], said: str
) -> None:
    assert said in str(failed(with_history(tmp_path, synthesized, *past, now=now)).get("X20-exceptions"))


def test_what_expired_is_to_be_moved(tmp_path: Path, synthesized: Any) -> None:
    found = report(tmp_path, synthesized, SOUND | {"expires": TODAY - timedelta(days=1)})
    assert "move it to exceptions-history.yaml" in str(failed(found)["X20-exceptions"])


def test_the_history_is_there(root: Path) -> None:
    assert (root / "policies" / "exceptions-history.yaml").exists()


def test_successor_may_be_excepted(tmp_path: Path, synthesized: Any) -> None:
    """The decision says that a group may run beside its successor by an exception; the file's own example is one."""
    text = (Path(__file__).resolve().parents[2] / "policies" / "exceptions.yaml").read_text()
    example = yaml.safe_load(
        "".join(line[2:] for line in text.splitlines(keepends=True) if line.startswith(("# -", "#  ")))
    )
    file = tmp_path / "exceptions.yaml"
    file.write_text(yaml.safe_dump([example[0] | {"expires": TODAY + timedelta(days=30)}]))
    stacks = Stacks(synthesized)
    group = dict(stacks.one("test", "aws_eks_node_group", "main"))
    stacks.add("test", "aws_eks_node_group", "successor", group)
    chosen = {key: each for key, each in CONTROLS.items() if key.startswith("D06-")}
    judged = judge(stacks, controls=chosen, exceptions=read_exceptions(file, CONTROLS))
    assert failed(judged) == {}
    assert any(each.verdict == "EXCEPTED" for each in judged.results)

"""Any valid settings load and mean the same from a file; any wrong ones give the promised error and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.settings.document import read_document
from modules.settings.errors import dotted
from modules.settings.fleet import Fleet
from modules.settings.load import load_fleet
from tests.settings.folders import as_files, copied, dumped, problems, write
from tests.settings.strategies import Steps, invalid_fleets, valid_fleets

settings.register_profile("settings", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("settings")


@given(valid_fleets())
@settings(max_examples=30)
def test_valid_fleets_load(data: dict[str, Any]) -> None:
    expected = Fleet.model_validate({**data, "clusters": sorted(data["clusters"], key=lambda each: each["name"])})
    with tempfile.TemporaryDirectory() as folder:
        assert load_fleet(write(as_files(data), Path(folder))) == expected


@given(invalid_fleets())
@settings(max_examples=80)
def test_invalid_fleets_are_refused_where_they_are_wrong(case: tuple[dict[str, Any], Steps]) -> None:
    data, path = case
    name = data["clusters"][0]["name"]
    files = {**{key: data[key] for key in ("organisation", "tenant", "account")}, "one": data["clusters"][0]}
    if path[:3] != ("clusters", 0, "name"):
        files[name] = files.pop("one")
    with tempfile.TemporaryDirectory() as folder:
        found = problems(write(files, Path(folder)))
    assert found
    wrong = dotted(path[2 if path[0] == "clusters" else 1 :])
    for each in found:
        assert each.key == wrong or each.key.startswith((f"{wrong}.", f"{wrong}[")), (path, each)
        assert each.given
        assert each.allowed
        assert each.line >= 1
        assert Path(each.file).suffix == ".yaml" or each.key == "(the whole file)"


@given(st.binary(max_size=400))
@settings(max_examples=80)
def test_any_bytes_give_the_promised_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = copied(Path(folder))
        (path / "live.yaml").write_bytes(content)
        assert problems(path)


@given(st.text(st.sampled_from("ab:-? \n{}[],&*!|>'\"%@`#0\t~<=."), max_size=60))
@settings(max_examples=200)
def test_any_yaml_is_read_or_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        path.write_text(text, encoding="utf-8", newline="")
        document = read_document(path, "x.yaml")
        if not document.problems:
            assert document.value == yaml.safe_load(text)


plain = st.recursive(
    st.one_of(st.booleans(), st.integers(-(10**15), 10**15), st.text(st.characters(codec="ascii"), max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=5), plain, min_size=1, max_size=3))
@settings(max_examples=80)
def test_what_is_written_is_what_is_read(data: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        path.write_text(dumped(data), encoding="utf-8")
        document = read_document(path, "x.yaml")
        if not document.problems:
            assert document.value == data
        else:
            assert all(not _printable(data) for _ in document.problems)


def _printable(value: Any) -> bool:
    """Return whether all text within a value can be printed."""
    if isinstance(value, dict):
        return all(_printable(each) for each in value.values())
    if isinstance(value, list):
        return all(_printable(each) for each in value)
    return not isinstance(value, str) or value.isprintable()


@given(st.sets(st.sampled_from(["live", "manager", "test", "organisation", "tenant", "account"]), min_size=1))
@settings(max_examples=20)
def test_every_broken_file_is_named(broken: set[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = copied(Path(name))
        for each in broken:
            (folder / f"{each}.yaml").write_text("unheard_of: 1\n")
        assert {Path(each.file).stem for each in problems(folder)} == broken

"""What is read of a folder is what Terraform would read of it."""

from __future__ import annotations

import json
from pathlib import Path

from policies.engine.load import load


def _write(folder: Path, **documents: object) -> None:
    for name, document in documents.items():
        (folder / f"{name}.tf.json").write_text(json.dumps(document))


def _refused(path: Path) -> list[str]:
    return [f"{each.control} {each.message}" for each in load([path]).refusals]


def test_override_file_among_files_written_by_hand(tmp_path: Path) -> None:
    """Terraform lays it over the others, wherever it stands in the alphabet."""
    _write(tmp_path, main={"locals": {"tokens": "required"}}, a_override={"locals": {"tokens": "optional"}})
    (refusal,) = _refused(tmp_path)
    assert refusal.startswith("X10-same-addresses")
    assert "a_override.tf.json" in refusal


def test_one_file_of_a_folder_stands_for_all_of_them(tmp_path: Path) -> None:
    _write(tmp_path, main={"locals": {"a": 1}}, other={"locals": {"b": 2}})
    (stack,) = load([tmp_path / "main.tf.json"]).synth.values()
    assert [each.name for each in stack[1]] == ["main.tf.json", "other.tf.json"]
    assert len(load([tmp_path / "main.tf.json", tmp_path / "other.tf.json"]).synth) == 1


def test_generated_file_given_by_itself_does_not_hide_what_stands_beside_it(tmp_path: Path) -> None:
    _write(tmp_path, cdk={"locals": {}}, zz_override={"locals": {}})
    (refusal,) = _refused(tmp_path / "cdk.tf.json")
    assert "zz_override.tf.json" in refusal


def test_file_of_the_other_tool(tmp_path: Path) -> None:
    """OpenTofu reads it in place of Terraform's file of the same name."""
    _write(tmp_path, cdk={"locals": {}})
    (tmp_path / "cdk.tofu.json").write_text("{}")
    assert [each for each in _refused(tmp_path) if "cdk.tofu.json" in each]

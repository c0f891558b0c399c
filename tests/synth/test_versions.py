"""Each stack says which Terraform it needs, in a file of its own: checkov cannot read JSON that does."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from policies.engine.judge import check
from policies.engine.load import load


def test_each_stack_requires_terraform(synthesized_folder: Path) -> None:
    stacks = sorted((synthesized_folder / "stacks").iterdir())
    assert stacks
    for stack in stacks:
        assert (stack / "versions.tf").read_text() == 'terraform {\n  required_version = ">= 1.11.0"\n}\n'
        assert '"required_version"' not in (stack / "cdk.tf.json").read_text()


@pytest.mark.parametrize(
    "more",
    [
        'resource "aws_instance" "bastion" {}',
        'locals { a = "b" }',
        'terraform {\n  backend "local" {}\n}',
        "moved {\n  from = aws_vpc.a\n  to = aws_vpc.b\n}",
    ],
)
def test_nothing_else_hides_in_that_file(synthesized_folder: Path, tmp_path: Path, more: str) -> None:
    folder = tmp_path / "out"
    shutil.copytree(synthesized_folder, folder)
    with (folder / "stacks" / "live" / "versions.tf").open("a") as file:
        file.write(more)
    report = check(load([folder]), today=date(2026, 11, 22), only=["D15"])
    assert report.verdict == "cannot_judge"
    assert [each.refusal.control for each in report.refused] == ["X10-same-addresses"]

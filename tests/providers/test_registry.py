"""A provider that no mirror holds is asked of the registry once, whoever wants it, and kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import pytest

from tests.sandbox.terraform import Providers, providers_at_hand

SOURCE: Final = "acme/demo"
TERRAFORM: Final = """#!/bin/sh
echo asked >> "{calls}"
{answer}
"""
SENDS: Final = """
package=registry.terraform.io/acme/demo/1.2.0/linux_amd64
mkdir -p "$TF_PLUGIN_CACHE_DIR/$package" ".terraform/providers/${package%/*}"
touch "$TF_PLUGIN_CACHE_DIR/$package/terraform-provider-demo_v1.2.0"
ln -s "$TF_PLUGIN_CACHE_DIR/$package" ".terraform/providers/$package"
"""


class Machine:
    """A machine without a mirror, whose terraform answers as it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls = folder, folder / "calls"
        self.stack("demo", ">= 1.0.0, < 2.0.0")

    def stack(self, name: str, version: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        required = {"demo": {"source": SOURCE, "version": version}}
        (folder / "cdk.tf.json").write_text(json.dumps({"terraform": {"required_providers": required}}))
        return folder

    def registry(self, answer: str) -> None:
        program = self.folder / "bin" / "terraform"
        program.parent.mkdir(exist_ok=True)
        program.write_text(TERRAFORM.format(calls=self.calls, answer=answer))
        program.chmod(0o755)

    def find(self, name: str = "demo", **options: float) -> Providers:
        return providers_at_hand([self.folder / name], self.folder / "kept", **options)

    def asked(self) -> int:
        return len(self.calls.read_text().splitlines()) if self.calls.exists() else 0


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("TF_PROVIDER_MIRROR", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return Machine(tmp_path)


def test_what_the_registry_sends_is_kept_as_a_mirror(machine: Machine) -> None:
    machine.registry(SENDS)
    first = machine.find()
    assert first.packages.keys() == {SOURCE}
    machine.registry("exit 1")
    again = machine.find()
    assert again == first
    assert machine.asked() == 1
    assert first.mirror == machine.folder / "kept" / "mirror"
    assert str(first.mirror) in first.installation()
    assert f'include = ["{SOURCE}"]' in first.installation()


def test_another_range_is_another_question(machine: Machine) -> None:
    machine.registry(SENDS)
    machine.find()
    machine.stack("demo", ">= 3.0.0, < 4.0.0")
    machine.registry("exit 1")
    assert machine.find() == Providers({}, None)
    assert machine.asked() == 2


def test_silence_is_believed_as_long_as_one_says(machine: Machine) -> None:
    machine.registry("exit 1")
    assert machine.find() == Providers({}, None)
    assert machine.find(believed=600) == Providers({}, None)
    assert machine.asked() == 1
    assert machine.find(believed=0) == Providers({}, None)
    assert machine.asked() == 2
    machine.registry(SENDS)
    assert machine.find().packages.keys() == {SOURCE}

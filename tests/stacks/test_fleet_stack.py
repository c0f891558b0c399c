"""Names of Terraform elements: recognisable, stable, never doubled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modules.bindings import App, Construct, TerraformLocal, TerraformOutput, TerraformResource
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack, terraform_name


def stack(fleet: Fleet, folder: Path) -> tuple[App, FleetStack]:
    app = App(outdir=str(folder), stack_traces=False)
    return app, FleetStack(app, "sample", fleet=fleet, state_key="sample/terraform.tfstate")


def test_a_nested_element_bears_its_path_without_a_hash(fleet: Fleet, tmp_path: Path) -> None:
    app, sample = stack(fleet, tmp_path)
    group = Construct(Construct(sample, "nodes"), "main")
    TerraformResource(group, "Default", terraform_resource_type="thing")
    TerraformResource(group, "template", terraform_resource_type="thing")
    app.synth()
    written = json.loads((tmp_path / "stacks/sample/cdk.tf.json").read_text())
    assert sorted(written["resource"]["thing"]) == ["nodes_main", "nodes_main_template"]


def test_two_types_may_share_a_name(fleet: Fleet, tmp_path: Path) -> None:
    app, sample = stack(fleet, tmp_path)
    TerraformResource(Construct(sample, "a"), "b", terraform_resource_type="one")
    TerraformResource(sample, "a_b", terraform_resource_type="other")
    TerraformLocal(Construct(sample, "c"), "d", "local")
    TerraformOutput(sample, "c_d", value="output")
    app.synth()
    written = json.loads((tmp_path / "stacks/sample/cdk.tf.json").read_text())
    assert list(written["resource"]["one"]) == list(written["resource"]["other"]) == ["a_b"]
    assert list(written["locals"]) == list(written["output"]) == ["c_d"]


def test_two_elements_of_one_type_never_share_a_name(fleet: Fleet, tmp_path: Path) -> None:
    app, sample = stack(fleet, tmp_path)
    TerraformResource(Construct(sample, "a"), "b", terraform_resource_type="one")
    TerraformResource(sample, "a_b", terraform_resource_type="one")
    with pytest.raises(RuntimeError, match="would both be named a_b"):
        app.synth()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("nodes/Default", "nodes"),
        ("namespaces/1st-team", "namespaces_1st-team"),
        ("1st-team/Default", "_1st-team"),
        ("role/AmazonEKS_CNI.Policy", "role_AmazonEKS_CNI_Policy"),
    ],
)
def test_a_name_holds_only_what_terraform_accepts(path: str, name: str) -> None:
    assert terraform_name(path) == name

"""The real terraform, with the real providers that are at hand, takes every stack of the fleet and of the ADR's fixture.

One validation serves them all: each stack stands as a module of one root, which loads each provider once, and of the
schemas of AWS those that are used.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.providers.planning import Planned
from tests.sandbox.at_hand import lacking_aws
from tests.sandbox.narrowed import standing_by
from tests.sandbox.terraform import (
    Providers,
    Terraform,
    missing_terraform,
    providers_at_hand,
    required_providers,
)


def one_root(stacks: dict[str, Path], folder: Path) -> Path:
    """Write a root whose modules are the stacks.

    Of provider blocks that say the same, but for a cluster's name, the first alone stays: each starts a provider.
    """
    root: dict[str, dict[str, object]] = {"module": {}}
    configured: set[str] = set()
    for name, stack in stacks.items():
        shutil.copytree(stack, folder / name)
        content = json.loads((folder / name / "cdk.tf.json").read_text())
        # What a module may not have: where its state lies, and what it takes over.
        content["terraform"].pop("backend")
        content.pop("import", None)
        cluster = name.removeprefix("adr-2021-").partition("-")[0]
        for provider in list(content["provider"]):
            says = provider + json.dumps(content["provider"][provider]).replace(f'"{cluster}"', '"CLUSTER"')
            if says in configured:
                del content["provider"][provider]
            configured.add(says)
        if not content["provider"]:
            del content["provider"]
        (folder / name / "cdk.tf.json").write_text(json.dumps(content, indent=2))
        root["module"][name] = {"source": f"./{name}"}
    (folder / "main.tf.json").write_text(json.dumps(root))
    return folder


def test_every_stack_is_valid(
    stacks: dict[str, Path], providers: Providers, tmp_path: Path, left_out: list[str]
) -> None:
    reason = missing_terraform()
    if reason is not None:
        left_out.append(f"terraform validate: {reason}")
        return
    checked = {name: stack for name, stack in stacks.items() if not providers.lacking(stack)}
    for name in sorted(stacks.keys() - checked.keys()):
        left_out.append(f"terraform validate of {name}: no provider {', '.join(providers.lacking(stacks[name]))}")
    if not checked:
        return
    assert {"account", "live", "adr-2021-account", "adr-2021-live"} <= checked.keys()
    terraform = Terraform.installing(one_root(checked, tmp_path), providers=providers)
    terraform.run("init", "-no-color")
    with standing_by(providers, checked.values(), {}) as provider:
        validating = replace(terraform, environment={**terraform.environment, **provider})
        answer = json.loads(validating.run("validate", "-json"))
    assert answer["valid"] is True
    warned = {(each["address"].split(".")[1], each["address"].split(".")[2]) for each in answer["diagnostics"]}
    former = {"adr-2021-identity": "auth0_rule", "adr-2021-live-workloads": "kubernetes_pod_security_policy_v1beta1"}
    # Only what the ADR's time had and ours has not is deprecated.
    assert warned == {each for each in former.items() if each[0] in checked}


def test_an_unknown_argument_is_refused(planned: Planned, left_out: list[str]) -> None:
    """The check above can fail: one argument that no provider knows, deep in one stack, is found."""
    if not planned.standing_by:
        left_out.append(f"terraform validate refuses an unknown argument: {lacking_aws()}")
        return
    assert planned.refusal.startswith("terraform validate")
    assert '"retention"' in planned.refusal


def test_provider_ranges_are_bounded(stacks: dict[str, Path]) -> None:
    for stack in stacks.values():
        for name, each in required_providers(stack).items():
            assert each["version"].startswith(">= "), (stack.name, name)
            assert ", < " in each["version"], (stack.name, name)


OURS = "registry.example/hashicorp/aws"


def fill(mirror: Path, *versions: str) -> None:
    for version in versions:
        package = mirror / OURS / version / "linux_amd64"
        package.mkdir(parents=True)
        (package / f"terraform-provider-aws_v{version}").touch()


def test_mirror_is_the_one_that_terraform_is_configured_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name of ours: first what the CLI configuration says, then the data folders in their order."""
    monkeypatch.delenv("TF_PROVIDER_MIRROR", raising=False)
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "terraform.rc"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_DATA_DIRS", f"{tmp_path / 'empty'}:{tmp_path / 'shared'}")
    for folder in ("shared", "mine"):
        fill(tmp_path / folder / "terraform" / "plugins", "5.9.0")
        assert providers_at_hand([], tmp_path / "scratch").mirror == tmp_path / folder / "terraform" / "plugins"
    fill(tmp_path / "home" / ".terraform.d" / "plugins", "5.9.0")
    assert providers_at_hand([], tmp_path / "scratch").mirror == tmp_path / "home" / ".terraform.d" / "plugins"
    fill(tmp_path / "configured", "5.9.0")
    (tmp_path / "terraform.rc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path    = "{tmp_path / "configured"}"\n  }}\n}}\n'
    )
    assert providers_at_hand([], tmp_path / "scratch").mirror == tmp_path / "configured"


def test_mirror_may_be_an_add_on_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told by its layout, whatever its name, from other packages."""
    for name in ("TF_PROVIDER_MIRROR", "TF_CLI_CONFIG_FILE", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "empty"))
    monkeypatch.setattr("tests.sandbox.terraform.ADD_ON_PACKAGES", tmp_path)
    monkeypatch.setattr("tests.sandbox.terraform.REGISTRY", "registry.example")
    fill(tmp_path / "providers", "5.9.0")
    (tmp_path / "another" / "bin").mkdir(parents=True)
    assert providers_at_hand([], tmp_path / "scratch").mirror == tmp_path / "providers"


def test_mirror_is_the_one_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several versions the newest is taken; a package without a program is none."""
    fill(tmp_path, "5.9.0", "5.100.0")
    (tmp_path / OURS / "6.0.0" / "linux_amd64").mkdir(parents=True)
    monkeypatch.setitem(os.environ, "TF_PROVIDER_MIRROR", str(tmp_path))
    found = providers_at_hand([], tmp_path / "scratch")
    assert found.mirror == tmp_path
    assert {source: path.parent.name for source, path in found.packages.items()} == {"hashicorp/aws": "5.100.0"}

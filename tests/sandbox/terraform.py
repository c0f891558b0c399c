"""Runs the real terraform on synthesized stacks, with the providers that are at hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MINIMUM_VERSION: Final = (1, 11)
CONVENTIONAL_MIRRORS: Final = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/tf-plugins",
)
"""Folders in which terraform, distributions and CI images keep providers."""


class TerraformError(RuntimeError):
    """Terraform ended with an error; the text is its own."""


@dataclass(frozen=True)
class Providers:
    """Where providers come from, and which of them are there."""

    mirror: Path | None
    sources: frozenset[str]

    def lack(self, wanted: frozenset[str]) -> list[str]:
        """Return the wanted provider sources that no mirror holds."""
        return sorted(wanted - self.sources)


def missing_terraform() -> str | None:
    """Say why terraform cannot run here, or return None."""
    path = shutil.which("terraform")
    if path is None:
        return "terraform is not on the PATH (1.11 or later is needed)"
    answer = subprocess.run([path, "version", "-json"], capture_output=True, text=True, check=False)
    found = json.loads(answer.stdout)["terraform_version"]
    if tuple(int(part) for part in found.split("-")[0].split(".")[:2]) < MINIMUM_VERSION:
        return f"terraform {found} is too old: 1.11 or later is needed"
    return None


def providers_at_hand() -> Providers:
    """Find a filesystem mirror: the one that `TF_PROVIDER_MIRROR` names, else one in a conventional place."""
    named = os.environ.get("TF_PROVIDER_MIRROR")
    for folder in [named] if named else CONVENTIONAL_MIRRORS:
        mirror = Path(folder).expanduser()
        found = {f"{path.parent.name}/{path.name}" for path in mirror.glob("registry.terraform.io/*/*") if path.is_dir()}
        if found:
            return Providers(mirror, frozenset(found))
    return Providers(None, frozenset())


def required_providers(stack: Path) -> frozenset[str]:
    """Return the sources of the providers that a stack requires."""
    required = json.loads((stack / "cdk.tf.json").read_text())["terraform"]["required_providers"]
    return frozenset(each["source"] for each in required.values())


@dataclass(frozen=True)
class Terraform:
    """Terraform in one stack folder, bound to a mirror and an environment."""

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, *, providers: Providers, environment: Mapping[str, str]) -> Terraform:
        """Prepare a folder: write the CLI configuration that names the mirror."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        settings = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        if providers.mirror is not None:
            configuration = folder.resolve() / ".terraformrc"
            configuration.write_text(
                f'provider_installation {{\n  filesystem_mirror {{\n    path = "{providers.mirror}"\n  }}\n}}\n'
            )
            settings["TF_CLI_CONFIG_FILE"] = str(configuration)
        return cls(folder, {**inherited, **settings, **environment})

    def run(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> str:
        """Run one terraform command and return what it printed.

        Raises:
            TerraformError: It ended with an exit code that is not in `accept`.
        """
        done = subprocess.run(
            ["terraform", *arguments], cwd=self.folder, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        if done.returncode not in accept:
            raise TerraformError(f"terraform {' '.join(arguments)} in {self.folder.name}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def init(self) -> None:
        """Install the providers."""
        self.run("init", "-no-color", "-reconfigure")

    def validate(self) -> None:
        """Check the stack against its providers' schemas."""
        self.run("validate", "-no-color")

    def plan(self, *arguments: str) -> dict[str, Any]:
        """Plan and return the plan as `terraform show -json` writes it."""
        self.run("plan", "-no-color", "-out=plan", *arguments)
        plan: dict[str, Any] = json.loads(self.run("show", "-json", "plan"))
        return plan

    def apply(self) -> None:
        """Apply without asking."""
        self.run("apply", "-no-color", "-auto-approve")

    def destroy(self) -> None:
        """Destroy without asking."""
        self.run("destroy", "-no-color", "-auto-approve")


def changes(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what a plan would do, address to actions, without what it only reads or leaves alone."""
    found: dict[str, list[str]] = {}
    for change in plan.get("resource_changes", []):
        actions = change["change"]["actions"]
        if change["mode"] == "managed" and actions not in (["no-op"], ["read"]):
            found[change["address"]] = actions
    return found

"""Runs the real terraform on synthesized stacks, with the providers that are at hand."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MINIMUM_VERSION: Final = (1, 11)
TERRAFORM_NEEDED: Final = "install 1.11 or later (https://developer.hashicorp.com/terraform/install)"
REGISTRY: Final = "registry.terraform.io"
"""The registry of all our providers: the topmost folder of a mirror."""
ADD_ON_PACKAGES: Final = Path(os.sep, "opt")
"""Where the Filesystem Hierarchy Standard puts what a distribution does not have, such as a CI image's providers."""
CONFIGURED_MIRROR: Final = re.compile(r'\bfilesystem_mirror\s*\{[^}]*?\bpath\s*=\s*"([^"]+)"')
REGISTRY_PATIENCE: Final = 120
"""Seconds that a registry gets to hand over what no mirror has."""


SHORT_LIVED: Final = {"GOGC": "off", "GOMEMLIMIT": "1GiB"}
"""What Go programs are told that end soon: they spend two fifths of such a life looking for garbage."""
QUIET: Final = {"TF_LOG_SDK": "off", "TF_LOG_PROVIDER": "off"}
"""What providers are told, for else they write thousands of lines, which terraform reads and drops."""
INTERRUPT_PATIENCE: Final = 5
"""Seconds that an interrupted terraform gets before it is told again."""


class TerraformError(RuntimeError):
    """Terraform ended with an error; the text is its own."""


def missing_terraform() -> str | None:
    """Say why terraform cannot run here and what to do, or return None."""
    path = shutil.which("terraform")
    if path is None:
        return f"terraform is not on the PATH: {TERRAFORM_NEEDED}"
    try:
        answer = subprocess.run([path, "version", "-json"], capture_output=True, text=True, check=False)
        found = str(json.loads(answer.stdout)["terraform_version"])
        version = tuple(int(part) for part in found.split("-")[0].split(".")[:2])
    except (OSError, ValueError, LookupError, TypeError):
        return f"{path} does not tell its version: {TERRAFORM_NEEDED}"
    return f"{path} is {found}: {TERRAFORM_NEEDED}" if version < MINIMUM_VERSION else None


def required_providers(stack: Path) -> dict[str, dict[str, str]]:
    """Return the providers that a stack requires, source and version range by local name."""
    required: dict[str, dict[str, str]] = json.loads((stack / "cdk.tf.json").read_text())["terraform"][
        "required_providers"
    ]
    return required


@dataclass(frozen=True)
class Providers:
    """The provider packages at hand: the folder that holds the program, by source such as `hashicorp/aws`."""

    packages: Mapping[str, Path]
    mirror: Path | None

    def lacking(self, stack: Path) -> list[str]:
        """Return the sources that a stack requires and that are not at hand."""
        return sorted({each["source"] for each in required_providers(stack).values()} - self.packages.keys())

    def installation(self) -> str:
        """Return the CLI configuration by which `terraform init` installs from the mirror what is there."""
        if self.mirror is None:
            return ""
        held = ", ".join(f'"{source}"' for source in sorted(_mirrored(self.mirror)))
        return (
            "provider_installation {\n"
            f'  filesystem_mirror {{\n    path = "{self.mirror}"\n    include = [{held}]\n  }}\n'
            f"  direct {{\n    exclude = [{held}]\n  }}\n}}\n"
        )

    def overrides(self) -> str:
        """Return the CLI configuration that runs the packages where they lie: no init, no checksum of 700 MB."""
        lines = "".join(f'    "{source}" = "{path}"\n' for source, path in sorted(self.packages.items()))
        return f"provider_installation {{\n  dev_overrides {{\n{lines}  }}\n  direct {{}}\n}}\n"


def _mirrored(mirror: Path) -> dict[str, Path]:
    """Return the newest package of each provider in a filesystem mirror, as terraform lays it out."""
    found: dict[str, Path] = {}
    for folder in sorted(mirror.glob("*/*/*/*/*_*"), key=_version_of):
        if folder.is_dir() and any(folder.glob("terraform-provider-*")):
            found[f"{folder.parents[2].name}/{folder.parents[1].name}"] = folder.resolve()
    return found


def _version_of(package: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", package.parent.name))


def _mirrors() -> Iterator[Path]:
    """Yield where a mirror may be: as `TF_PROVIDER_MIRROR` says, else where terraform looks, and then the add-ons.

    Terraform looks where its CLI configuration says and, unasked, in the data folders of the user and of the system
    (https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories).
    """
    if named := os.environ.get("TF_PROVIDER_MIRROR"):
        yield Path(named).expanduser()
        return
    configuration = Path(os.environ.get("TF_CLI_CONFIG_FILE") or "~/.terraformrc").expanduser()
    if configuration.is_file():
        yield from map(Path, CONFIGURED_MIRROR.findall(configuration.read_text()))
    yield Path("~/.terraform.d/plugins").expanduser()
    data = [os.environ.get("XDG_DATA_HOME") or "~/.local/share"]
    data += (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    for folder in data:
        yield Path(folder).expanduser() / "terraform" / "plugins"
    for registry in sorted(ADD_ON_PACKAGES.glob(f"*/{REGISTRY}")):
        yield registry.parent


def providers_at_hand(stacks: Iterable[Path], scratch: Path, *, believed: float = 0) -> Providers:
    """Find what `stacks` require: in the first mirror that holds any provider.

    What the mirror lacks is asked of the registry, once: `scratch` keeps what it sends, in a mirror of its own. That it
    does not answer is believed for some seconds.
    """
    mirror = next((path for path in _mirrors() if _mirrored(path)), None)
    found = Providers(_mirrored(mirror) if mirror else {}, mirror)
    wanted: dict[str, dict[str, str]] = {}
    for stack in stacks:
        wanted |= required_providers(stack)
    absent = {name: each for name, each in wanted.items() if each["source"] not in found.packages}
    if not absent:
        return found
    downloaded = _download(absent, scratch, believed)
    return Providers({**found.packages, **downloaded}, mirror or (_downloads(scratch) if downloaded else None))


def _downloads(scratch: Path) -> Path:
    return scratch.resolve() / "mirror"


def _download(wanted: Mapping[str, Mapping[str, str]], scratch: Path, believed: float) -> dict[str, Path]:
    """Return what the registry hands over, or did before; nothing where it cannot be reached."""
    _downloads(scratch).mkdir(parents=True, exist_ok=True)
    silent = scratch / "silent"
    answers = True
    found: dict[str, Path] = {}
    with (scratch / "lock").open("w") as lock:
        # Of several processes that want the same one asks.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if silent.exists():
            answers = time.time() - silent.stat().st_mtime >= believed
        for name, each in sorted(wanted.items()):
            asked = json.dumps({"terraform": {"required_providers": {name: each}}})
            folder = scratch / f"{name}-{hashlib.sha256(asked.encode()).hexdigest()[:12]}"
            if answers and not _mirrored(folder / ".terraform" / "providers"):
                folder.mkdir(exist_ok=True)
                (folder / "main.tf.json").write_text(asked)
                answers = _sent(folder, _downloads(scratch))
                if not answers:
                    silent.touch()
            found |= _mirrored(folder / ".terraform" / "providers")
    return found


def _sent(folder: Path, mirror: Path) -> bool:
    """Whether the registry sends what a folder requires; it lies in `mirror` then."""
    asked_of = {
        "CHECKPOINT_DISABLE": "1",
        "TF_REGISTRY_CLIENT_TIMEOUT": "5",
        "TF_REGISTRY_DISCOVERY_RETRY": "0",
        "TF_PLUGIN_CACHE_DIR": str(mirror),
    }
    try:
        done = subprocess.run(
            ["terraform", "init", "-no-color", "-backend=false"],
            cwd=folder, capture_output=True, timeout=REGISTRY_PATIENCE, check=False, env={**_inherited(), **asked_of},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}


def _let_end(process: subprocess.Popen[str]) -> None:
    """Wait for an interrupted terraform: one that is killed leaves its providers behind, and they never end.

    From a terminal it has got the interrupt as well, and a second one would kill it.
    """
    for told in (None, signal.SIGINT, signal.SIGKILL):
        if told is not None:
            process.send_signal(told)
        try:
            process.communicate(timeout=INTERRUPT_PATIENCE)
        except subprocess.TimeoutExpired:
            continue
        return


@dataclass(frozen=True)
class Terraform:
    """Terraform in one folder, bound to providers and an environment; nothing else of the caller's comes through."""

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def installing(cls, folder: Path, *, providers: Providers) -> Terraform:
        """Prepare a folder in which `init` installs providers as it would anywhere."""
        return cls._configured(folder, providers.installation(), {})

    @classmethod
    def ready(cls, folder: Path, *, providers: Providers, environment: Mapping[str, str]) -> Terraform:
        """Prepare a stack's folder that needs no init: its state lies beside it, its providers where they are."""
        stack = folder / "cdk.tf.json"
        content = json.loads(stack.read_text())
        backend = content["terraform"].pop("backend", {"local": {}})
        if "local" not in backend:
            raise TerraformError(f"{folder.name} keeps its state in {', '.join(backend)}: a sandbox must not")
        if not (folder / ".terraform" / "terraform.tfstate").exists():  # which would miss the backend
            stack.write_text(json.dumps(content, indent=2))
        return cls._configured(folder, providers.overrides(), environment)

    @classmethod
    def _configured(cls, folder: Path, configuration: str, environment: Mapping[str, str]) -> Terraform:
        path = folder.resolve() / ".terraformrc"
        path.write_text(configuration)
        settings = {
            **SHORT_LIVED,
            **QUIET,
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_CLI_CONFIG_FILE": str(path),
        }
        return cls(folder, {**_inherited(), **settings, **environment})

    def run(self, *arguments: str) -> str:
        """Run one terraform command and return what it printed.

        Raises:
            TerraformError: It ended with an error.
        """
        return self._run(arguments)[1]

    def _run(self, arguments: Sequence[str], *, accept: tuple[int, ...] = (0,)) -> tuple[int, str]:
        process = subprocess.Popen(
            ["terraform", *arguments], cwd=self.folder, env=dict(self.environment), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            printed, errors = process.communicate()
        except KeyboardInterrupt:
            _let_end(process)
            raise
        if process.returncode not in accept:
            said = f"{printed}\n{errors}"
            # Warnings and progress come before the errors.
            told = said[max(said.find("\nError: "), 0) :]
            raise TerraformError(f"terraform {' '.join(arguments)} in {self.folder.name}:\n{told}")
        return process.returncode, printed

    def plan(self, *arguments: str) -> dict[str, Any]:
        """Plan and return the plan as `terraform show -json` writes it."""
        self.run("plan", "-no-color", "-out=plan", *arguments)
        return self.planned()

    def planned(self) -> dict[str, Any]:
        """Return the last plan as `terraform show -json` writes it."""
        plan: dict[str, Any] = json.loads(self.run("show", "-json", "plan"))
        return plan

    def pending(self) -> dict[str, list[str]]:
        """Plan and return the changes, nothing where nothing changes."""
        code, _ = self._run(("plan", "-no-color", "-out=plan", "-detailed-exitcode"), accept=(0, 2))
        return changes(self.planned()) if code else {}

    def state(self) -> dict[str, Any]:
        """Return the state as `terraform show -json` writes it."""
        state: dict[str, Any] = json.loads(self.run("show", "-json"))
        return state

    def apply(self) -> None:
        """Apply without asking."""
        self.run("apply", "-no-color", "-auto-approve")

    def apply_plan(self) -> None:
        """Apply what `plan` planned."""
        self.run("apply", "-no-color", "plan")

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

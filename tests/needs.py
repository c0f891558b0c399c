"""What some tests need and not every machine has; a run leaves those tests out, and says so at its end.

A need is met by a fixture: every test that uses the fixture, directly or through another, has the need.

Where nothing may be left out for want of something, such as in CI, the environment variable REQUIRE names it: a run that lacks
it ends before it begins.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Final

from tests import toolchain
from tests.decisions.charts import CHARTS_VARIABLE
from tests.decisions.rendering import Helm, helm_command
from tests.sandbox.at_hand import lacking_aws
from tests.sandbox.terraform import missing_terraform
from tests.synth.cdktf_cli import CliMissingError, cdktf_cli

HELM: Final = "helm (make toolchain, or on the path)"
HELM_AND_CHARTS: Final = f"{HELM} and the charts (their repositories, or {CHARTS_VARIABLE})"


def _bash_and_jq() -> str | None:
    lacks = [tool for tool in ("bash", "jq") if shutil.which(tool) is None]
    return f"the pipelines' scripts: need {' and '.join(lacks)}" if lacks else None


def _evaluator() -> str | None:
    lacks = toolchain.missing("alert-evaluator")
    return "alerts in Prometheus's rule engine: needs alert-evaluator (make toolchain)" if lacks else None


def _go_modules() -> str | None:
    """Go and the modules of the evaluator: a build leaves both, a build that came from a cache does not."""
    go = shutil.which("go")
    folder = toolchain.module_folder(toolchain.TOOLS["alert-evaluator"])
    environment = {**os.environ, **toolchain.GO_SETTINGS, **toolchain.OFFLINE}
    if go:
        listed = subprocess.run(
            [go, "list", "-deps", "./..."], cwd=folder, env=environment, capture_output=True, check=False
        )
        if listed.returncode == 0:
            return None
    return "the alert evaluator's own Go tests: needs Go and its modules (make toolchain where nothing is built)"


def _helm() -> str | None:
    if Helm.at_hand():
        return None
    return f"rendering of the real charts: needs {HELM_AND_CHARTS}"


def _renderer() -> str | None:
    return None if helm_command() else f"the project's own chart as helm renders it: needs {HELM}"


def _helm_and_terraform() -> str | None:
    if helm_command() and shutil.which("terraform"):
        return None
    return f"secrets as Helm reads them: needs terraform, and {HELM}"


def _servers() -> str | None:
    absent = toolchain.missing(*toolchain.CONTROL_PLANE)
    return (
        f"live tests against real Kubernetes servers: not built: {', '.join(absent)} (make toolchain)"
        if absent
        else None
    )


NEEDS: Final[Mapping[str, Callable[[], str | None]]] = {
    "bash_and_jq": _bash_and_jq,
    "evaluator": _evaluator,
    "go_modules": _go_modules,
    "helm": _helm,
    "helm_and_terraform": _helm_and_terraform,
    "renderer": _renderer,
    "servers": _servers,
}
"""By a fixture's name: what says which tests cannot run here and why, or None where they can."""


def _toolchain() -> str | None:
    absent = toolchain.missing()
    return f"not built: {', '.join(absent)} (make toolchain)" if absent else None


def _cdktf_cli() -> str | None:
    try:
        cdktf_cli()
    except CliMissingError as error:
        return str(error)
    return None


REQUIREMENTS: Final[Mapping[str, Callable[[], str | None]]] = {
    "terraform": missing_terraform,
    "aws-provider": lacking_aws,
    "toolchain": _toolchain,
    "cdktf-cli": _cdktf_cli,
}
"""What REQUIRE may name: what says why it is not here, or None where it is."""


def unmet(required: str) -> list[str]:
    """Return what is lacking of what REQUIRE names, words with spaces between."""
    found = []
    for name in required.split():
        if name not in REQUIREMENTS:
            found.append(f"{name}: nothing is called so; there are {', '.join(REQUIREMENTS)}")
        elif reason := REQUIREMENTS[name]():
            found.append(f"{name}: {reason}")
    return found

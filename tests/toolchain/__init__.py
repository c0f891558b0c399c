"""Kubernetes's own servers, helm and Prometheus's rule engine, built from pinned Go modules, for the live tests.

`make toolchain` builds what is missing; `locate` finds what was built. Only the standard library is needed here.
Each folder beside this file is a Go module; its `go.mod` and `go.sum` pin the sources of the tools built from it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = [
    "CACHE_VARIABLE",
    "CONTROL_PLANE",
    "GO_SETTINGS",
    "OFFLINE",
    "TOOLS",
    "Tool",
    "ToolchainError",
    "binary",
    "cache_folder",
    "locate",
    "missing",
    "module_folder",
    "stamps",
    "version",
]

CACHE_VARIABLE: Final = "TOOLCHAIN_DIR"
"""Environment variable that names another folder for the built tools."""

CONTROL_PLANE: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""The tools without which no server starts."""

GO_SETTINGS: Final = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false", "GOWORK": "off"}
"""What Go is always run with: pinned modules only, no C compiler, the same bytes from any folder."""

OFFLINE: Final = {"GOPROXY": "off"}
"""What Go is run with besides where it must do with the modules that it has."""

_MODULES: Final = Path(__file__).resolve().parent
_LISTED: Final = re.compile(r"^(?:require )?\s*(?P<path>\S+) (?P<version>v\S+?)(?:\+incompatible)?(?: // .*)?$", re.M)


class ToolchainError(Exception):
    """The toolchain cannot be used as it was asked for; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One program that the live tests run.

    `module` is its folder beside this file, `package` what Go builds there, and `versioned_by` the pinned Go module
    whose version is the program's. `stamps` are the Go variables set at link time, so that the program tells that
    version: `{major}`, `{minor}` and `{version}` are those of the module `stamped_from`.
    """

    name: str
    module: str
    package: str
    versioned_by: str
    stamps: tuple[str, ...] = ()
    stamped_from: str = ""


def _kubernetes(name: str) -> Tool:
    variables = ("gitVersion={version}", "gitMajor={major}", "gitMinor={minor}", "gitTreeState=clean")
    return Tool(
        name=name,
        module="kubernetes",
        package=f"k8s.io/kubernetes/cmd/{name}",
        versioned_by="k8s.io/kubernetes",
        stamps=tuple(f"k8s.io/component-base/version.{variable}" for variable in variables),
        stamped_from="kubernetes",
    )


_ALL: Final = (
    Tool(name="etcd", module="etcd", package=".", versioned_by="go.etcd.io/etcd/server/v3"),
    _kubernetes("kube-apiserver"),
    _kubernetes("kube-scheduler"),
    _kubernetes("kube-controller-manager"),
    # Charts ask helm which Kubernetes they are rendered for: that of the servers.
    Tool(
        name="helm",
        module="helm",
        package="helm.sh/helm/v3/cmd/helm",
        versioned_by="helm.sh/helm/v3",
        stamps=tuple(
            f"helm.sh/helm/v3/pkg/{place}.k8sVersion{part}"
            for place in ("chartutil", "lint/rules")
            for part in ("Major={major}", "Minor={minor}")
        ),
        stamped_from="kubernetes",
    ),
    Tool(
        name="alert-evaluator",
        module="alert_evaluator",
        package=".",
        versioned_by="github.com/prometheus/prometheus",
    ),
)

TOOLS: Final[dict[str, Tool]] = {tool.name: tool for tool in _ALL}
"""Every tool by its name, in the order in which they are built."""


def cache_folder() -> Path:
    """The folder of the built tools: `TOOLCHAIN_DIR`, or one in the user's cache folder."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).absolute()
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home).absolute() / "eks-decisions" / "toolchain"


def version(tool: Tool) -> str:
    """The pinned version of `tool`, such as `v1.35.4`. Raises ToolchainError when its go.mod does not pin it."""
    return _pinned(tool.module, tool.versioned_by)


def stamps(tool: Tool) -> list[str]:
    """The `variable=value` pairs that `tool` is linked with."""
    if not tool.stamps:
        return []
    source = next(other for other in _ALL if other.module == tool.stamped_from)
    pinned = version(source)
    major, minor, *_ = pinned.removeprefix("v").split(".")
    return [stamp.format(version=pinned, major=major, minor=minor) for stamp in tool.stamps]


def module_folder(tool: Tool) -> Path:
    """The folder of the Go module that `tool` is built from."""
    return _MODULES / tool.module


def binary(tool: Tool) -> Path:
    """Where `tool` is, or would be, in the cache: another version, source, setting or platform is another place."""
    digest = hashlib.sha256()
    sources = sorted(module_folder(tool).glob("*.go"))
    for path in [*(module_folder(tool) / name for name in ("go.mod", "go.sum")), *sources]:
        if not path.name.endswith("_test.go"):
            digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    for text in (tool.package, *stamps(tool), *(f"{key}={value}" for key, value in sorted(GO_SETTINGS.items()))):
        digest.update(f"{text}\0".encode())
    system = f"{platform.system()}-{platform.machine()}".lower()
    return cache_folder() / f"{tool.name}-{version(tool)}-{system}-{digest.hexdigest()[:12]}" / tool.name


def locate(tool: str) -> Path | None:
    """The built program of that name, or None when it is not built. Raises ToolchainError for an unknown name."""
    if tool not in TOOLS:
        raise ToolchainError(f"no tool is called {tool!r}; there are {', '.join(TOOLS)}")
    path = binary(TOOLS[tool])
    return path if path.is_file() and os.access(path, os.X_OK) else None


def missing(*tools: str) -> list[str]:
    """Those of `tools` (of all, when none is named) that are not built."""
    return [name for name in tools or TOOLS if locate(name) is None]


def _pinned(module: str, path: str) -> str:
    pins = (_MODULES / module / "go.mod").read_text()
    for match in _LISTED.finditer(pins):
        if match["path"] == path:
            return match["version"]
    raise ToolchainError(f"{module}/go.mod does not pin {path}")

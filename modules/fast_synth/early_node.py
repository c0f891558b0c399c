"""Starts Node before Python needs it and has it load the packages meanwhile, in one process instead of two.

Leans on the inside of one jsii version. With any other, `start` does nothing; if Node answers otherwise than expected,
the stock runtime is started and takes over.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import platform
import re
import subprocess
import sys
import types
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from modules.fast_synth.pipeline import Pipeline

JSII = "1.142.0"
"""The version whose inside `runtime.cjs` and this module know."""
ASSEMBLIES = (
    ("constructs", "constructs"),
    ("cdktf", "cdktf"),
    ("cdktf_cdktf_provider_aws", "@cdktf/provider-aws"),
    ("cdktf_cdktf_provider_helm", "@cdktf/provider-helm"),
    ("cdktf_cdktf_provider_kubernetes", "@cdktf/provider-kubernetes"),
    ("cdktn", "cdktn"),
    ("cdktn_provider_aws", "@cdktn/provider-aws"),
    ("cdktn_provider_helm", "@cdktn/provider-helm"),
    ("cdktn_provider_kubernetes", "@cdktn/provider-kubernetes"),
)
"""Python packages and the npm packages in them, in the order in which they need each other; those that are installed."""
STOPPING = 5
"""Seconds to wait for Node to end by itself."""

_process: subprocess.Popen[bytes] | None = None


def start(node: str) -> bool:
    """Start Node and send it what to load; return whether this jsii is the known one."""
    folder = _folder("jsii")
    if folder is None or os.environ.get("JSII_RUNTIME"):
        return False
    metadata = json.loads((folder / "_metadata.json").read_text(encoding="utf-8"))
    loads = _loads()
    if metadata.get("version") != JSII or metadata["jsii-runtime"]["version"] != JSII or loads is None:
        return False
    global _process
    environment = dict(os.environ)
    environment.pop("NODE_EXTRA_CA_CERTS", None)  # read at start, and nothing here speaks TLS
    environment["JSII_AGENT"] = f"Python/{platform.python_version()}"
    environment["JSII_EMBEDDED"] = str(folder / "_embedded" / "jsii")
    environment["FAST_SYNTH_MEMORY"] = str(Path(sys.prefix) / ".package-digests.json")
    environment["FAST_SYNTH_CODE"] = str(Path(sys.prefix) / ".package-code.bin")
    _process = subprocess.Popen(
        [
            node,
            "--preserve-symlinks",
            "--no-deprecation",
            "--max-old-space-size=4069",
            str(Path(__file__).with_name("runtime.cjs")),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    warming = [{"api": "sget", "fqn": name, "property": "tfResourceType"} for name in _classes(loads)]
    early = [*({"api": "load", **load} for load in loads), *warming]
    requests = b"".join(json.dumps(each).encode() + b"\n" for each in early)
    try:
        if _process.stdin is None or os.write(_process.stdin.fileno(), requests) != len(requests):
            return False
    except OSError:
        return False
    _Adoption(_process, loads, len(warming))
    return True


def stop() -> bool:
    """End the early process, letting it clear its folder; return False if it is not the one in use."""
    if _process is None or _process.stdin is None or _process.poll() is not None:
        return False
    try:
        if not _process.stdin.closed:
            _process.stdin.write(b'{"exit":0}\n')
            _process.stdin.close()
        _process.terminate()  # it reads what was sent early before it reads that it shall end
        _process.wait(STOPPING)
    except (OSError, subprocess.TimeoutExpired):
        _process.kill()
    return True


def load_providers_lazily() -> None:
    """Have the stock runtime take the provider packages' lazy index, which needs nothing but NODE_OPTIONS."""
    hook = f'--no-deprecation --require "{Path(__file__).with_name("lazy_index.cjs")}"'
    options = os.environ.get("NODE_OPTIONS", "")
    if hook not in options:
        os.environ["NODE_OPTIONS"] = f"{options} {hook}".strip()


def _folder(package: str) -> Path | None:
    spec = PathFinder.find_spec(package)
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


def _loads() -> list[dict[str, str]] | None:
    """Return the load requests that the imports of the installed packages will make; None where that is not clear."""
    loads = []
    for package, name in ASSEMBLIES:
        folder = _folder(package)
        if folder is None:
            continue
        tarballs = list((folder / "_jsii").glob("*.jsii.tgz"))
        if len(tarballs) != 1:
            return None
        version = tarballs[0].name.removesuffix(".jsii.tgz").rpartition("@")[2]
        loads.append({"name": name, "version": version, "tarball": str(tarballs[0])})
    return loads or None


def _classes(loads: list[dict[str, str]]) -> list[str]:
    """Return the resource classes that the bindings import, as Node calls them, for Node to load early."""
    text = Path(__file__).parents[1].joinpath("bindings.py").read_text(encoding="utf-8")
    loaded = {load["name"] for load in loads}
    classes = []
    for provider, module in re.findall(r"^from cdktf_cdktf_provider_(\w+?)\.(\w+) import", text, re.MULTILINE):
        class_ = "".join(part.title() for part in module.split("_"))
        package = next((name for name in loaded if name.endswith(f"/provider-{provider}")), None)
        if package and module != "provider":
            classes.append(f"{package}.{class_[0].lower()}{class_[1:]}.{class_}")
    return classes


class _Adoption:
    """Has jsii use a process that was started early, and read its first answers only when one of them matters."""

    def __init__(self, process: subprocess.Popen[bytes], loads: list[dict[str, str]], dropped: int) -> None:
        self._process = process
        self._dropped = dropped
        self._unread = list(loads)
        self._claimed: list[Any] = []
        self._jsii: Any = importlib.import_module("jsii._kernel.providers.process")
        node = self._jsii._NodeProcess
        self._stock = {name: getattr(node, name) for name in ("start", "send", "handshake", "_jsii_runtime")}
        node.start = lambda this: self._start(this)
        node.send = lambda this, request, response_type: self._send(this, request, response_type)

    def _start(self, this: Any) -> None:
        """Take over the process instead of starting one."""
        node, stock_subprocess = self._jsii._NodeProcess, self._jsii.subprocess
        node.handshake, node._jsii_runtime = (lambda _: None), (lambda _: "")
        self._jsii.subprocess = types.SimpleNamespace(Popen=lambda *_, **__: self._process, PIPE=subprocess.PIPE)
        try:
            self._stock["start"](this)
        finally:
            self._jsii.subprocess = stock_subprocess
            self._restore("start", "handshake", "_jsii_runtime")

    def _send(self, this: Any, request: Any, response_type: Any) -> Any:
        """Answer what was asked early; before anything else, read the answers."""
        if isinstance(request, self._jsii.LoadRequest):
            load = {"name": request.name, "version": request.version, "tarball": str(request.tarball)}
            if load in self._unread:
                self._claimed.append(request)
                return self._jsii.LoadResponse(assembly=request.name, types=0)
        self._restore("send")
        self._read_answers(this)
        return this.send(request, response_type)

    def _read_answers(self, this: Any) -> None:
        """Read the greeting and one answer per early request; start the stock runtime if one is not as expected."""
        try:
            this.handshake()
            answers = [this._next_message() for _ in range(len(self._unread) + self._dropped)]
            if all("ok" in answer for answer in answers[: len(self._unread)]):
                self._send_ahead(this)
                return
        except (AssertionError, ValueError, KeyError, TypeError):
            pass
        self._process.kill()
        with contextlib.suppress(OSError):
            this.stop()
        self._process.wait()
        load_providers_lazily()
        this.start()
        for request in self._claimed:
            this.send(request, self._jsii.LoadResponse)

    def _send_ahead(self, this: Any) -> None:
        """Stop waiting for each answer, except where a test expects an error at the very line that makes it."""
        if "pytest" not in sys.modules and not self._jsii._stack_traces_enabled():
            this.send = Pipeline(this).send

    def _restore(self, *names: str) -> None:
        for name in names:
            setattr(self._jsii._NodeProcess, name, self._stock[name])

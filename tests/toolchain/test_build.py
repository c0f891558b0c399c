"""The toolchain's builder, run as its user runs it, with a stand-in for Go that takes no time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import toolchain

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "toolchain" / "build.py"

GO = f"""#!{sys.executable}
import os, pathlib, subprocess, sys, time
here = pathlib.Path(__file__).parent
arguments = sys.argv[1:]
with (here / "calls").open("a") as calls:
    calls.write(" ".join([os.environ["CGO_ENABLED"], os.getcwd(), *arguments]) + "\\n")
print("go: downloading example.org/module v1.0.0", file=sys.stderr)
print("example.org/module/package", file=sys.stderr, flush=True)
if (here / "fail").exists():
    print("main.go:1:1: nothing compiles today", file=sys.stderr)
    sys.exit(1)
target = pathlib.Path(arguments[arguments.index("-o") + 1])
target.write_text("half")
if (here / "slow").exists():
    compiler = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (here / "compiler").write_text(str(compiler.pid))
    time.sleep(60)
time.sleep(float((here / "seconds").read_text()) if (here / "seconds").exists() else 0)
target.write_text("#!/bin/sh\\n")
target.chmod(0o755)
"""


class Builder:
    """Runs build.py against a cache and a Go of its own."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.go = folder / "bin" / "go"
        self.go.parent.mkdir()
        self.go.write_text(GO)
        self.go.chmod(0o755)
        self.environment = {"PATH": str(self.go.parent), toolchain.CACHE_VARIABLE: str(self.cache)}

    def start(self, *arguments: str, cwd: Path = ROOT) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), *arguments],
            cwd=cwd,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, cwd: Path = ROOT) -> tuple[int, str, str]:
        process = self.start(*arguments, cwd=cwd)
        stdout, stderr = process.communicate(timeout=60)
        return process.returncode, stdout, stderr

    def switch(self, name: str, text: str = "") -> None:
        (self.go.parent / name).write_text(text)

    def calls(self) -> list[str]:
        calls = self.go.parent / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def partials(self) -> list[Path]:
        return list(self.cache.glob(".partial-*"))


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    monkeypatch.setenv(toolchain.CACHE_VARIABLE, str(tmp_path / "cache"))
    return Builder(tmp_path)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not (path.exists() and path.stat().st_size):
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_builds_every_missing_tool_once(builder: Builder, tmp_path: Path) -> None:
    assert toolchain.missing() == list(toolchain.TOOLS)
    status, _, progress = builder.run(cwd=tmp_path)
    assert status == 0, progress
    assert toolchain.missing() == []
    assert len(builder.calls()) == len(toolchain.TOOLS) == 6
    assert f"[2/6] kube-apiserver {toolchain.version(toolchain.TOOLS['kube-apiserver'])}: built in" in progress
    assert all(call.startswith("0 ") for call in builder.calls()), "a C compiler would be needed"

    status, _, said = builder.run()
    assert status == 0
    assert "nothing to build" in said
    assert len(builder.calls()) == 6


def test_builds_only_what_is_named(builder: Builder) -> None:
    assert toolchain.missing("helm", "etcd") == ["helm", "etcd"]
    assert builder.run("helm", "etcd")[0] == 0
    assert toolchain.missing("helm", "etcd") == []
    assert "kube-apiserver" in toolchain.missing()


def test_servers_and_helm_are_stamped_with_the_pinned_kubernetes(builder: Builder) -> None:
    builder.run("kube-apiserver", "helm")
    pinned = toolchain.version(toolchain.TOOLS["kube-apiserver"])
    _, minor, _ = pinned.split(".")
    server, helm = builder.calls()
    assert f"-X k8s.io/component-base/version.gitVersion={pinned} " in server
    assert f"version.gitMinor={minor} " in server
    assert f"chartutil.k8sVersionMinor={minor} " in helm


def test_lists_each_tool_with_version_and_place(builder: Builder) -> None:
    builder.run("etcd")
    status, listed, _ = builder.run("--list")
    assert status == 0
    lines = [line.split() for line in listed.splitlines()]
    assert [line[0] for line in lines] == list(toolchain.TOOLS)
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+", line[1]) for line in lines)
    assert lines[0][2] == str(toolchain.locate("etcd"))
    assert {line[2] for line in lines[1:]} == {"missing"}


def test_without_go_names_what_is_missing(builder: Builder) -> None:
    builder.run("etcd")
    builder.go.unlink()
    status, _, complaint = builder.run("etcd", "helm", "kube-apiserver")
    assert status == 2
    assert complaint.splitlines() == [
        "toolchain: Go is not installed (no `go` on PATH), so not built: helm, kube-apiserver"
    ]
    assert builder.run("etcd")[0] == 0, "what is built needs no Go"


def test_an_unknown_tool_is_refused(builder: Builder) -> None:
    status, _, complaint = builder.run("kubelet")
    assert status == 2
    assert "kubelet" in complaint
    assert "kube-apiserver" in complaint
    with pytest.raises(toolchain.ToolchainError, match="kubelet"):
        toolchain.locate("kubelet")


def test_a_cache_that_is_a_file_is_refused(builder: Builder) -> None:
    builder.cache.write_text("")
    status, _, complaint = builder.run("etcd")
    assert status == 2
    assert str(builder.cache) in complaint


def test_a_failed_build_tells_what_go_said_and_leaves_nothing(builder: Builder) -> None:
    builder.switch("fail")
    status, _, complaint = builder.run("etcd")
    assert status == 1
    assert "nothing compiles today" in complaint
    assert toolchain.locate("etcd") is None
    assert builder.partials() == []


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_no_half_tool_and_no_compiler(builder: Builder, end: signal.Signals) -> None:
    builder.switch("slow")
    process = builder.start("etcd")
    compiler = builder.go.parent / "compiler"
    wait_for(compiler)
    process.send_signal(end)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in complaint
    assert toolchain.locate("etcd") is None
    assert builder.partials() == []
    assert not is_running(int(compiler.read_text()))

    (builder.go.parent / "slow").unlink()
    assert builder.run("etcd")[0] == 0
    assert toolchain.locate("etcd") is not None


def test_killed_it_is_cleaned_up_after(builder: Builder) -> None:
    builder.switch("slow")
    process = builder.start("etcd")
    compiler = builder.go.parent / "compiler"
    wait_for(compiler)
    process.kill()
    process.communicate(timeout=30)
    assert toolchain.locate("etcd") is None
    assert len(builder.partials()) == 1
    os.killpg(os.getpgid(int(compiler.read_text())), signal.SIGKILL)

    (builder.go.parent / "slow").unlink()
    assert builder.run("etcd")[0] == 0
    assert builder.partials() == []


def test_two_at_once_build_each_tool_once(builder: Builder) -> None:
    builder.switch("seconds", "0.5")
    processes = [builder.start("etcd", "helm") for _ in range(2)]
    said = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(builder.calls()) == 2
    assert "another build is at work" in "".join(said)


def test_another_version_is_another_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = toolchain.TOOLS["etcd"]
    before = toolchain.binary(tool)
    assert before.name == "etcd"
    assert toolchain.version(tool) in before.parent.name
    copied = tmp_path / "modules" / "etcd"
    copied.mkdir(parents=True)
    for source in toolchain.module_folder(tool).iterdir():
        (copied / source.name).write_bytes(source.read_bytes())
    monkeypatch.setattr(toolchain, "_MODULES", copied.parent)
    assert toolchain.binary(tool) == before
    pins = copied / "go.mod"
    pins.write_text(pins.read_text().replace(f"server/v3 {toolchain.version(tool)}", "server/v3 v3.99.0"))
    assert toolchain.version(tool) == "v3.99.0"
    assert toolchain.binary(tool) != before


def test_the_cache_is_the_users_unless_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(toolchain.CACHE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert toolchain.cache_folder() == tmp_path / "eks-decisions" / "toolchain"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert toolchain.cache_folder() == tmp_path / ".cache" / "eks-decisions" / "toolchain"


@pytest.mark.parametrize("name", sorted({tool.module for tool in toolchain.TOOLS.values()}))
def test_modules_are_pinned_whole_and_name_no_registry(name: str) -> None:
    folder = ROOT / "tests" / "toolchain" / name
    pins, sums = (folder / "go.mod").read_text(), (folder / "go.sum").read_text()
    assert "=> ." not in pins
    assert "=> /" not in pins
    assert "proxy." not in pins + sums
    replaced = dict(re.findall(r"^\s*(\S+) => \S+ (\S+)$", pins, re.M))
    for path, version in re.findall(r"^(?:require )?\s*(\S+) (v\S+)(?: // indirect)?$", pins, re.M):
        assert f"{path} {replaced.get(path, version)}/go.mod h1:" in sums, path


def test_kubernetes_staging_modules_are_of_the_servers_release() -> None:
    pins = (ROOT / "tests" / "toolchain" / "kubernetes" / "go.mod").read_text()
    release = toolchain.version(toolchain.TOOLS["kube-apiserver"]).removeprefix("v1.")
    replacements = re.findall(r"^\s*(k8s\.io/\S+) => (\S+) v0\.(\S+)$", pins, re.M)
    assert len(replacements) == 31
    for path, by, version in replacements:
        assert (by, version) == (path, release)


def test_the_go_of_ci_is_new_enough_for_every_module() -> None:
    folder = ROOT / "tests" / "toolchain"
    offered = tuple(map(int, (folder / "go-version").read_text().split(".")))
    wanted = [re.findall(r"^go (\d+)\.(\d+)(?:\.(\d+))?$", path.read_text(), re.M) for path in folder.glob("*/go.mod")]
    assert len(wanted) == 4
    for [version] in wanted:
        assert tuple(int(part or 0) for part in version) <= offered

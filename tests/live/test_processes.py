"""Nothing that a session started outlives it, however it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.client import eventually
from tests.live.processes import Processes, free_ports

SESSION = """
import os, signal, sys
from pathlib import Path
from tests.live.processes import Processes

processes = Processes(Path(sys.argv[1]))
processes.start([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"])
log = Path(sys.argv[1]) / f"{Path(sys.executable).name}.log"
processes.wait_until(lambda: log.read_text().strip() != "", "the server")
if sys.argv[2] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "broken off":
    raise KeyboardInterrupt
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("end", ["finished", "broken off", "killed"])
def test_a_server_ends_with_its_session(tmp_path: Path, root: Path, left_out: list[str], end: str) -> None:
    if sys.platform != "linux":
        left_out.append("servers end with their session: the kernel's own guard is Linux's")
        return
    done = subprocess.run(
        [sys.executable, "-c", SESSION, tmp_path, end],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode == 0) == (end == "finished"), done.stderr
    pid = int((tmp_path / f"{Path(sys.executable).name}.log").read_text())
    eventually(lambda: not is_running(pid), seconds=10)


def test_a_server_that_ends_early_is_named_with_its_log(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    processes.start([sys.executable, "-c", "raise SystemExit('no such flag')"])
    with pytest.raises(RuntimeError, match="no such flag"):
        processes.wait_until(lambda: False, "nothing", seconds=30)
    processes.stop()


def test_ports_are_different() -> None:
    assert len(set(free_ports(20))) == 20

"""Short cuts change no byte of the output, and are left alone or given up where they do not fit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from modules.fast_synth.known import are_known
from tests.synth.command import Tree, run, tree

BEGUN = "beginning anew with FAST_SYNTH=0"
"""What is said wherever the stock way is taken."""


def put(path: Path, right: str, wrong: str) -> None:
    """Write something else into a file in place of what stands there."""
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))


@pytest.mark.thorough
def test_stock_imports_give_the_same_bytes(stock_out: Path, written: Tree) -> None:
    assert tree(stock_out) == written


def test_a_missing_node_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from modules.fast_synth import prepare

    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(prepare.NodeMissingError, match="make synth"):
        prepare.find_node()


@pytest.mark.parametrize(
    "source",
    [
        "process.exit(3);",
        'console.log(JSON.stringify({ hello: "@jsii/runtime@1.142.0" })); console.log(JSON.stringify({ error: "no" }));',
    ],
    ids=["dies", "refuses"],
)
def test_a_runtime_that_does_not_fit_is_replaced(written_small: Tree, odd_project: Path, source: str) -> None:
    (odd_project / "modules" / "fast_synth" / "runtime.cjs").write_text(source)
    done = run("--out", odd_project / "out", project=odd_project)
    assert done.returncode == 0, done.stderr
    assert tree(odd_project / "out") == written_small


def test_another_jsii_takes_the_stock_runtime(written_small: Tree, odd_project: Path) -> None:
    (odd_project / "modules" / "fast_synth" / "runtime.cjs").write_text("process.exit(3);")
    put(odd_project / "modules" / "fast_synth" / "early_node.py", 'JSII = "1.142.0"', 'JSII = "9.9.9"')
    done = run("--out", odd_project / "out", project=odd_project)
    assert done.returncode == 0, done.stderr
    assert tree(odd_project / "out") == written_small


class ShortCut(NamedTuple):
    """A short cut that leans on a package."""

    module: str
    """Where it is taken or left alone."""
    known: str
    """The version that it knows."""
    spoilt: str
    """A file of it."""
    right: str
    wrong: str
    """What stands there, and what ends a run that comes by."""


OF_A_PACKAGE = {
    "cdktf": ShortCut("naming.py", '"0.21.0"', "naming.cjs", "const parts =", 'throw new Error("used"); const parts ='),
    "constructs": ShortCut("paths.py", '"10.8.1"', "paths.py", 'f"{above}/{args[1]}"', 'exit("used")'),
    "typeguard": ShortCut(
        "imports.py", '"2.13.3"', "imports.py",
        '    spared = "unittest.mock"', '    raise SystemExit("used")\n    spared = ""',
    ),
}  # fmt: skip


def spoil(project: Path, short_cut: ShortCut) -> None:
    """Have a run end where it takes the short cut."""
    put(project / "modules" / "fast_synth" / short_cut.spoilt, short_cut.right, short_cut.wrong)


@pytest.mark.parametrize("package", OF_A_PACKAGE)
def test_a_known_package_has_its_short_cut_taken(odd_project: Path, package: str) -> None:
    """So that the next test, in which none is taken, does not hold for nothing."""
    spoil(odd_project, OF_A_PACKAGE[package])
    put(odd_project / "main.py", "begin_anew()", "9")
    done = run("--out", odd_project / "out", project=odd_project)
    assert done.returncode != 0
    assert "used" in done.stderr


def test_another_package_takes_no_short_cut_that_leans_on_it(written_small: Tree, odd_project: Path) -> None:
    """All three are others, and their short cuts spoilt."""
    for each in OF_A_PACKAGE.values():
        spoil(odd_project, each)
        put(odd_project / "modules" / "fast_synth" / each.module, each.known, '"9.9.9"')
    done = run("--out", odd_project / "out", project=odd_project)
    assert done.returncode == 0, done.stderr
    assert BEGUN not in done.stderr
    assert tree(odd_project / "out") == written_small


def test_a_package_that_is_not_installed_is_not_known() -> None:
    assert are_known({"jsii": ("1.142.0",), "no-such-package": ("1",)})
    assert not are_known({"no-such-package": ("1",)})
    assert not are_known({"jsii": ("9.9.9",)})


def test_the_root_of_a_package_has_all_that_it_has(project: Path) -> None:
    """Its modules are had without it; what else is asked for loads it."""
    code = (
        "import sys\n"
        "from modules.fast_synth.imports import skip_what_no_one_needs as skip\n"
        "skip()\n"
        "import cdktf_cdktf_provider_helm as root\n"
        "from cdktf_cdktf_provider_helm import release\n"
        "assert root.release is release is sys.modules['cdktf_cdktf_provider_helm.release']\n"
        "assert root is sys.modules['cdktf_cdktf_provider_helm'] and 'cdktf_cdktf_provider_helm.provider' not in sys.modules\n"
        "assert set(root.__all__) == {'data_helm_template', 'provider', 'release'}\n"
        "assert all(hasattr(sys.modules['cdktf_cdktf_provider_helm'], name) for name in root.__all__)\n"
        "assert root.release is release and root.provider.HelmProvider\n"
        "assert not hasattr(root, 'no_such_thing')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def told_project(odd_project: Path) -> Path:
    """The same, where the stock way, which takes half a minute, only tells that it was taken and with what arguments."""
    (odd_project / "main.py").rename(odd_project / "the_fast_way.py")
    (odd_project / "main.py").write_text(
        "import os, runpy, sys\n"
        'if os.environ.get("FAST_SYNTH") == "0":\n'
        '    print("the stock way:", *sys.argv[1:])\n'
        "    sys.exit(7)\n"
        'runpy.run_path(os.path.join(os.path.dirname(__file__), "the_fast_way.py"), run_name="__main__")\n'
    )
    return odd_project


def test_without_trouble_the_stock_way_is_not_taken(said_small: str) -> None:
    assert "read 1 cluster from" in said_small
    assert BEGUN not in said_small


def takes_the_stock_way(project: Path) -> str:
    """Hold that a run begins anew the stock way, leaves nothing of its own and ends as that does; return what it says."""
    done = run("--out", project / "out", project=project)
    assert done.stdout == f"the stock way: --out {project / 'out'}\n"
    assert done.returncode == 7
    assert not (project / "out").exists()
    assert not list(project.glob(".out-unfinished-*"))
    assert BEGUN in done.stderr
    return done.stderr


def test_answers_that_were_not_foreseen_take_the_stock_way(told_project: Path) -> None:
    pipeline = told_project / "modules" / "fast_synth" / "pipeline.py"
    put(pipeline, "FIRST_NUMBER = 10_000", "FIRST_NUMBER = 10_001")
    assert "unforeseen answer of Node" in takes_the_stock_way(told_project)


def test_a_node_that_ends_half_way_takes_the_stock_way(told_project: Path) -> None:
    answer = "fs.writeSync = (fd, ...rest) => "
    dies = answer + 'String(rest[0]).includes("IamRole@") ? process.exit(9) : '
    put(told_project / "modules" / "fast_synth" / "runtime.cjs", answer, dies)
    takes_the_stock_way(told_project)

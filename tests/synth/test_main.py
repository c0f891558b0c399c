"""The command line, run as its users run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from modules.fast_synth.known import are_known

ROOT = Path(__file__).resolve().parents[2]
Tree = dict[str, bytes]


PARTS = ("modules", "clusters", "charts", "main.py")
BEING_WRITTEN = "*.pyc.*"
"""Bytecode that another worker has yet to finish: by the time it is copied it has got its name, and this one is gone."""


def run(
    *arguments: str | Path, cwd: Path = ROOT, project: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run main.py with an environment that holds nothing of the caller's but what it needs."""
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "TMPDIR", "LANG")}
    return subprocess.run(
        [sys.executable, str(project / "main.py"), *map(str, arguments)],
        cwd=cwd,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def tree(folder: Path) -> Tree:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def copy_project(target: Path) -> Path:
    """Copy what synthesis needs to `target`."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns(BEING_WRITTEN))
        else:
            shutil.copy(source, target / part)
    return target


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project at another place, whose path has spaces."""
    return copy_project(tmp_path_factory.mktemp("project") / "a copy with spaces")


@pytest.fixture(scope="module")
def written(project: Path) -> Tree:
    """What the committed fleet is written as, by default to the project's own `terraform-out`."""
    done = run(project=project, cwd=project.parent)
    assert done.returncode == 0, done.stderr
    return tree(project / "terraform-out")


def test_says_what_it_wrote(tmp_path: Path) -> None:
    done = run("--out", tmp_path / "new" / "out", "--only", "test")
    assert done.returncode == 0, done.stderr
    names = {line.split()[0] for line in done.stdout.splitlines()[:-1]}
    assert names == {"identity", "account", "test", "test-login", "test-workloads"}
    assert {path.name for path in (tmp_path / "new" / "out" / "stacks").iterdir()} == names
    assert "5 stacks" in done.stdout.splitlines()[-1]
    assert "read 1 clusters" not in done.stdout
    assert "test" in done.stderr


def test_same_bytes_from_any_directory_and_hash_seed(written: Tree, project: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(project, elsewhere, ignore=shutil.ignore_patterns("terraform-out"))
    done = run("--out", "out", project=elsewhere, cwd=tmp_path, PYTHONHASHSEED="4242", TZ="Asia/Tokyo")
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "out") == written


def test_stock_imports_give_the_same_bytes(written: Tree, project: Path, tmp_path: Path) -> None:
    done = run("--out", tmp_path / "out", project=project, FAST_SYNTH="0")
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "out") == written


def test_the_committed_output_is_up_to_date() -> None:
    done = run("--check")
    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stdout


def test_check_names_stale_stacks(tmp_path: Path, written: Tree, project: Path) -> None:
    for name, content in written.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    stale = tmp_path / "stacks" / "live" / "cdk.tf.json"
    stale.write_text("{}")
    former = tmp_path / "stacks" / "former"
    former.mkdir()
    for name in ("cdk.tf.json", "terraform.tfstate"):
        (former / name).write_text("{}")
    done = run("--check", "--out", tmp_path, project=project)
    assert done.returncode == 1
    assert "not up to date: live;" in done.stderr
    assert "stacks/former, no longer a stack of the fleet, for it holds terraform.tfstate: destroy what" in done.stderr
    assert stale.read_text() == "{}"


def test_the_cdktf_cli_names_the_folder(tmp_path: Path) -> None:
    done = run("--only", "test", CDKTF_OUTDIR=str(tmp_path / "cli"), PLATFORM_BACKEND="local")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "cli" / "stacks" / "test" / "cdk.tf.json").read_text()
    assert '"local"' in text
    assert '"s3"' not in text


def committed() -> Tree:
    return tree(ROOT / "terraform-out") if (ROOT / "terraform-out").exists() else {}


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["--backend", "local"], {}, "name another folder with --out"),
        ([], {"PLATFORM_BACKEND": "local"}, "name another folder with --out"),
        (["--only", "live"], {}, "name another folder with --out"),
        ([], {"PLATFORM_BACKEND": "gcs"}, "allowed: s3, local"),
        (["--out", "out", "--only", "lvie"], {}, "no cluster lvie; the fleet has "),
        (["--explain", "cluster.mian.size"], {}, "did you mean"),
        (["--clusters", "no-such-folder"], {}, "no-such-folder"),
        (["--out", "README"], {}, "is not a folder"),
        (["--no-such-option"], {}, "unrecognized arguments"),
    ],
)
def test_refusals_exit_2_and_change_nothing(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    (tmp_path / "README").write_text("a file")
    before = tree(tmp_path), committed()
    done = run(*arguments, cwd=tmp_path, project=ROOT, **environment)
    assert done.returncode == 2, done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert (tree(tmp_path), committed()) == before


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_settings_of_a_sandbox_are_not_written_to_the_committed_folder(
    odd_project: Path, tmp_path: Path, arguments: list[str]
) -> None:
    """Whichever folder they stand in."""
    settings = odd_project / "clusters" / "organisation.yaml"
    settings.write_text(settings.read_text().replace("  backend: s3\n", "  backend: local\n"))
    line = settings.read_text().splitlines().index("  backend: local") + 1
    elsewhere = tmp_path / "settings"
    shutil.copytree(odd_project / "clusters", elsewhere)
    for folder in (odd_project / "clusters", elsewhere):
        done = run("--clusters", folder, *arguments, project=odd_project)
        assert done.returncode == 2, done.stderr
        told = (
            f'{folder}/organisation.yaml:{line}:12: state.backend: given "local"; allowed: s3; a local backend is for'
        )
        assert told in done.stderr
        assert not (odd_project / "terraform-out").exists()


def test_settings_of_a_sandbox_are_for_another_folder_or_backend(odd_project: Path, tmp_path: Path) -> None:
    settings = odd_project / "clusters" / "organisation.yaml"
    settings.write_text(settings.read_text().replace("  backend: s3\n", "  backend: local\n"))
    assert run("--out", tmp_path / "out", "--only", "test", project=odd_project).returncode == 0
    assert "not up to date" in run("--backend", "s3", "--check", project=odd_project).stderr


def test_bad_settings_exit_2_and_change_nothing(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "clusters", tmp_path / "clusters")
    (tmp_path / "clusters" / "live.yaml").write_text("nmae: live\n")
    (tmp_path / "out").mkdir()
    done = run("--clusters", tmp_path / "clusters", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "live.yaml:1" in done.stderr
    assert tree(tmp_path / "out") == {}


def test_explains_a_setting() -> None:
    done = run("--explain", "cluster.name")
    assert done.returncode == 0
    assert "12" in done.stdout


def test_help_has_examples_and_exit_codes() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("--clusters", "--out", "examples:", "exit codes:"))


def test_a_missing_node_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from modules.fast_synth import prepare

    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(prepare.NodeMissingError, match="make synth"):
        prepare.find_node()


@pytest.fixture
def odd_project(project: Path, tmp_path: Path) -> Path:
    """A copy of the project, to be spoilt."""
    copy = tmp_path / "odd"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("terraform-out"))
    return copy


@pytest.mark.parametrize(
    "source",
    [
        "process.exit(3);",
        'console.log(JSON.stringify({ hello: "@jsii/runtime@1.142.0" })); console.log(JSON.stringify({ error: "no" }));',
    ],
    ids=["dies", "refuses"],
)
def test_a_runtime_that_does_not_fit_is_replaced(written: Tree, odd_project: Path, source: str) -> None:
    (odd_project / "modules" / "fast_synth" / "runtime.cjs").write_text(source)
    done = run("--out", odd_project / "out", project=odd_project)
    assert done.returncode == 0, done.stderr
    assert tree(odd_project / "out") == written


def test_another_jsii_takes_the_stock_runtime(written: Tree, odd_project: Path) -> None:
    (odd_project / "modules" / "fast_synth" / "runtime.cjs").write_text("process.exit(3);")
    early = odd_project / "modules" / "fast_synth" / "early_node.py"
    early.write_text(early.read_text().replace('JSII = "1.142.0"', 'JSII = "9.9.9"'))
    done = run("--out", odd_project / "out", project=odd_project)
    assert done.returncode == 0, done.stderr
    assert tree(odd_project / "out") == written


@pytest.mark.parametrize(
    ("module", "known", "spoilt", "right", "wrong"),
    [
        ("naming.py", '"0.21.0"', "naming.cjs", "const parts =", 'throw new Error("used"); const parts ='),
        ("paths.py", '"10.8.1"', "paths.py", 'f"{above}/{args[1]}"', 'f"{above}/{args[1]}-"'),
        ("imports.py", '"2.13.3"', "imports.py", '    spared = "unittest.mock"', '    raise SystemExit("used")\n    spared = ""'),
    ],
    ids=["cdktf", "constructs", "typeguard"],
)  # fmt: skip
def test_another_package_takes_no_short_cut_that_leans_on_it(
    written: Tree, odd_project: Path, module: str, known: str, spoilt: str, right: str, wrong: str
) -> None:
    """The short cut is spoilt, which shows where it is taken, and the version made another, which leaves it alone."""
    fast = odd_project / "modules" / "fast_synth"
    text = (fast / spoilt).read_text()
    assert right in text
    (fast / spoilt).write_text(text.replace(right, wrong))
    (odd_project / "main.py").write_text((odd_project / "main.py").read_text().replace("begin_anew()", "9"))
    done = run("--out", odd_project / "spoilt", project=odd_project)
    assert done.returncode != 0 or tree(odd_project / "spoilt") != written, "the short cut is not taken at all"
    text = (fast / module).read_text()
    assert known in text
    (fast / module).write_text(text.replace(known, '"9.9.9"'))
    done = run("--out", odd_project / "out", project=odd_project)
    assert done.returncode == 0, done.stderr
    assert tree(odd_project / "out") == written


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


def test_without_trouble_the_stock_way_is_not_taken(written: Tree, told_project: Path) -> None:
    done = run("--out", told_project / "out", project=told_project)
    assert done.returncode == 0, done.stderr
    assert tree(told_project / "out") == written


def takes_the_stock_way(project: Path) -> str:
    """Hold that a run begins anew the stock way, leaves nothing of its own and ends as that does; return what it says."""
    done = run("--out", project / "out", project=project)
    assert done.stdout == f"the stock way: --out {project / 'out'}\n"
    assert done.returncode == 7
    assert not (project / "out").exists()
    assert not list(project.glob(".out-unfinished-*"))
    return done.stderr


def test_answers_that_were_not_foreseen_take_the_stock_way(told_project: Path) -> None:
    pipeline = told_project / "modules" / "fast_synth" / "pipeline.py"
    pipeline.write_text(pipeline.read_text().replace("FIRST_NUMBER = 10_000", "FIRST_NUMBER = 10_001"))
    said = takes_the_stock_way(told_project)
    assert "unforeseen answer of Node" in said
    assert "beginning anew" in said


def test_a_node_that_ends_half_way_takes_the_stock_way(told_project: Path) -> None:
    runtime = told_project / "modules" / "fast_synth" / "runtime.cjs"
    text = runtime.read_text()
    answer = "fs.writeSync = (fd, ...rest) => "
    assert answer in text
    dies = answer + 'String(rest[0]).includes("IamRole@") ? process.exit(9) : '
    runtime.write_text(text.replace(answer, dies))
    assert "beginning anew" in takes_the_stock_way(told_project)

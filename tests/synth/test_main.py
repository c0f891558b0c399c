"""The command line, run as its users run it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.synth.command import ROOT, Tree, run, tree


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """An empty folder for TMPDIR."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def for_a_sandbox(project: Path) -> Path:
    """Have the settings of a project keep the state beside the output, as a sandbox's do; return their file."""
    settings = project / "clusters" / "organisation.yaml"
    text = settings.read_text()
    assert "  backend: s3\n" in text
    settings.write_text(text.replace("  backend: s3\n", "  backend: local\n"))
    return settings


def test_says_what_it_wrote(tmp_path: Path, temporary: Path) -> None:
    """One cluster alone, of settings of a sandbox, which are for a folder other than the committed one."""
    shutil.copytree(ROOT / "clusters", tmp_path / "clusters")
    for_a_sandbox(tmp_path)
    out = tmp_path / "new" / "out"
    done = run("--clusters", tmp_path / "clusters", "--out", out, "--only", "test", TMPDIR=str(temporary))
    assert done.returncode == 0, done.stderr
    assert not [*temporary.iterdir()], "Node's folder stayed"
    names = {line.split()[0] for line in done.stdout.splitlines()[:-1]}
    assert names == {"identity", "account", "test", "test-login", "test-workloads"}
    assert {path.name for path in (out / "stacks").iterdir()} == names
    assert '"local"' in (out / "stacks" / "test" / "cdk.tf.json").read_text()
    assert "5 stacks" in done.stdout.splitlines()[-1]
    assert "read 1 clusters" not in done.stdout
    assert "test" in done.stderr


def test_same_bytes_from_any_directory_and_hash_seed(written: Tree) -> None:
    """And the committed ones; neither a stack more nor one less is committed."""
    assert written == {name: (ROOT / "terraform-out" / name).read_bytes() for name in written}
    stacks = {Path(name).parts[1] for name in written if name.startswith("stacks/")}
    assert stacks == {path.name for path in (ROOT / "terraform-out" / "stacks").iterdir()}


def test_check_says_what_is_up_to_date(small_project: Path, written_small: Tree) -> None:
    done = run("--check", project=small_project)
    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stdout
    assert tree(small_project / "terraform-out") == written_small


def test_check_names_stale_stacks(odd_project: Path, written_small: Tree) -> None:
    """Settings of a sandbox are checked against the committed folder as soon as another backend is named."""
    out = odd_project / "terraform-out"
    for name, content in written_small.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    stale = out / "stacks" / "test" / "cdk.tf.json"
    stale.write_text("{}")
    former = out / "stacks" / "former"
    former.mkdir()
    for name in ("cdk.tf.json", "terraform.tfstate"):
        (former / name).write_text("{}")
    before = tree(out)
    for_a_sandbox(odd_project)
    done = run("--backend", "s3", "--check", "--out", out, project=odd_project)
    assert done.returncode == 1
    assert "not up to date: test;" in done.stderr
    assert "stacks/former, no longer a stack of the fleet, for it holds terraform.tfstate: destroy what" in done.stderr
    assert tree(out) == before


def test_the_cdktf_cli_names_the_folder(local_out: Path) -> None:
    text = (local_out / "stacks" / "test" / "cdk.tf.json").read_text()
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
    tmp_path: Path, temporary: Path, arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    (tmp_path / "README").write_text("a file")
    before = tree(tmp_path), committed()
    done = run(*arguments, cwd=tmp_path, project=ROOT, TMPDIR=str(temporary), **environment)
    assert done.returncode == 2, done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert (tree(tmp_path), committed()) == before
    assert not [*temporary.iterdir()], "Node's folder stayed"


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_settings_of_a_sandbox_are_not_written_to_the_committed_folder(
    odd_project: Path, tmp_path: Path, arguments: list[str]
) -> None:
    """Whichever folder they stand in."""
    settings = for_a_sandbox(odd_project)
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


def test_bad_settings_exit_2_and_change_nothing(tmp_path: Path, temporary: Path) -> None:
    shutil.copytree(ROOT / "clusters", tmp_path / "clusters")
    (tmp_path / "clusters" / "live.yaml").write_text("nmae: live\n")
    (tmp_path / "out").mkdir()
    done = run("--clusters", tmp_path / "clusters", "--out", tmp_path / "out", TMPDIR=str(temporary))
    assert done.returncode == 2
    assert not [*temporary.iterdir()], "Node's folder stayed"
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

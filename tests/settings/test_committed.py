"""The committed settings load, say what they are meant to say, and the schemas beside them are fresh."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from modules.settings.describe import KINDS, at, explain, schema_of
from modules.settings.load import SHARED, load_fleet
from modules.settings.schema import schemas, write_schemas
from tests.settings.folders import CLUSTERS, FIXED, as_files, change, fixed, problems, write

ADR_2021 = FIXED.parent / "adr-2021"
FILES = [path for folder in (CLUSTERS, FIXED, ADR_2021) for path in sorted(folder.glob("*.yaml"))]


def test_committed_fleet_loads() -> None:
    fleet = load_fleet(CLUSTERS)
    stated = fixed(CLUSTERS)
    named = {each.name: each for each in fleet.clusters}
    assert named.keys() == stated.keys() - SHARED.keys() >= {"live", "manager", "test"}
    for name, each in named.items():
        assert each.main.size.model_dump() == stated[name]["main"]["size"]
        assert each.kubernetes_version == stated[name].get("kubernetes_version", "1.35")
        assert each.main.instance_types == ("r5.xlarge", "r5.2xlarge", "r5a.xlarge")
        assert each.prometheus.instance_types == ("r5.2xlarge", "r4.2xlarge")
    live = named["live"]
    assert (live.protect, named["manager"].protect, named["test"].protect) == (True, True, False)
    assert len(live.namespaces) >= 12
    assert len({each.team for each in live.namespaces}) >= 8
    assert fleet.account.id == "111122223333"
    assert fleet.tenant.issuer == "https://justice-cloud-platform.eu.auth0.com/"
    assert fleet.fqdn(live) == "live.cloud-platform.service.justice.gov.uk"


def test_pods_of_a_node_follow_the_types() -> None:
    live = load_fleet(FIXED, only=["live"]).clusters[0]
    assert live.max_pods("main") == 110
    assert live.max_pods("prometheus") == 58  # r4.2xlarge is Xen and takes the prefixes from the whole group
    without = live.model_copy(update={"prefix_delegation": False})
    assert without.max_pods("main") == 58


def test_adr_2021_is_as_the_adr_words_it() -> None:
    fleet = load_fleet(ADR_2021)
    (live,) = fleet.clusters
    assert (fleet.tenant.engine, live.kubernetes_version, live.pod_security_form) == ("rules", "1.21", "policies")
    privileged = [each.name for each in fleet.platform_namespaces(live) if each.level == "privileged"]
    assert privileged == ["kube-system"]
    assert {each.level for each in fleet.platform_namespaces(live)} == {"privileged", "restricted"}


def everyday(folder: Path) -> Path:
    """Write the committed fleet with another node count and version and, as README says it, one cluster more."""
    files = fixed(CLUSTERS)
    live = files["live"]
    size = live["main"]["size"]
    size["desired"] = next(each for each in (size["maximum"], size["minimum"]) if each != size["desired"])
    live["kubernetes_version"] = next(each for each in ("1.34", "1.35") if each != live["kubernetes_version"])
    files["one-more"] = json.loads(json.dumps(files["test"]).replace("test", "one-more"))
    return write(files, folder)


def test_an_everyday_change_is_taken(tmp_path: Path) -> None:
    folder = everyday(tmp_path / "clusters")
    assert problems(folder) == ()
    assert len(load_fleet(folder).clusters) == len(load_fleet(CLUSTERS).clusters) + 1


def test_an_everyday_change_leaves_what_is_tested_as_it_is(tmp_path: Path) -> None:
    """Those of what is refused are collected, and some of them run, in a checkout whose committed fleet has changed."""
    shutil.copytree(CLUSTERS.parent / "modules", tmp_path / "modules")
    shutil.copytree(CLUSTERS.parent / "tests" / "settings", tmp_path / "tests" / "settings")
    shutil.copytree(FIXED.parent, tmp_path / "tests" / "fixtures")
    (tmp_path / "tests" / "__init__.py").touch()
    everyday(tmp_path / "clusters")
    command = [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider", "-n", "0"]
    some = "(refuse or malformed) and (desired or subnets_hold or node or version_unknown)"
    tests = [f"tests/settings/test_{name}.py" for name in ("malformed", "rules")]
    ran = subprocess.run(
        [*command, "-c", "/dev/null", f"--rootdir={tmp_path}", "-k", some, *tests], cwd=tmp_path, capture_output=True,
        text=True, check=False, env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert " passed" in ran.stdout


def test_only_chooses_clusters() -> None:
    assert [each.name for each in load_fleet(FIXED, only=["test", "live"]).clusters] == ["live", "test"]


@pytest.mark.parametrize("key", ["name", "protect"])
def test_settings_cannot_be_changed(key: str) -> None:
    (cluster, *_) = load_fleet(CLUSTERS).clusters
    with pytest.raises(ValueError, match="frozen"):
        setattr(cluster, key, getattr(cluster, key))


def test_committed_schemas_are_fresh(tmp_path: Path) -> None:
    written = {path.name: path.read_text() for path in write_schemas(tmp_path)}
    assert written == {path.name: path.read_text() for path in (CLUSTERS / "schema").glob("*")}
    assert set(written) == {f"{kind}.schema.json" for kind in KINDS} == {name for name, _ in schemas()}


def test_make_schema_writes_them_where_the_files_point(tmp_path: Path) -> None:
    """The command of the Makefile, in a copy of the sources without schemas."""
    root = CLUSTERS.parent
    assert "$(PY) -m modules.settings.schema\n" in (root / "Makefile").read_text()
    shutil.copytree(root / "modules" / "settings", tmp_path / "modules" / "settings")
    (tmp_path / "modules" / "__init__.py").touch()
    ran = subprocess.run(
        [sys.executable, "-m", "modules.settings.schema"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    written = {path.name: path.read_text() for path in (tmp_path / "clusters" / "schema").iterdir()}
    assert written == dict(schemas())
    assert ran.stdout.splitlines() == [f"wrote clusters/schema/{name}" for name, _ in schemas()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_file_points_to_its_schema_and_satisfies_it(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    target = (path.parent / first.removeprefix(prefix)).resolve()
    kind = path.stem if path.stem in SHARED else "cluster"
    assert target == CLUSTERS / "schema" / f"{kind}.schema.json"
    schema = json.loads(target.read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    files = fixed(path.parent)
    assert [error.message for error in validator.iter_errors(files[path.stem])] == []
    assert list(validator.iter_errors({**files[path.stem], "unknown": 1})), "the schema refuses nothing"


def every_setting(kind: str, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the key path of every setting of one kind of file."""
    found: list[tuple[str | int, ...]] = []
    schema = at(kind, path) or {}
    if schema.get("type") == "array":
        return every_setting(kind, (*path, 0))
    for name in schema.get("properties", {}):
        found += [(*path, name), *every_setting(kind, (*path, name))]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_is_explained(kind: str) -> None:
    settings = every_setting(kind)
    assert len(settings) > 10
    for path in settings:
        text = explain(".".join([kind, *(part for part in path if isinstance(part, str))]))
        described = at(kind, path)
        assert described is not None
        assert described.get("description", "").endswith((".", ")", "`")), path
        assert "Allowed: " in text
        assert "ADR: " in text or kind in ("organisation", "account"), path
        if described.get("type") == "integer" and "enum" not in described:
            assert {"minimum", "maximum", "unit"} <= set(described), path


def test_explain_says_what_a_setting_is() -> None:
    text = explain("cluster.main.size.desired")
    for part in ("Nodes that run.", "a whole number from 1 to 450 nodes", "Unit: nodes", "ADR: Cluster scaling"):
        assert part in text
    assert "Default: 1.35" in explain("cluster.kubernetes_version")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("cluster.main.size.desird", 'did you mean "desired"?'),
        ("clutser.name", 'did you mean "cluster"?'),
        ("", "a path that begins with cluster"),
        ("cluster.name.first", "no settings below it"),
    ],
)
def test_explain_refuses_what_is_no_setting(path: str, hint: str) -> None:
    with pytest.raises(ValueError, match="no setting") as raised:
        explain(path)
    assert hint in str(raised.value)


def test_schema_does_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    command = "from modules.settings.schema import schemas; import hashlib; print(hashlib.sha256(repr(list(schemas())).encode()).hexdigest())"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", command], env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(CLUSTERS.parent)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1


def test_loading_is_linear(tmp_path: Path) -> None:
    def seconds(count: int) -> float:
        folder = write(many(count), tmp_path / str(count))
        times = []
        for _ in range(3):
            start = time.process_time()
            assert len(load_fleet(folder).clusters) == count
            times.append(time.process_time() - start)
        return min(times)

    small, large = seconds(10), seconds(100)
    assert large < 20 * small, (small, large)


def many(count: int) -> dict[str, Any]:
    """Return the files of a fleet of `count` clusters with ten namespaces each."""
    files = fixed()
    shared = {name: files[name] for name in SHARED}
    clusters = []
    for index in range(count):
        name = f"c{index}"
        own = change({"c": json.loads(json.dumps(files["test"]).replace("test", name))}, {})["c"]
        own["namespaces"] = [{"name": f"n{number}", "team": "team"} for number in range(10)]
        clusters.append(own)
    return as_files({**shared, "clusters": clusters})


def test_schema_names_every_key_of_every_model() -> None:
    for kind, model in KINDS.items():
        assert set(schema_of(kind)["properties"]) == set(model.model_fields)

"""Attacks what all Helm releases have in common: text that stays text, secrets that Helm takes as they are."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modules.ephemeral import SecretReference
from modules.expression import Expression, literal, structured
from modules.release import ChartPin, write_only_value
from tests.conftest import Stacks
from tests.decisions.emitted import resources, terraform_text
from tests.decisions.rendering import Helm, helm_command

CLUSTERS = ("live", "manager", "test")
AWKWARD = 'a,b{c}d[0]=e\\f"g $h${i}%{j} é'


@given(st.text(alphabet=st.sampled_from("$%{}a\\\"' \n")))
def test_terraform_gives_back_any_text(text: str) -> None:
    assert terraform_text(literal(text)) == text


def test_a_reference_in_text_is_refused() -> None:
    with pytest.raises(ValueError, match="mark it as an Expression"):
        literal("https://${TfToken[TOKEN.7]}/")


def test_expressions_stay_and_a_null_reaches_helm() -> None:
    values = {"a": [Expression('${f("x")}')], "b": "${x}", "c": None, "d": {"e": 1, "f": False}}
    assert structured(values) == {"a": ['${f("x")}'], "b": "$${x}", "c": "${null}", "d": {"e": 1, "f": False}}


@pytest.mark.parametrize("given_", [{"repository": "https://charts.example"}, {"version": "1.0.0"}])
def test_a_chart_from_a_repository_has_a_version(given_: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="go together"):
        ChartPin(name="chart", **given_)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_release_can_be_applied_again_and_is_pinned(synthesized: Stacks, cluster: str) -> None:
    releases = resources(synthesized[f"{cluster}-workloads"], "helm_release")
    assert releases
    for release in releases.values():
        assert release["upgrade_install"] is True
        assert release["chart"].startswith("./assets/") or (release["version"] and release["repository"])
        assert {"set", "set_sensitive", "set_list", "create_namespace"}.isdisjoint(release)
        assert bool(release.get("set_wo")) == bool(release.get("set_wo_revision")) == bool(release.get("reuse_values"))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_release_that_fails_is_undone(synthesized: Stacks, cluster: str) -> None:
    for name, release in resources(synthesized[f"{cluster}-workloads"], "helm_release").items():
        assert (release["atomic"], release["wait"], release["cleanup_on_fail"]) == (True, True, True), name


def test_a_hook_before_the_deletion_is_left_out_for_it_would_fail_with_what_failed(
    synthesized: Stacks, helm: Helm
) -> None:
    stack = synthesized["live-workloads"]
    for name, release in resources(stack, "helm_release").items():
        made = helm.template(stack, name) if "repository" in release else []
        hooks = {(each["metadata"].get("annotations") or {}).get("helm.sh/hook") for each in made} - {None}
        assert ("pre-delete" in hooks) == ("disable_webhooks" in release), name
        if "disable_webhooks" in release:
            assert hooks == {"pre-delete"}, f"{name}: another hook is left out with it"


@pytest.fixture
def helm_and_terraform() -> tuple[str, str]:
    helm, terraform = helm_command(), shutil.which("terraform")
    assert helm is not None
    assert terraform is not None
    return helm, terraform


@pytest.mark.parametrize("secret", [AWKWARD, "{a,b}", "plain", "null", "true", "0123", "a\\,b"])
def test_helm_takes_a_secret_as_it_is(helm_and_terraform: tuple[str, str], tmp_path: Path, secret: str) -> None:
    helm, terraform = helm_and_terraform
    expression = write_only_value(SecretReference(value="${local.secret}", revision=1))
    document = {"locals": {"secret": literal(secret)}, "output": {"value": {"value": expression}}}
    (tmp_path / "main.tf.json").write_text(json.dumps(document))

    def run(*command: str) -> Any:
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    run(terraform, "apply", "-auto-approve", "-no-color")
    value = json.loads(run(terraform, "output", "-json", "value"))
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 1.0.0\n")
    (chart / "templates" / "all.yaml").write_text("secret: {{ .Values.oidc.clientSecret | quote }}\n")
    rendered = run(helm, "template", str(chart), "--set-string", f"oidc.clientSecret={value}", "--generate-name")
    assert yaml.safe_load(rendered)["secret"] == secret

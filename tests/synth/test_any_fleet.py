"""Any valid settings synthesize: whole, without token or clash, in whatever order, and a small change stays small."""

from __future__ import annotations

import difflib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings

from modules.settings.fleet import Fleet
from modules.settings.load import load_fleet
from tests.conftest import synthesize
from tests.settings.folders import Files, as_files, change, fixed, write
from tests.settings.strategies import valid_fleets

Json = Any
TOKEN = re.compile(r"\$\{TfToken\[|TfToken\[|Token\[|#\{Token")
ORDERED = ("instance_types", "actions_before", "actions_after")
"""The lists of settings whose order means something."""


def texts(value: Json) -> Iterator[str]:
    """Every string of a document, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def output(fleet: Fleet) -> dict[str, bytes]:
    """What a fleet synthesizes to, byte for byte."""
    with tempfile.TemporaryDirectory() as folder:
        synthesize(fleet, Path(folder) / "out")
        return files(Path(folder) / "out")


def without_repeated_keys(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """A JSON object; two values of one address would hide each other."""
    assert len({key for key, _ in pairs}) == len(pairs), [key for key, _ in pairs]
    return dict(pairs)


def remote_names(stack: Json) -> Iterator[tuple[str, ...]]:
    """What each resource is called where it is made, as far as its name is written out."""
    for type_, named in stack.get("resource", {}).items():
        for body in named.values():
            metadata = body.get("metadata", {})
            namespace = body.get("namespace") or metadata.get("namespace") or ""
            name = body.get("name") or metadata.get("name")
            if name and type_ in NAMED_ONCE:
                yield type_, namespace, name


NAMED_ONCE = (
    "aws_cloudwatch_log_group", "aws_eks_cluster", "aws_iam_policy", "aws_iam_role", "aws_kms_alias",
    "aws_launch_template", "aws_ssm_document", "aws_ssm_parameter", "auth0_action", "auth0_client", "auth0_rule",
    "helm_release", "kubernetes_cluster_role_binding_v1", "kubernetes_cluster_role_v1", "kubernetes_namespace_v1",
    "kubernetes_network_policy_v1", "kubernetes_role_binding_v1", "kubernetes_secret_v1",
    "kubernetes_service_account_v1",
)  # fmt: skip


def check(fleet: Fleet, written: dict[str, bytes]) -> None:
    """Hold one fleet's output against what is promised of all."""
    stacks = {
        Path(name).parent.name: json.loads(content, object_pairs_hook=without_repeated_keys)
        for name, content in written.items()
        if name.endswith("/cdk.tf.json")
    }
    names = {each.name for each in fleet.clusters}
    assert set(stacks) == {"identity", "account"} | {
        f"{name}{end}" for name in names for end in ("", "-login", "-workloads")
    }
    in_account: list[tuple[str, ...]] = []
    for name, stack in stacks.items():
        assert not [text for text in texts(stack) if TOKEN.search(text)]
        found = list(remote_names(stack))
        assert len(set(found)) == len(found), name
        in_account += [each for each in found if each[0].startswith(("aws_", "auth0_"))]
        references = set(re.findall(r"\$\{(aws_\w+|auth0_\w+|kubernetes_\w+|helm_\w+)\.([\w-]+)\.", json.dumps(stack)))
        for type_, resource in references:
            assert resource in stack["resource"].get(type_, {}), (name, type_, resource)
        for body in (each for group in stack["resource"].values() for each in group.values()):
            for address in body.get("depends_on", []):
                type_, resource = address.removeprefix("data.").split(".")
                kind = "data" if address.startswith("data.") else "resource"
                assert resource in stack[kind][type_], (name, address)
    assert len(set(in_account)) == len(in_account)
    backends = [each["terraform"]["backend"] for each in stacks.values()]
    keys = {each["s3"]["key"] for each in backends if "s3" in each}
    assert len(keys) == len(stacks) or all(each == {"local": {"path": "terraform.tfstate"}} for each in backends)


def turned(value: Json, key: str = "") -> Json:
    """The same settings with every mapping and every list without order turned round."""
    if isinstance(value, dict):
        return {name: turned(value[name], name) for name in reversed(value)}
    if isinstance(value, list):
        items = [turned(each) for each in value]
        return items if key in ORDERED else items[::-1]
    return value


@given(valid_fleets(most=2))
@settings(max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_any_valid_fleet_synthesizes(data: dict[str, Any]) -> None:
    """Whole and without a clash; the same bytes when keys and lists without order are turned round in the files."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = load_fleet(write(as_files(data), Path(folder) / "one"))
        other = load_fleet(write(as_files(turned(data)), Path(folder) / "other"))
    written = output(fleet)
    check(fleet, written)
    assert output(other) == written


class Diff(NamedTuple):
    """Lines that a change takes away and adds, wherever they move, and in how many places it shows."""

    removed: int
    added: int
    places: int


def diff(old: bytes, new: bytes) -> Diff:
    """Return how two documents differ line by line."""
    lines = list(difflib.unified_diff(old.decode().splitlines(), new.decode().splitlines(), n=0, lineterm=""))[2:]
    removed, added = (Counter(line[1:] for line in lines if line.startswith(sign)) for sign in "-+")
    return Diff((removed - added).total(), (added - removed).total(), sum(line.startswith("@@") for line in lines))


NAMESPACE = {"name": "prison-visits-dev", "team": "prison-visits-booking"}
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Diff]]] = {
    "node count": ({"live/main/size/desired": 55}, {"live": Diff(1, 1, 1)}),
    "log retention": ({"live/log_retention": 731}, {"live": Diff(1, 1, 1)}),
    "kubernetes version": (
        {"live/kubernetes_version": "1.34"},
        {"live": Diff(9, 9, 6), "live-workloads": Diff(2, 2, 1)},
    ),
    "namespace": ({"live/namespaces/+": NAMESPACE}, {"live-workloads": Diff(0, 145, 8)}),
}
"""A change of one line, or of one namespace, of the fixed fleet, and the most that it changes in which stacks."""


def of_two_clusters() -> Files:
    """The fixed fleet without a cluster: what is changed in one of the two leaves the other as it was."""
    found = fixed()
    del found["manager"]
    return found


@pytest.mark.parametrize("name", CHANGES)
def test_a_small_change_is_a_small_local_diff(
    synthesize_once: Callable[[Fleet], Path], tmp_path: Path, name: str
) -> None:
    changes, most = CHANGES[name]
    before = files(synthesize_once(load_fleet(write(of_two_clusters(), tmp_path / "before"))))
    after = output(load_fleet(write(change(of_two_clusters(), changes), tmp_path / "after")))
    assert set(before) == set(after)
    found = {Path(path).parent.name: diff(before[path], after[path]) for path in before if before[path] != after[path]}
    assert set(found) == set(most)
    for stack, each in found.items():
        assert all(here <= bound for here, bound in zip(each, most[stack], strict=True)), (stack, each)


EVIL = 'a${file("secret")}b%{if true}'


def test_text_of_the_settings_is_never_an_expression(tmp_path: Path) -> None:
    """Whatever stands in free text, Terraform takes it as text: a tag must not be able to read a file at plan."""
    subnets = "test/network/node_subnets"
    agent = "organisation/platform_namespaces/0/privileged_service_accounts/0"
    changes: dict[str, Any] = {
        "organisation/default_tags/owner": EVIL,
        f"organisation/default_tags/{EVIL}": "key",
        "organisation/platform_namespaces/0/reason": f"A reason long enough: {EVIL}",
        f"{agent}/reason": f"A reason long enough: {EVIL}",
        "tenant/actions_before": [{"id": EVIL, "display_name": EVIL}],
        "test/network/vpc": EVIL,
        f"{subnets}/tag": EVIL,
        f"{subnets}/value": EVIL,
        "test/namespaces": [{"name": "visits", "team": "visits", "business_unit": EVIL}],
    }
    fleet = load_fleet(write(change(fixed(), changes), tmp_path / "clusters"))
    only = fleet.model_copy(update={"clusters": tuple(each for each in fleet.clusters if each.name == "test")})
    written = output(only)
    found = [
        text for content in written.values() for text in re.findall(r"[^ ]{0,2}\{(?:file|if true)", content.decode())
    ]
    assert len(found) >= 2 * len(changes)
    assert {text[-len("$${file") :] for text in found if "file" in text} == {"$${file"}
    assert all(text.endswith(("$${file", "%%{if true")) for text in found)

"""Every block of every stack is one that its provider knows, by what the provider at hand says or else by a document."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.provider_schemas import Outcome, ProviderSchemas, load_schemas, schema_folder
from tests.sandbox.at_hand import cache_folder
from tests.sandbox.provider_schemas import SECTIONS, own_schemas
from tests.sandbox.terraform import REGISTRY, Providers

Json = dict[str, Any]
AWS = "hashicorp/aws"


@pytest.fixture(scope="module")
def schemas(stacks: dict[str, Path], providers: Providers, tmp_path_factory: pytest.TempPathFactory) -> ProviderSchemas:
    """All that can be known here; what a provider says itself goes before what was written down of it."""
    folder = schema_folder()
    written = load_schemas(folder).providers if folder else {}
    own = own_schemas(
        stacks.values(), providers, tmp_path_factory.mktemp("schemas"), cache=cache_folder("provider-schemas")
    )
    return ProviderSchemas({**written, **own})


def checked(schemas: ProviderSchemas, stacks: Mapping[str, Json]) -> tuple[Outcome, Counter[str]]:
    """Hold all stacks against the schemas; return what came of it, and how many blocks there are by type."""
    found, there = Outcome(), Counter[str]()
    for name, stack in stacks.items():
        each = schemas.check(stack)
        found.checked += each.checked
        found.problems += [f"{name}: {problem}" for problem in each.problems]
        found.unchecked |= each.unchecked
        there += blocks(stack)
    return found, there


def blocks(stack: Json) -> Counter[str]:
    """Count the blocks that a provider must know."""
    found: Counter[str] = Counter()
    for name, each in stack.get("provider", {}).items():
        found[f"provider.{name}"] += len(each) if isinstance(each, list) else 1
    for section in SECTIONS:
        for type_, named in stack.get(section, {}).items():
            found[type_ if section == "resource" else f"{section}.{type_}"] += len(named)
    return found


def read(folders: Iterable[tuple[str, Path]]) -> dict[str, Json]:
    """Return the stacks as they were written."""
    return {name: json.loads((folder / "cdk.tf.json").read_text()) for name, folder in folders}


def test_every_block_is_known_to_its_provider(
    stacks: dict[str, Path], schemas: ProviderSchemas, left_out: list[str]
) -> None:
    outcome, there = checked(schemas, read(stacks.items()))
    if outcome.unchecked:
        left_out.append(
            f"schemas of {', '.join(sorted(outcome.unchecked))}: no such provider is at hand, and no document of it is"
            " in the folder that PROVIDER_SCHEMAS names"
        )
    assert outcome.problems == []
    assert {type_: count for type_, count in there.items() if type_ not in outcome.unchecked} == outcome.checked
    known = {address.removeprefix(f"{REGISTRY}/") for address in schemas.providers}
    required = {
        each["source"]
        for stack in read(stacks.items()).values()
        for each in stack["terraform"]["required_providers"].values()
    }
    assert bool(outcome.unchecked) == bool(required - known)


def test_aws_blocks_beside_other_providers_are_held(
    stacks: dict[str, Path], schemas: ProviderSchemas, providers: Providers
) -> None:
    """No validation sees them where the other providers are not at hand."""
    if AWS not in providers.packages:
        return
    mixed = read(
        (name, folder) for name, folder in stacks.items() if name in ("identity", "live-login", "live-workloads")
    )
    outcome, _ = checked(schemas, mixed)
    assert {
        "provider.aws", "aws_ssm_parameter", "data.aws_eks_cluster", "data.aws_ssm_parameter", "ephemeral.aws_ssm_parameter",
    } <= outcome.checked.keys()  # fmt: skip
    for section, type_ in (
        ("ephemeral", "aws_ssm_parameter"),
        ("data", "aws_eks_cluster"),
        ("resource", "aws_ssm_parameter"),
    ):
        changed = json.loads(json.dumps(mixed))
        body = next(body for stack in changed.values() for body in stack.get(section, {}).get(type_, {}).values())
        body["nmae"] = "x"
        told, _ = checked(schemas, changed)
        assert len(told.problems) == 1
        assert told.problems[0].endswith(".nmae: the provider knows no such argument")


def test_what_a_provider_says_is_asked_once(
    stacks: dict[str, Path], providers: Providers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another choice of types is another question; the same is answered from the cache."""
    asked = []

    def answer(source: str, *_: object) -> Json:
        asked.append(source)
        return {"provider": {"block": {}}, "resource_schemas": {"aws_kms_key": {"block": {}}, "aws_other": {}}}

    monkeypatch.setattr("tests.sandbox.provider_schemas._asked", answer)
    package = tmp_path / "5.100.0" / "linux_amd64"
    package.mkdir(parents=True)
    (package / "terraform-provider-aws_v5.100.0").touch()
    at_hand = Providers({AWS: package}, None)
    account, identity = stacks["account"], stacks["identity"]
    for stack, times in ((account, 1), (account, 1), (identity, 2), (account, 2)):
        own = own_schemas([stack], at_hand, tmp_path / "scratch", cache=tmp_path / "cache")
        assert own.keys() == {f"{REGISTRY}/{AWS}"}
        assert len(asked) == times
    # What the provider does not know stays unknown, and what nobody emits is left out.
    assert own[f"{REGISTRY}/{AWS}"]["resource_schemas"].keys() == {"aws_kms_key"}
    outcome = ProviderSchemas(own).check(read([("account", account)])["account"])
    assert "resource.aws_kms_alias: the provider knows no such type" in outcome.problems
    (package / "terraform-provider-aws_v5.100.0").write_text("another build")
    own_schemas([account], at_hand, tmp_path / "scratch", cache=tmp_path / "cache")
    assert len(asked) == 3

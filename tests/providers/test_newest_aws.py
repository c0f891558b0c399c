"""The AWS blocks are known to provider 6 as well, of which no program is at hand: to the bindings made from its schema.

What `terraform validate` proves of release 5.100 (`test_validate`), this proves of the release that the successor's
bindings are made from: each resource, data source and provider block has arguments and nested blocks that it knows, all
that it requires, and one block where it takes one. Values are not judged. Bindings know no ephemeral resources; the one
that is emitted has the arguments that the provider's page on it names for both lines.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.providers.bindings_schema import problems, release_of, structs_of

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]
MODULES = {"resource": "{}", "data": "data_aws_{}"}
EPHEMERAL = {"aws_ssm_parameter": {"arn", "with_decryption"}}
"""Ephemeral resources, which no bindings have, with their arguments (AWS provider: Ephemeral: aws_ssm_parameter)."""


@pytest.fixture(scope="module")
def bindings() -> Path:
    """The bindings of the newest AWS provider that the pins name."""
    found = [*ROOT.glob(".venv-cdktn/lib/python*/site-packages/cdktn_provider_aws")]
    if not found:
        pytest.fail("the successor is not installed: run `make parity`, or `.ci/install cdktn` first")
    return found[0]


def aws_blocks(stack: Json) -> Iterator[tuple[str, str, str, Json]]:
    """Yield section, type without its prefix, name and body of each block of AWS."""
    for section in MODULES:
        for type_, named in stack.get(section, {}).items():
            if type_.startswith("aws_"):
                for name, body in named.items():
                    yield section, type_.removeprefix("aws_"), name, body


def refused(stack: Json, bindings: Path) -> list[str]:
    """Return what the provider would refuse of a stack."""
    found: list[str] = []
    for section, type_, name, body in aws_blocks(stack):
        module = bindings / MODULES[section].format(type_)
        struct = "".join(part.capitalize() for part in module.name.split("_")) + "Config"
        found += problems(body, struct, structs_of(module), f"{section}.aws_{type_}.{name}")
    for body in stack.get("provider", {}).get("aws", []):
        found += problems(body, "AwsProviderConfig", structs_of(bindings / "provider"), "provider.aws")
    for type_, named in stack.get("ephemeral", {}).items():
        if type_.startswith("aws_"):
            found += [f"ephemeral.{type_}" for body in named.values() if set(body) != EPHEMERAL.get(type_)]
    return found


def test_the_bindings_are_of_provider_6(bindings: Path) -> None:
    assert release_of(bindings / "eks_cluster").startswith("6.")


def test_every_block_is_known(stacks: dict[str, Path], bindings: Path) -> None:
    checked = set()
    for name, folder in stacks.items():
        stack = json.loads((folder / "cdk.tf.json").read_text())
        assert refused(stack, bindings) == [], name
        checked |= {f"{section}.{type_}" for section, type_, *_ in aws_blocks(stack)}
    assert len(checked) > 25


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"aws_eks_addon": {"resolve_conflicts": "OVERWRITE"}}, "resolve_conflicts is unknown"),
        ({"aws_eks_cluster": {"vpc_config": {"subnets": []}}}, "vpc_config.subnet_ids is missing"),
        ({"aws_eks_cluster": {"vpc_config": {"subnet_ids": [], "subnets": []}}}, "vpc_config.subnets is unknown"),
        ({"aws_launch_template": {"metadata_options": [{}, {}]}}, "metadata_options stands 2 times"),
        ({"aws_launch_template": {"elastic_gpu_specifications": [{"type": "x"}]}}, "elastic_gpu_specifications is unknown"),
    ],
)  # fmt: skip
def test_what_provider_6_refuses_is_seen(stacks: dict[str, Path], bindings: Path, change: Json, told: str) -> None:
    """Among it what provider 5.100 takes and 6 has no more."""
    stack = copy.deepcopy(json.loads((stacks["live"] / "cdk.tf.json").read_text()))
    ((type_, arguments),) = change.items()
    next(iter(stack["resource"][type_].values())).update(arguments)
    assert any(each.endswith(told) for each in refused(stack, bindings))

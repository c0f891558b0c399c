"""Every block emitted for a provider whose schema document is at hand is one that the provider knows."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.provider_schemas import load_schemas, schema_folder

OF_A_DOCUMENT = ("auth0_", "helm_", "kubernetes_", "provider.auth0", "provider.helm", "provider.kubernetes")


def test_every_block_is_known_to_its_provider(stacks: dict[str, Path], left_out: list[str]) -> None:
    folder = schema_folder()
    if folder is None:
        left_out.append("blocks of Auth0, Helm and Kubernetes: set PROVIDER_SCHEMAS to a folder of schema documents")
        return
    schemas = load_schemas(folder)
    problems: dict[str, list[str]] = {}
    checked: Counter[str] = Counter()
    unchecked: set[str] = set()
    for name, stack in stacks.items():
        outcome = schemas.check(json.loads((stack / "cdk.tf.json").read_text()))
        if outcome.problems:
            problems[name] = outcome.problems
        checked += outcome.checked
        unchecked |= outcome.unchecked
    assert problems == {}
    assert {each for each in unchecked if each.startswith(OF_A_DOCUMENT)} == set()
    assert {"auth0_client", "auth0_rule", "helm_release", "kubernetes_namespace_v1", "provider.kubernetes"} <= set(
        checked
    )
    assert checked["helm_release"] > len([name for name in stacks if name.endswith("-workloads")])

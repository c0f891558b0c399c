"""The check against provider schemas notices each kind of block that a provider would refuse."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.provider_schemas import ProviderSchemas

PROVIDER = {
    "provider": {"block": {"attributes": {"domain": {"type": "string", "optional": True}}}},
    "resource_schemas": {
        "demo_thing": {
            "block": {
                "attributes": {
                    "id": {"type": "string", "computed": True},
                    "name": {"type": "string", "required": True},
                    "size": {"type": "number", "optional": True},
                    "on": {"type": "bool", "optional": True},
                    "tags": {"type": ["map", "string"], "optional": True},
                    "hosts": {"type": ["list", "string"], "optional": True},
                    "ports": {"type": ["list", ["object", {"port": "number"}]], "optional": True},
                    "secret_wo": {"type": "string", "optional": True, "write_only": True},
                    "nested": {
                        "optional": True,
                        "nested_type": {
                            "nesting_mode": "list",
                            "attributes": {"name": {"type": "string", "required": True}},
                        },
                    },
                    "single": {
                        "optional": True,
                        "nested_type": {
                            "nesting_mode": "single",
                            "attributes": {"name": {"type": "string", "optional": True}},
                        },
                    },
                },
                "block_types": {
                    "rule": {
                        "nesting_mode": "list",
                        "min_items": 1,
                        "max_items": 2,
                        "block": {"attributes": {"order": {"type": "number", "required": True}}},
                    },
                    "timeouts": {
                        "nesting_mode": "single",
                        "block": {"attributes": {"create": {"type": "string", "optional": True}}},
                    },
                },
            }
        }
    },
}
SOUND: dict[str, Any] = {
    "//": {"metadata": {}},
    "depends_on": ["demo_thing.other"],
    "hosts": ["a"],
    "name": "${demo_thing.other.id}",
    "nested": [{"name": "x"}],
    "on": "true",
    "ports": [{"port": "80"}],
    "rule": [{"order": 1}],
    "secret_wo": "${ephemeral.aws_ssm_parameter.x.value}",
    "single": {"name": "x"},
    "size": "3",
    "tags": {"a": "b"},
    "timeouts": {"create": "5m"},
}


def stack_of(body: dict[str, Any], type_: str = "demo_thing") -> dict[str, Any]:
    return {
        "terraform": {"required_providers": {"demo": {"source": "acme/demo"}, "aws": {"source": "hashicorp/aws"}}},
        "provider": {"demo": [{"domain": "x", "alias": "y"}], "aws": [{"region": "eu-west-2"}]},
        "resource": {type_: {"it": body}},
    }


SCHEMAS = ProviderSchemas({"registry.terraform.io/acme/demo": PROVIDER})


def test_sound_block_is_held_and_clean() -> None:
    outcome = SCHEMAS.check(stack_of(SOUND))
    assert outcome.problems == []
    assert outcome.checked == {"provider.demo": 1, "demo_thing": 1}
    assert outcome.unchecked == {"provider.aws"}


def test_unknown_type_is_a_problem_and_unknown_provider_is_unchecked() -> None:
    assert "no such type" in SCHEMAS.check(stack_of({}, "demo_other")).problems[0]
    assert SCHEMAS.check(stack_of({}, "aws_other")).unchecked == {"provider.aws", "aws_other"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"nam": "x"}, "demo_thing.it.nam: the provider knows no such argument"),
        ({"name": None}, "name: required, but missing"),
        ({"id": "x"}, "id: the provider computes it"),
        ({"name": "${ephemeral.aws_ssm_parameter.x.value}"}, "name: takes no ephemeral value"),
        ({"size": "many"}, "size: a number is wanted"),
        ({"size": True}, "size: a number is wanted"),
        ({"on": "yes"}, "on: a bool is wanted"),
        ({"hosts": "a"}, "hosts: a list is wanted"),
        ({"hosts": [{"a": 1}]}, "hosts[0]: a string is wanted"),
        ({"tags": ["a"]}, "tags: a map is wanted"),
        ({"ports": [{"prot": 80}]}, "ports[0].prot: the provider knows no such argument"),
        ({"ports": [{"port": "http"}]}, "ports[0].port: a number is wanted"),
        ({"rule": []}, "rule: at least 1 blocks are wanted, 0 are given"),
        ({"rule": None}, "rule: required block, but missing"),
        ({"rule": [{"order": 1}] * 3}, "rule: at most 2 blocks are allowed, 3 are given"),
        ({"rule": [{"ordre": 1}]}, "rule[0].ordre: the provider knows no such argument"),
        ({"rule": [{}]}, "rule[0].order: required, but missing"),
        ({"rule": ["1"]}, "rule[0]: a block is wanted"),
        ({"timeouts": [{}, {}]}, "timeouts: one block is wanted, 2 are given"),
        ({"nested": {"name": "x"}}, "nested: a list of objects is wanted"),
        ({"nested": [{}]}, "nested[0].name: required, but missing"),
        ({"single": [{"name": "x"}]}, "single: an object is wanted"),
        ({"single": {"nam": "x"}}, "single.nam: the provider knows no such argument"),
    ],
)
def test_unsound_block_is_a_problem(changes: dict[str, Any], problem: str) -> None:
    problems = SCHEMAS.check(stack_of(copy.deepcopy(SOUND) | changes)).problems
    assert any(problem in each for each in problems), problems

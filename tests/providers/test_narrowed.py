"""The provider that stands by: what it leaves out, and what is no provider. `test_committed_plans` compares its plans."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.narrowed import narrowed, of_types
from tests.sandbox.terraform import TerraformError


def field(number: int, content: bytes) -> bytes:
    """Return a field of the wire format that holds bytes of any length."""
    length, written = len(content), []
    while length > 127:
        written.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *written, length]) + content


def schema(number: int, type_: str, size: int = 1) -> bytes:
    """Return an entry of a map by type."""
    return field(number, field(1, type_.encode()) + field(2, b"s" * size))


def test_only_schemas_of_other_types_are_left_out() -> None:
    provider, capabilities, function = field(1, b"provider"), b"\x30\x01", schema(7, "arn_parse")
    kept = [schema(2, "aws_vpc", 70_000), schema(3, "aws_vpc"), schema(8, "aws_ssm_parameter")]
    others = [schema(2, "aws_vpcs", 300), schema(3, "aws_eip"), schema(8, "aws_secret")]
    answer = b"".join((provider, kept[0], others[0], capabilities, others[1], kept[1], kept[2], others[2], function))
    found = of_types(answer, {"aws_vpc", "aws_ssm_parameter"})
    assert found == b"".join((provider, kept[0], capabilities, kept[1], kept[2], function))


def test_what_the_protocol_does_not_know_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match=r"field 2 .* wire type .* 5"):
        of_types(b"\x15\x00\x00\x00\x00", {"aws_vpc"})


@pytest.mark.parametrize(
    "says", ["echo this is for terraform alone", "echo why >&2; exit 3", "echo '1|6|unix|/s|grpc|'"]
)
def test_what_is_no_provider_is_named(tmp_path: Path, says: str) -> None:
    program = tmp_path / "terraform-provider-aws"
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    with (
        pytest.raises(TerraformError, match="terraform-provider-aws is no provider of protocol 5"),
        narrowed(tmp_path, {"aws_vpc"}, {}),
    ):
        pass

"""The cluster's zone: below the organisation's, found by its delegation, empty-handed only where unprotected."""

from __future__ import annotations

import pytest

from tests.conftest import Stacks
from tests.decisions.emitted_aws import resources


@pytest.mark.parametrize(("name", "protected"), [("live", True), ("manager", True), ("test", False)])
def test_the_parent_delegates_to_the_zone_that_is_made(synthesized: Stacks, name: str, protected: bool) -> None:
    stack = synthesized[name]
    (zone,) = resources(stack, "aws_route53_zone").values()
    (record,) = resources(stack, "aws_route53_record").values()
    parent = stack["data"]["aws_route53_zone"]["zone_parent"]
    assert zone["name"] == record["name"] == f"{name}.{parent['name']}"
    assert zone["force_destroy"] is not protected
    assert (record["type"], record["ttl"]) == ("NS", 30)
    assert record["records"] == "${aws_route53_zone.zone.name_servers}"
    assert record["zone_id"] == "${data.aws_route53_zone.zone_parent.zone_id}"

"""On what a policy allows something: one thing and what belongs to it are bound, all of a kind are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.policies.judged import failed, judge
from tests.violations.catalogue import Stacks

_BUCKET = "${aws_s3_bucket.logs.arn}"


def _judged(resource: str, local: str, synthesized: dict[str, Any], folder: Path) -> dict[str, list[str]]:
    stacks = Stacks(synthesized)
    stacks["live"].setdefault("locals", {})["place"] = local
    stacks.add("live", "aws_s3_bucket", "logs", {"bucket": "logs"})
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [resource]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    stacks.add("live", "aws_iam_policy", "reads", {"name": "reads", "policy": policy})
    return failed(judge(stacks.left(), {}, folder, only=("B11",)))


@pytest.mark.parametrize(
    ("resource", "local"),
    [
        (f"{_BUCKET}/*", ""),
        ("arn:aws:s3:::cloud-platform-logs/*", ""),
        ("arn:aws:s3:::${aws_s3_bucket.logs.bucket}/*", ""),
        ("${local.place}", _BUCKET),
        ("${local.place}/*", _BUCKET),
    ],
)
def test_what_belongs_to_one_thing_is_bound(
    resource: str, local: str, synthesized: dict[str, Any], synthesized_folder: Path
) -> None:
    assert "B11-iam-without-wildcards" not in _judged(resource, local, synthesized, synthesized_folder)


@pytest.mark.parametrize(
    ("resource", "local"),
    [
        ("arn:aws:s3:::*/*", ""),
        ("arn:aws:s3:eu-west-2:111122223333:accesspoint/*", ""),
        ("arn:aws:dynamodb:eu-west-2:111122223333:table/*", ""),
        ("${local.place}", "${data.aws_ssm_parameter.where.insecure_value}"),
        ("${local.place}/*", "${var.where}"),
    ],
)
def test_all_of_a_kind_and_what_nobody_can_tell_is_not(
    resource: str, local: str, synthesized: dict[str, Any], synthesized_folder: Path
) -> None:
    messages = _judged(resource, local, synthesized, synthesized_folder)["B11-iam-without-wildcards"]
    assert "aws_iam_policy.reads" in str(messages)

"""A stack without AWS, for a terraform that has no account: a constant stands for each value that AWS would tell."""

from __future__ import annotations

import json
import re
from typing import Any

OF_AWS = re.compile(r"(?:data|ephemeral)\.aws_\w+\.[\w-]+(?:\.\w+|\[\d+\])+")
"""A reference to what is read from AWS."""


def without_aws(stack: dict[str, Any], value: str) -> dict[str, Any]:
    """Return `stack` with a state of its own, without its providers, and with `value` for what is read from AWS."""
    left = {name: block for name, block in stack.items() if name not in ("data", "ephemeral", "provider")}
    settings = {name: block for name, block in stack["terraform"].items() if name != "backend"}
    required = {name: each for name, each in settings["required_providers"].items() if name != "aws"}
    left["terraform"] = settings | {"required_providers": required}
    literal = json.dumps(json.dumps(value))[1:-1]
    replaced: dict[str, Any] = json.loads(OF_AWS.sub(lambda _: literal, json.dumps(left)))
    return replaced

"""The base of all settings and the value types that several of them share."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict

Item = TypeVar("Item")
Listed = Annotated[tuple[Item, ...], Strict(False)]
"""A YAML list, kept as an immutable tuple; its items stay strict."""


class Settings(BaseModel):
    """Immutable settings: unknown keys are refused and no value is silently converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def setting(
    description: str, default: Any = ..., *, unit: str | None = None, example: Any = None, **bounds: Any
) -> Any:
    """Declare one setting: its meaning, its unit, an example, its default (none: required) and its bounds."""
    extra: dict[str, Any] = {}
    if unit is not None:
        extra["unit"] = unit
    if example is not None:
        extra["examples"] = [example]
    if isinstance(default, Mapping) or callable(default):
        bounds["default_factory"] = default if callable(default) else (lambda: dict(default))
        return Field(description=description, json_schema_extra=extra or None, **bounds)
    return Field(default, description=description, json_schema_extra=extra or None, **bounds)


def _cidr(value: str) -> str:
    """Return `value` when it is an IPv4 network without host bits; raise ValueError otherwise."""
    ipaddress.IPv4Network(value)
    return value


def _pattern(expression: str) -> Any:
    return Field(pattern=re.compile(expression).pattern)


Cidr = Annotated[str, AfterValidator(_cidr), Field(examples=["172.20.32.0/19"])]
"""An IPv4 network such as 172.20.32.0/19, without host bits."""
Slug = Annotated[str, _pattern(r"^[a-z0-9][a-z0-9_-]{0,99}$")]
"""A GitHub team's slug."""
KubernetesName = Annotated[str, _pattern(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
"""A Kubernetes object name of at most 63 characters (an RFC 1123 label)."""
DomainName = Annotated[str, _pattern(r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,}$")]
"""A lower-case DNS domain name without trailing dot."""
RoleArn = Annotated[str, _pattern(r"^arn:aws:iam::\d{12}:role/[\w+=,.@/-]+$")]
"""The ARN of an IAM role."""
PolicyArn = Annotated[str, _pattern(r"^arn:aws:iam::(aws|\d{12}):policy/[\w+=,.@/-]+$")]
"""The ARN of an IAM managed policy."""
Region = Annotated[str, _pattern(r"^[a-z]{2}(-[a-z]+)+-\d$")]
"""An AWS region, such as eu-west-2."""
Zone = Annotated[str, _pattern(r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$")]
"""An availability zone, such as eu-west-2b."""
AccountId = Annotated[str, _pattern(r"^\d{12}$")]
"""An AWS account id: twelve digits, quoted."""
ParameterName = Annotated[str, _pattern(r"^(/[A-Za-z0-9_.-]+)+$")]
"""The name of an SSM parameter, such as /cloud-platform/live/auth0/kubernetes-client-secret."""


class Secret(Settings):
    """A secret that stands in an SSM SecureString, put there by hand before the first plan."""

    parameter: ParameterName = setting("Name of the SecureString in the account and region of the fleet.")
    revision: int = setting(
        "Counts the values the secret has had; raise it by one after a new value was stored and everything that carries it follows.",
        1,
        unit="revision",
        ge=1,
    )

"""The base of all settings and the value types that several of them share."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_validator

from modules.settings.rules import BrokenRulesError, rules_of, violations_of

Item = TypeVar("Item")
Listed = Annotated[tuple[Item, ...], Strict(False)]
"""A YAML list, kept as an immutable tuple; its items stay strict."""


class Settings(BaseModel):
    """Immutable settings: unknown keys are refused, no value is silently converted, every rule of the class holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    rule_names: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Collect the rules of the class once."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.rule_names = rules_of(cls)

    @model_validator(mode="after")
    def rules_hold(self) -> Self:
        """Check every rule of the class and raise BrokenRulesError with all that is broken."""
        if self.rule_names and (broken := tuple(violations_of(self, self.rule_names))):
            raise BrokenRulesError(broken)
        return self


def setting(
    description: str,
    default: Any = ...,
    *,
    unit: str | None = None,
    example: Any = None,
    allowed: str | None = None,
    **bounds: Any,
) -> Any:
    """Declare one setting: its meaning, its unit, an example, its default (none: required) and its bounds.

    `allowed` says in words what a pattern admits.
    """
    extra: dict[str, Any] = {}
    if unit is not None:
        extra["unit"] = unit
    if example is not None:
        extra["examples"] = [example]
    if allowed is not None:
        extra["patternErrorMessage"] = allowed
    if isinstance(default, Mapping) or callable(default):
        bounds["default_factory"] = default if callable(default) else (lambda: dict(default))
        return Field(description=description, json_schema_extra=extra or None, **bounds)
    return Field(default, description=description, json_schema_extra=extra or None, **bounds)


def _network(value: str) -> str:
    """Return `value` when it is an IPv4 network without host bits; raise ValueError otherwise."""
    ipaddress.IPv4Network(value)
    return value


def _text(pattern: str, allowed: str, *examples: str) -> Any:
    """Text that matches a pattern, what that means in words, and examples."""
    extra: dict[str, Any] = {"patternErrorMessage": allowed}
    return Field(pattern=pattern, examples=list(examples), json_schema_extra=extra)


Cidr = Annotated[
    str,
    AfterValidator(_network),
    _text(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$", "an IPv4 network without host bits", "172.20.32.0/19"),
]
"""An IPv4 network such as 172.20.32.0/19, without host bits."""
Slug = Annotated[
    str,
    _text(r"^[a-z0-9][a-z0-9_-]{0,99}$", "a GitHub team's slug: lower-case letters, digits, - and _", "webops"),
]
"""A GitHub team's slug."""
KubernetesName = Annotated[
    str,
    _text(
        r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
        "a Kubernetes name: at most 63 lower-case letters, digits and -, no - at either end",
        "prison-visits",
    ),
]
"""A Kubernetes object name of at most 63 characters (an RFC 1123 label)."""
DomainName = Annotated[
    str,
    _text(
        r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
        "a DNS domain name in lower case, without trailing dot",
        "service.justice.gov.uk",
    ),
    Field(max_length=253),
]
"""A lower-case DNS domain name without trailing dot, of at most 253 characters."""
RoleArn = Annotated[
    str,
    _text(
        r"^arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$",
        "the ARN of an IAM role",
        "arn:aws:iam::111122223333:role/deploy",
    ),
    Field(max_length=2048),
]
"""The ARN of an IAM role."""
PolicyArn = Annotated[
    str,
    _text(
        r"^arn:aws:iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]+$",
        "the ARN of an IAM managed policy",
        "arn:aws:iam::111122223333:policy/tenant-s3-read",
    ),
    Field(max_length=2048),
]
"""The ARN of an IAM managed policy."""
Region = Annotated[str, _text(r"^[a-z]{2}(-[a-z]+)+-[0-9]$", "an AWS region", "eu-west-2")]
"""An AWS region, such as eu-west-2."""
Zone = Annotated[str, _text(r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", "an availability zone", "eu-west-2b")]
"""An availability zone, such as eu-west-2b."""
AccountId = Annotated[str, _text(r"^[0-9]{12}$", "twelve digits, quoted", "111122223333")]
"""An AWS account id: twelve digits, quoted."""
ParameterName = Annotated[
    str,
    _text(
        r"^(/[A-Za-z0-9_.-]+){1,15}$",
        "the name of an SSM parameter: parts of letters, digits, _ . -, each after a /",
        "/cloud-platform/live/auth0/kubernetes-client-secret",
    ),
    Field(max_length=1011),
]
"""The name of an SSM parameter, such as /cloud-platform/live/auth0/kubernetes-client-secret."""
HttpsUrl = Annotated[
    str,
    _text(
        r"^https://[a-z0-9][a-z0-9.-]*[a-z0-9](/[A-Za-z0-9._~-]+)*/?$",
        "an exact https URL, without wildcard or query",
        "https://sonarqube.example.org/oauth2/callback",
    ),
    Field(max_length=1024),
]
"""An exact https URL."""
MinorVersion = Annotated[str, _text(r"^1\.[0-9]{2}$", "a minor version of Kubernetes, quoted", "1.35")]
"""A minor version of Kubernetes, such as 1.35."""
AmiRelease = Annotated[
    str,
    _text(r"^1\.[0-9]{2}\.[0-9]+-[0-9]{8}$", "a release version: Kubernetes version and date", "1.35.2-20261110"),
]
"""A release of the EKS-optimised AMI, such as 1.35.2-20261110."""
LogRetention = Literal[365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
"""A year or longer, in the numbers of days that CloudWatch Logs keeps (PutRetentionPolicy, `retentionInDays`)."""


class Secret(Settings):
    """A secret that stands in an SSM SecureString, put there by hand before the first plan."""

    parameter: ParameterName = setting("Name of the SecureString in the account and region of the fleet.")
    revision: int = setting(
        "Counts the values the secret has had; raise it by one after a new value was stored and everything that "
        "carries it follows.",
        1,
        unit="revision",
        ge=1,
        le=1000000,
    )

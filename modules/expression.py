"""What stands in Terraform JSON as itself, and what Terraform is to evaluate.

Terraform reads every string of its JSON as a template. Text of ours (Helm values, Kubernetes objects, embedded code)
must come through as written, so it is escaped by default; a reference is marked as an `Expression`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

_CDKTF_REFERENCE = "${TfToken["


@dataclass(frozen=True)
class Expression:
    """A string that Terraform evaluates: a template such as `${data.aws_eks_cluster.this.endpoint}` or a CDKTF token."""

    template: str


Value: TypeAlias = "bool | int | float | str | Expression | Mapping[str, Value] | Sequence[Value] | None"
"""Structured data with expressions in it."""


def literal(text: str) -> str:
    """Return `text` written so that Terraform yields it unchanged; raise ValueError where it holds a CDKTF token."""
    if _CDKTF_REFERENCE in text:
        raise ValueError(f"a reference stands in literal text, mark it as an Expression: {text}")
    return text.replace("${", "$${").replace("%{", "%%{")


def literals(texts: Mapping[str, str]) -> dict[str, str]:
    """Return `texts`, such as tags, with keys and values written so that Terraform yields them unchanged, ordered by key."""
    return {literal(key): literal(text) for key, text in sorted(texts.items())}


def structured(value: Value) -> object:
    """Return `value` as Terraform JSON: text escaped, expressions as they are."""
    if value is None:
        return "${null}"  # CDKTF leaves a plain null out, and Helm takes one as "remove the chart's default"
    if isinstance(value, Expression):
        return value.template
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, Mapping):
        return {literal(key): structured(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [structured(each) for each in value]
    return value

"""ValidatingAdmissionPolicies and what puts them in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modules.expression import Value
from modules.objects import KubernetesObject

API_VERSION = "admissionregistration.k8s.io/v1"


def validation(*, expression: str, message: str) -> dict[str, str]:
    """Return one validation; who fails it reads `message` with a 403."""
    return {"expression": expression, "message": message, "reason": "Forbidden"}


def policy(
    name: str,
    *,
    rules: Sequence[Mapping[str, Sequence[str]]],
    variables: Mapping[str, str],
    validations: Sequence[Mapping[str, str]],
    conditions: Mapping[str, str] | None = None,
) -> KubernetesObject:
    """Return the policy `name`: requests that match `rules` and every condition are refused unless all validations hold.

    An expression that cannot be evaluated refuses the request as well.
    """
    spec: dict[str, Value] = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [dict(rule) for rule in rules]},
    }
    if conditions:
        spec["matchConditions"] = [{"name": key, "expression": value} for key, value in conditions.items()]
    spec["variables"] = [{"name": key, "expression": value} for key, value in variables.items()]
    spec["validations"] = [dict(each) for each in validations]
    return {"apiVersion": API_VERSION, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec}


def binding(name: str) -> KubernetesObject:
    """Return what puts the policy `name` in force for every request that it matches, in every namespace."""
    return {
        "apiVersion": API_VERSION,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny", "Audit"]},
    }

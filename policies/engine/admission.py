"""ValidatingAdmissionPolicies: which are in force, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from policies.engine import cel
from policies.engine.estate import Scope
from policies.engine.finding import Finding
from policies.engine.kubernetes import KubernetesObject

POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"


@dataclass(frozen=True)
class Wording:
    """What a policy says, wherever it stands: equal to any other that says the same, so that it is asked once."""

    text: str
    body: Mapping[str, Any] = field(compare=False, repr=False)

    def admits(self, request: Mapping[str, Any]) -> bool:
        """Whether it lets `request` pass; what cannot be evaluated is refused. Raises Unsupported."""
        conditions, variables, validations = self._compiled
        env: dict[str, Any] = {**request, "variables": _Variables(variables, request)}
        try:
            for condition in conditions:
                if condition(env) is False:
                    return True
            for validation in validations:
                if validation(env) is not True:
                    return False
        except cel.EvaluationError:
            return False
        return True

    @cached_property
    def _compiled(self) -> tuple[list[cel.Evaluator], dict[str, cel.Evaluator], list[cel.Evaluator]]:
        """Return its conditions, variables and validations. Raises Unsupported."""
        conditions, variables, validations = (
            self.body.get(key) or [] for key in ("matchConditions", "variables", "validations")
        )
        return (
            [cel.compiled(each["expression"]) for each in conditions],
            {each["name"]: cel.compiled(each["expression"]) for each in variables},
            [cel.compiled(each["expression"]) for each in validations],
        )

    def expressions(self) -> list[str]:
        """Return each expression of the policy."""
        return [
            str(each.get("expression"))
            for key in ("matchConditions", "variables", "validations")
            for each in self.body.get(key) or []
        ]


@dataclass(eq=False)
class Guard:
    """One policy with its bindings."""

    policy: KubernetesObject
    bindings: list[KubernetesObject]
    body: Mapping[str, Any] = field(init=False)

    wording: Wording = field(init=False)

    def __post_init__(self) -> None:
        self.body = self.policy["spec"].data() or {}
        self.wording = Wording(repr(sorted(self.body.items())), self.body)

    def judges(self, group: str, version: str, resource: str, operation: str) -> bool:
        """Whether it matches every such request, whatever its namespace, name and labels."""
        constraints = self.body.get("matchConstraints") or {}
        if set(constraints) - {"resourceRules", "matchPolicy"}:
            return False
        return any(
            _holds(rule.get("apiGroups"), group)
            and _holds(rule.get("apiVersions"), version)
            and _names(rule.get("resources"), resource)
            and _holds(rule.get("operations"), operation)
            and not rule.get("resourceNames")
            and rule.get("scope") in (None, "*")
            for rule in constraints.get("resourceRules") or []
        )

    def concerns(self, resource: str) -> bool:
        """Whether a rule names the resource at least in part, so that it is the one that was meant."""
        rules = (self.body.get("matchConstraints") or {}).get("resourceRules") or []
        stem = resource.split("/")[0].rstrip("s")
        return any(str(each).startswith(stem) for rule in rules for each in rule.get("resources") or [])

    def steps(self) -> set[tuple[str, str]]:
        """Return each step from `object`, `request` or `metadata` to a field; an empty field for any other use of them.

        Of `namespaceObject`, of which more than one field would be too much, the label that is asked for.
        """
        found: set[tuple[str, str]] = set()
        for expression in self.expressions():
            listed = [*cel.tokens(expression), *[("sign", "")] * 5]
            for index, (kind, name) in enumerate(listed[:-5]):
                if kind == "name" and name == "namespaceObject":
                    found.add((name, _label_asked_for(listed, index)))
                if kind == "name" and name in ("object", "request", "metadata") and not _of_namespace(listed, index):
                    found.add((name, listed[index + 2][1] if listed[index + 1][1] == "." else ""))
        return found

    def lacking(self) -> str:
        """Return why the policy refuses nothing for certain; empty where it is in force."""
        if self.body.get("failurePolicy") not in (None, "Fail"):
            return f"its failurePolicy is {self.body.get('failurePolicy')}"
        if self.body.get("paramKind"):
            return "it takes parameters that others may change"
        if not self.bindings:
            return "no binding puts it in force"
        reasons = [_weakness(each) for each in self.bindings]
        return "" if "" in reasons else "; ".join(reasons)

    def expressions(self) -> list[str]:
        """Return each expression of the policy."""
        return self.wording.expressions()


_NOT_YET = object()


class _Variables(dict[str, Any]):
    """The policy's variables, each evaluated when it is asked for."""

    def __init__(self, declared: Mapping[str, cel.Evaluator], request: Mapping[str, Any]) -> None:
        super().__init__()
        self._declared = declared
        self._env = {**request, "variables": self}

    def __contains__(self, name: object) -> bool:
        return name in self._declared

    def __getitem__(self, name: str) -> Any:
        value = self.get(name, _NOT_YET)
        if value is _NOT_YET:
            value = self[name] = self._declared[name](self._env)
        return value


def _holds(listed: Any, wanted: str) -> bool:
    return isinstance(listed, list) and (wanted in listed or "*" in listed)


def _names(listed: Any, wanted: str) -> bool:
    """Whether a rule's resources name `wanted`; `*` stands for every resource and for none of their subresources."""
    resource, slash, part = wanted.partition("/")
    every = {wanted, "*/*", *([f"{resource}/*", f"*/{part}"] if slash else ["*"])}
    return isinstance(listed, list) and not every.isdisjoint(listed)


def _of_namespace(listed: list[tuple[str, str]], index: int) -> bool:
    return [text for _, text in listed[max(index - 2, 0) : index + 3]] == [
        "namespaceObject",
        ".",
        "metadata",
        ".",
        "labels",
    ]


def _label_asked_for(listed: list[tuple[str, str]], index: int) -> str:
    """Return the label in `"label" in namespaceObject.metadata.labels`, `labels` where `has` asks for any; empty for all else."""
    after = [text for _, text in listed[index + 1 : index + 6]]
    if after[:4] != [".", "metadata", ".", "labels"] or after[4] in (".", "["):
        return ""
    before = listed[max(index - 2, 0) : index]
    if len(before) == 2 and before[1] == ("name", "in") and before[0][0] == "string":
        return cel.unquoted(before[0][1])
    return "labels" if [text for _, text in before] == ["has", "("] and after[4] == ")" else ""


def _weakness(binding: KubernetesObject) -> str:
    spec = binding["spec"].data() or {}
    if "Deny" not in (spec.get("validationActions") or []):
        return f"{binding.address} does not deny"
    if spec.get("matchResources"):
        return f"{binding.address} puts it in force for some requests only"
    if spec.get("paramRef"):
        return f"{binding.address} takes parameters"
    return ""


def in_force(listed: Iterable[Guard], resource: str, operation: str) -> list[Guard]:
    """Return the guards that certainly judge every such request for a resource of the core group."""
    return [each for each in listed if each.judges("", "v1", resource, operation) and not each.lacking()]


def unguarded(listed: Iterable[Guard], scope: Scope, resource: str, operation: str) -> Finding:
    """Return the finding that no guard is in force for such requests, at the one that was meant to be."""
    known = list(listed)
    matching = [each for each in known if each.judges("", "v1", resource, operation)]
    reasons = "; ".join(f"{each.policy.address}: {each.lacking()}" for each in matching)
    meant = matching or [each for each in known if each.concerns(resource)]
    blamed = meant[0].policy if meant else scope
    text = f"no policy judges {resource} at their {operation}: {reasons or 'none matches all of them'}"
    return blamed.finding(text, expected="Deny")


def guards(objects: Iterable[KubernetesObject]) -> list[Guard]:
    """Return each ValidatingAdmissionPolicy among `objects` with its bindings."""
    listed = list(objects)
    bindings = [each for each in listed if each.kind == BINDING]
    return [
        Guard(each, [binding for binding in bindings if binding["spec.policyName"].text() == each.name])
        for each in listed
        if each.kind == POLICY
    ]

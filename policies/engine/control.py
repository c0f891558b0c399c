"""The control record, its registry, and how one control is run."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from policies.engine.estate import Cluster, Estate, Missing, Role, Scope, Shared
from policies.engine.finding import Finding
from policies.engine.resource import Layer
from policies.engine.values import Unknown

Severity = Literal["low", "medium", "high", "critical"]
Verdict = Literal["PASS", "FAIL", "UNKNOWN", "EXCEPTED", "NOT_APPLICABLE"]
Judge = Callable[[Any], Iterator[Finding] | None]


class NotApplicable(Exception):
    """Raised by a control that has nothing to say here; its text is the reason."""


@dataclass(frozen=True, slots=True)
class Presence:
    """How many of a kind there are: a resource type, `object:Kind` or `release:chart`."""

    kind: str
    minimum: int = 1
    maximum: int | None = None

    def count(self, scope: Scope) -> list[str]:
        """Return the addresses of what there is in `scope`."""
        what, _, name = self.kind.partition(":")
        if what == "object":
            return [each.address for each in scope.objects(name)]
        if what == "release":
            return [each.address for each in scope.releases(name)]
        return [each.address for each in scope.resources(self.kind)]

    def check(self, scope: Scope) -> Iterator[Finding]:
        """Yield a finding where there are too few or too many."""
        found = self.count(scope)
        if len(found) < self.minimum or (self.maximum is not None and len(found) > self.maximum):
            upper = "or more" if self.maximum is None else f"to {self.maximum}"
            expected = str(self.minimum) if self.minimum == self.maximum else f"{self.minimum} {upper}"
            names = ", ".join(found) or "none"
            yield scope.finding(
                f"{expected} of {self.kind} expected, found {len(found)}: {names}", found=found, expected=expected
            )


@dataclass(frozen=True, slots=True)
class Control:
    """One promise about the output; `docs/controls.md` and `policies/engine/__init__.py` say how to write one."""

    id: str
    decision: str
    title: str
    severity: Severity
    scope: Literal["cluster", "shared", "estate"]
    reads: tuple[Role, ...]
    judge: Judge
    remediation: str
    presence: tuple[Presence, ...] = ()
    layers: tuple[Layer, ...] = ("synth", "plan", "state")
    unknown: Literal["fail", "allow"] = "fail"
    unknown_reason: str = ""
    waivable: bool = False
    checkov: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    begins: Callable[[Any], None] | None = None
    refuses: bool = False
    """Whether what it finds leaves the stack unjudged; of the controls X alone."""
    module: str = ""

    def scopes(self, estate: Estate) -> list[Scope]:
        """Return what this control quantifies over in `estate`."""
        if self.scope == "cluster":
            return list(estate.clusters)
        return [estate.shared] if self.scope == "shared" else [estate]


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict of one control on one scope in one layer; one per finding where it does not hold."""

    control: Control
    cluster: str
    layer: Layer
    verdict: Verdict
    objects: int
    finding: Finding | None = None
    message: str = ""
    waived_by: Any = None


_REGISTRY: dict[str, Control] = {}


def control(
    *,
    id: str,
    title: str,
    severity: Severity,
    reads: tuple[Role, ...],
    remediation: str,
    scope: Literal["cluster", "shared", "estate"] = "cluster",
    presence: tuple[Presence, ...] = (),
    layers: tuple[Layer, ...] = ("synth", "plan", "state"),
    unknown: Literal["fail", "allow"] = "fail",
    unknown_reason: str = "",
    waivable: bool = False,
    checkov: tuple[str, ...] = (),
    references: tuple[str, ...] = (),
    begins: Callable[[Any], None] | None = None,
    breaks: bool = False,
) -> Callable[[Judge], Judge]:
    """Register the decorated function as the control `id`, whose part before the first dash is the decision; raise ValueError for a record that is not sound.

    `begins` starts something slow for a scope without waiting for it; such controls are run last. What a control X
    finds is a refusal to judge, unless it `breaks` what was decided like any other.
    """

    def register(judge: Judge) -> Judge:
        if id in _REGISTRY and _REGISTRY[id].module != judge.__module__:
            raise ValueError(f"control {id} is registered twice")
        decision = id.split("-", 1)[0]
        if decision.startswith("X"):
            decision = "X"
        if unknown == "allow" and len(unknown_reason) < 20:
            raise ValueError(f"control {id} allows unknown values without a reason")
        if not (reads and title and remediation):
            raise ValueError(f"control {id} lacks reads, title or remediation")
        _REGISTRY[id] = Control(
            id=id,
            decision=decision,
            title=title,
            severity=severity,
            scope=scope,
            reads=reads,
            judge=judge,
            remediation=remediation,
            presence=presence,
            layers=layers,
            unknown=unknown,
            unknown_reason=unknown_reason,
            waivable=waivable,
            checkov=checkov,
            references=references,
            begins=begins,
            refuses=decision == "X" and not breaks,
            module=judge.__module__,
        )
        return judge

    return register


_NOT_CONTROLS = frozenset(
    {"engine", "reports", "checkov", "second_engine", "catalogue", "parameters", "cli", "__main__"}
)


def load_controls(only: str = "") -> dict[str, Control]:
    """Import every module of controls, or the module or package `only`, and return the registry, ordered by id."""
    import policies

    for module in pkgutil.iter_modules(policies.__path__):
        if module.name in _NOT_CONTROLS or (only and module.name != only):
            continue
        package = importlib.import_module(f"policies.{module.name}")
        if module.ispkg:
            for part in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"policies.{module.name}.{part.name}")
    return dict(sorted(_REGISTRY.items()))


@dataclass(eq=False)
class Outcome:
    """What running one control on one scope gave."""

    findings: list[Finding] = field(default_factory=list)
    objects: int = 0
    not_applicable: str = ""


def run(record: Control, scope: Scope) -> Outcome:
    """Run one control on one scope; whatever goes wrong becomes a finding."""
    outcome = Outcome()
    estate = scope.estate
    estate.start()
    try:
        for presence in record.presence:
            outcome.findings += presence.check(scope)
        for finding in record.judge(scope) or ():
            outcome.findings.append(finding)
    except NotApplicable as reason:
        outcome.not_applicable = str(reason)
    except Unknown as error:
        outcome.findings.append(scope.finding(str(error), unknown=True))
    except Missing as error:
        if not outcome.findings:
            outcome.findings.append(Finding(scope.label, str(error)))
    except Exception as error:  # a control that raises must never pass
        outcome.findings.append(scope.finding(f"the control raised {type(error).__name__}: {error}"))
    outcome.objects = estate.checked
    if not outcome.objects and not outcome.findings and not outcome.not_applicable and record.decision != "X":
        outcome.findings.append(scope.finding("the control looked at no object"))
    if record.unknown == "allow":
        outcome.findings = [each for each in outcome.findings if not each.unknown]
    return outcome


__all__ = [
    "Cluster", "Control", "Estate", "Finding", "NotApplicable", "Outcome", "Presence", "Result", "Scope", "Shared",
    "Verdict", "control", "load_controls", "run",
]  # fmt: skip

"""The engine of the policy suite: everything that a module of controls needs is imported from here."""

from __future__ import annotations

from policies.engine.attribute import Attribute
from policies.engine.control import Control, NotApplicable, Presence, Result, control
from policies.engine.estate import Cluster, Estate, Missing, Scope, Shared
from policies.engine.finding import Finding
from policies.engine.helm import Release
from policies.engine.iam import Condition, IamRole, Policy, Statement, read_policy
from policies.engine.kubernetes import KubernetesObject
from policies.engine.network import Rule
from policies.engine.node_group import NodeGroup
from policies.engine.resource import Resource, Stack
from policies.engine.values import Template, Unknown

__all__ = [
    "Attribute", "Cluster", "Condition", "Control", "Estate", "Finding", "IamRole", "KubernetesObject", "Missing",
    "NodeGroup", "NotApplicable", "Policy", "Presence", "Release", "Resource", "Result", "Rule", "Scope", "Shared", "Stack",
    "Statement", "Template", "Unknown", "control", "read_policy",
]  # fmt: skip

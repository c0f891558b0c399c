"""The estate: every cluster with all that concerns it, seen in one layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from policies.engine import helm, iam, kubernetes, network
from policies.engine.attention import Attention
from policies.engine.finding import Finding
from policies.engine.node_group import NodeGroup
from policies.engine.refusal import Refusal
from policies.engine.resource import Layer, Resource, Stack
from policies.engine.values import show

Role = Literal["cluster", "workloads", "login", "identity", "account"]
"""What a stack is for: of a cluster its AWS resources, its Kubernetes objects and releases, its Auth0 clients; of all
clusters the Auth0 tenant and the AWS account."""
ROLES: tuple[Role, ...] = ("cluster", "workloads", "login", "identity", "account")


class Missing(Exception):
    """What must exist once does not, or exists more often; becomes the verdict FAIL."""


class Scope:
    """Something that holds stacks and can be asked for what is in them; each answer counts as checked."""

    stacks: list[Stack]
    estate: Estate

    @property
    def label(self) -> str:
        """How a report names this scope."""
        raise NotImplementedError

    def resources(self, *kinds: str) -> list[Resource]:
        """Return the resources of these types (`data.x`, `ephemeral.x`, `provider.x`, `backend.x`, `output.value` too); all managed ones if none is given."""
        found = [
            resource
            for stack in self.stacks
            for resource in (
                [each for kind in kinds for each in stack.of_kind(kind)]
                if kinds
                else [each for each in stack.resources if each.mode == "managed"]
            )
        ]
        self.estate.count(found, *kinds)
        return found

    def one(self, kind: str) -> Resource:
        """Return the only resource of this type; raise Missing otherwise."""
        found = self.resources(kind)
        if len(found) != 1:
            names = ", ".join(each.address for each in found) or "none"
            raise Missing(f"{self.label}: exactly one {kind} is expected, found {names}")
        return found[0]

    def search(self, *kinds: str) -> list[Resource]:
        """Return the resources of types that a decision forbids, after looking at every resource here."""
        self.estate.count(resource for stack in self.stacks for resource in stack.resources)
        return [each for stack in self.stacks for kind in kinds for each in stack.of_kind(kind)]

    def none_of(self, *kinds: str, why: str) -> Iterator[Finding]:
        """Yield a finding for each resource of these types."""
        for resource in self.search(*kinds):
            yield resource.finding(f"must not exist: {why}", found=resource.kind, expected="absent")

    def releases(self, *charts: str) -> list[helm.Release]:
        """Return the Helm releases, of these charts if given, their values merged as Helm merges them."""
        found = [
            release
            for stack in self.stacks
            for release in helm.releases(stack)
            if not charts or release.chart in charts
        ]
        self.estate.count(found, *(f"release:{each}" for each in charts))
        return found

    def objects(self, *kinds: str) -> list[kubernetes.KubernetesObject]:
        """Return the Kubernetes objects of these kinds, wherever they are declared."""
        found = [each for stack in self.stacks for each in kubernetes.objects(stack) if not kinds or each.kind in kinds]
        self.estate.count(found, *(f"object:{each}" for each in kinds))
        return found

    def roles(self) -> list[iam.IamRole]:
        """Return the IAM roles with their trust and every policy they hold."""
        found = [each for stack in self.stacks for each in iam.roles(stack)]
        self.estate.count(found, "aws_iam_role")
        return found

    def policies(self) -> list[iam.Policy]:
        """Return every IAM policy document: of roles, customer-managed ones, data sources."""
        found = [each for stack in self.stacks for each in iam.policies(stack)]
        self.estate.count(found)
        return found

    def network_rules(self) -> list[network.Rule]:
        """Return every security group rule, of whatever resource form."""
        found = [each for stack in self.stacks for each in network.rules(stack)]
        self.estate.count([each.resource for each in found], "aws_security_group")
        return found

    def finding(self, message: str, *, found: Any = None, expected: Any = None, unknown: bool = False) -> Finding:
        """Return a finding about this scope as a whole, such as something that it lacks."""
        return Finding(self.label, f"{self.label}: {message}", show(found), show(expected), unknown=unknown)


@dataclass(eq=False)
class Cluster(Scope):
    """One cluster: its AWS, workloads and login stacks."""

    name: str
    estate: Estate
    stacks: list[Stack] = field(default_factory=list)

    @property
    def label(self) -> str:
        """How a report names this scope."""
        return f"cluster {self.name}"

    @property
    def eks(self) -> Resource:
        """The EKS cluster itself; Missing where there is none or are several."""
        return self.one("aws_eks_cluster")

    @property
    def shared(self) -> Shared:
        """The stacks that all clusters share: tenant and account."""
        return self.estate.shared

    def node_groups(self) -> list[NodeGroup]:
        """Return each managed node group with its launch template."""
        return [NodeGroup(each) for each in self.resources("aws_eks_node_group")]

    def shown(self) -> set[Role]:
        """Return the roles of the stacks that this scope holds, the shared ones included."""
        return {role for stack in (*self.stacks, *self.shared.stacks) for role in self.estate.roles_of(stack)}


@dataclass(eq=False)
class Shared(Scope):
    """What the clusters share: the Auth0 tenant (`identity`) and the AWS account (`account`)."""

    estate: Estate
    stacks: list[Stack] = field(default_factory=list)

    @property
    def label(self) -> str:
        """How a report names this scope."""
        return "tenant and account"


@dataclass(eq=False)
class Estate(Scope):
    """All stacks in one layer, sorted into clusters and what they share."""

    layer: Layer
    stacks: list[Stack]
    whole: bool = True
    """False: only plans or states were given, so a stack that is not shown may exist all the same."""
    clusters: list[Cluster] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    synth: dict[str, Stack] = field(default_factory=dict)
    """The synthesized form of each stack, whatever the layer, where it was given."""
    today: date = date.min
    """The day for which is judged, for what holds until a date."""
    readers: dict[int, set[str]] = field(default_factory=dict)
    """The decisions whose controls asked for a resource, by its identity in memory; of what a plan shows."""
    askers: dict[str, set[str]] = field(default_factory=dict)
    """The decisions whose controls asked for a kind, whether or not there is any."""

    def __post_init__(self) -> None:
        self.estate = self
        self.attention = Attention()
        self._roles: dict[int, set[Role]] = {}
        self._named: dict[str, dict[str, list[Resource]]] = {}
        self.memory: dict[str, Any] = {}
        self.shared = Shared(self)
        for stack in self.stacks:
            stack.estate = self
        group(self)

    @property
    def label(self) -> str:
        """How a report names this scope."""
        return "estate"

    def named(self, kind: str, value: str) -> list[Resource]:
        """Return the resources of a type that `value` names: their id, ARN or name."""
        index = self._named.get(kind)
        if index is None:
            index = self._named[kind] = {}
            for stack in self.stacks:
                for resource in stack.of_kind(kind):
                    for identity in resource.identities:
                        index.setdefault(identity, []).append(resource)
        return index.get(value, [])

    def count(self, objects: Iterable[object], *kinds: str) -> None:
        """Remember that a control looked at `objects`, which it asked for by these kinds; in passing, where it named none."""
        objects = list(objects)
        if kinds:
            self.attention.kinds.update(kinds)
            self.attention.look(objects)
        self.attention.checked.append(objects)

    def look(self, objects: Iterable[object]) -> None:
        """Remember that a control followed a reference to `objects`."""
        self.attention.look(objects)

    def start(self) -> None:
        """Forget what was looked at."""
        self.attention = Attention()

    @property
    def checked(self) -> int:
        """How many objects a control looked at since `start`."""
        return self.attention.number()

    def roles_of(self, stack: Stack) -> set[Role]:
        """Return what `stack` is for."""
        found = self._roles.get(id(stack))
        if found is None:
            found = self._roles[id(stack)] = _roles(stack)
        return found

    def shown(self) -> set[Role]:
        """Return the roles of all stacks."""
        return {role for stack in self.stacks for role in self.roles_of(stack)}


_WORKLOADS = ("helm_", "kubernetes_", "kubectl_")
_IDENTITY = (
    "auth0_action",
    "auth0_trigger_actions",
    "auth0_connection",
    "auth0_rule",
    "auth0_tenant",
    "auth0_attack_protection",
)


def _roles(stack: Stack) -> set[Role]:
    found: set[Role] = set()
    for resource in stack.resources:
        kind = resource.type
        if resource.mode != "managed":
            continue
        if kind == "aws_eks_cluster":
            found.add("cluster")
        elif kind.startswith(_WORKLOADS):
            found.add("workloads")
        elif kind in ("auth0_client", "auth0_client_credentials", "auth0_client_grant"):
            found.add("login")
        elif kind in _IDENTITY:
            found.add("identity")
        elif kind == "aws_ssm_document":
            found.add("account")
    if stack.name in ("identity", "account"):
        found = {"identity"} if stack.name == "identity" else {"account"}
    elif stack.name.endswith("-login"):
        found |= {"login"}
    elif stack.name.endswith("-workloads"):
        found |= {"workloads"}
    return found


def _cluster_names(stack: Stack) -> list[str]:
    """Return the names of the clusters that `stack` itself shows: those it declares, else those it looks up."""
    for kind in ("aws_eks_cluster", "data.aws_eks_cluster"):
        names = {each["name"].text() for each in stack.of_kind(kind) if each["name"].known}
        if found := sorted(name for name in names if name):
            return found
    return []


def group(estate: Estate) -> None:
    """Sort the stacks of `estate` into clusters and what they share."""
    clusters: dict[str, Cluster] = {}
    rest: list[Stack] = []
    for stack in estate.stacks:
        names = _cluster_names(stack)
        for name in names:
            clusters.setdefault(name, Cluster(name, estate)).stacks.append(stack)
        if not names:
            rest.append(stack)
    for stack in rest:
        if name := _named_after(stack, clusters):
            clusters.setdefault(name, Cluster(name, estate)).stacks.append(stack)
        elif len(clusters) == 1 and estate.roles_of(stack) & {"workloads", "login", "cluster"}:
            next(iter(clusters.values())).stacks.append(stack)
        else:
            estate.shared.stacks.append(stack)
    estate.clusters = [clusters[name] for name in sorted(clusters)]


def _named_after(stack: Stack, clusters: dict[str, Cluster]) -> str:
    """Return the cluster that the stack's name spells: `live`, `live-login`, `live-workloads`."""
    for suffix in ("-login", "-workloads"):
        if stack.name.endswith(suffix):
            return stack.name.removesuffix(suffix)
    if stack.name in clusters:
        return stack.name
    return max((name for name in clusters if stack.name.startswith(f"{name}-")), key=len, default="")

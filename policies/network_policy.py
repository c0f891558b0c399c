"""D13: Calico enforces network policies, and each service team's pods are closed to all other teams."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from policies import parameters
from policies.engine import Cluster, Finding, KubernetesObject, NotApplicable, Presence, Release, Unknown, control
from policies.engine.namespaces import declared
from policies.engine.network_policy import Endpoint, NetworkPolicies, Policy, Traffic, labels_to_escape

_ADR = "Network policy enforcement"
_OPERATOR = "tigera-operator"
_OTHER_ENFORCERS = (
    "cilium",
    "antrea",
    "weave",
    "kube-router",
    "romana",
    "flannel",
    "canal",
    "kube-ovn",
    "aws-calico",
    "calico",
    "network-policy-agent",
    "istio",
    "linkerd",
)
_CALICO_GROUPS = ("projectcalico.org", "operator.tigera.io")
_CALICO_KINDS = ("GlobalNetworkPolicy", "NetworkPolicy", "Tier")
_OTHER_KINDS = (
    "SecurityGroupPolicy",
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "ClusterNetworkPolicy",
    "CiliumNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "PolicyEndpoint",
    "AuthorizationPolicy",
)
_ELSEWHERE = "203.0.113.9"
_POD = "10.99.0.5"


@control(
    id="D13-one-enforcer",
    title="Calico's operator enforces network policies in each cluster, and nothing else does",
    severity="critical",
    reads=("cluster", "workloads"),
    presence=(Presence(f"release:{_OPERATOR}", 1, 1),),
    remediation="Keep one release of tigera-operator with EKS, AmazonVPC and no address pool; no second policy engine.",
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html"),
)
def one_enforcer(cluster: Cluster) -> Iterator[Finding]:
    """The operator is pinned and installs Calico for policy alone, on every node; no other engine stands beside it."""
    for release in cluster.releases(_OPERATOR):
        yield from release.must_be_pinned(*parameters.CHARTS[_OPERATOR])
        yield from _installation(release)
    for release in cluster.releases():
        words = (release.chart.lower(), release.name.lower())
        if release.chart != _OPERATOR and any(name in word for name in _OTHER_ENFORCERS for word in words):
            yield release.finding("enforces network policies beside Calico", found=release.chart, expected="absent")
    for addon in cluster.resources("aws_eks_addon"):
        yield from _addon(addon["configuration_values"])
    for thing in cluster.objects():
        calico = any(group in thing.api_version for group in _CALICO_GROUPS)
        if (thing.kind in _OTHER_KINDS and thing.kind not in parameters.OTHER_POLICY_KINDS) or (
            calico and thing.kind not in _CALICO_KINDS
        ):
            yield thing.finding("changes how policies are enforced", found=thing.kind, expected="absent")


def _installation(release: Release) -> Iterator[Finding]:
    installation = release.values["installation"]
    yield from installation["enabled"].must_be_one_of((None, True))
    yield from installation["kubernetesProvider"].must_be("EKS")
    yield from installation["cni.type"].must_be("AmazonVPC")
    yield from installation["variant"].must_be_one_of((None, "Calico"))
    yield from installation["calicoNetwork.bgp"].must_be_one_of((None, "Disabled"))
    yield from installation["calicoNetwork.ipPools"].must_be_absent("addresses come from the VPC")
    for key in ("registry", "imagePath", "imagePrefix"):
        yield from installation[key].must_be_absent("the images are the chart's")
    yield from release.values["tigeraOperator"].must_be_absent("the operator is the chart's")
    yield from release.values["defaultFelixConfiguration"].must_be_absent("it may switch enforcement off")
    yield from release.values["extraObjects"].must_be_absent("objects of its own are not seen here")
    agent = installation["calicoNodeDaemonSet.spec.template.spec"]
    for key in ("nodeSelector", "affinity", "tolerations", "containers", "initContainers"):
        yield from agent[key].must_be_absent("calico-node runs on every node as the operator makes it")


def _addon(configuration: Any) -> Iterator[Finding]:
    if configuration.absent:
        return
    content = configuration.json()
    for path in ("enableNetworkPolicy", "env.ENABLE_POD_ENI", "env.NETWORK_POLICY_ENFORCING_MODE"):
        setting = content[path]
        if not setting.absent and setting.text() not in ("false", "standard"):
            yield setting.finding("makes the VPC CNI a second enforcer", expected="false")


@control(
    id="D13-calico-first",
    title="Calico's policies are put into a cluster that knows them",
    severity="medium",
    reads=("workloads",),
    presence=(Presence(f"release:{_OPERATOR}", 1, 1),),
    layers=("synth", "plan"),
    remediation="Let what holds Calico's policies depend on the release of tigera-operator, whose chart brings their types.",
    references=(_ADR,),
)
def calico_first(cluster: Cluster) -> Iterator[Finding]:
    """Each object of Calico's own types comes after the release that brings them, in a version that is served."""
    for release in cluster.releases(_OPERATOR):
        server = release.values["apiServer.enabled"].flag() is not False
        for thing in cluster.objects(*_CALICO_KINDS):
            if "projectcalico.org" not in thing.api_version:
                continue
            if release.resource.base not in _all_before(thing.resource):
                yield thing.finding(
                    "does not wait for Calico", found=list(thing.resource.depends_on), expected=release.resource.base
                )
            if thing.api_version.startswith("projectcalico.org/") and not server:
                yield thing["apiVersion"].finding(
                    "is served by Calico's API server alone, which is off", expected="crd.projectcalico.org/v1"
                )


def _all_before(resource: Any) -> set[str]:
    found: set[str] = set()
    queue = list(resource.depends_on)
    while queue:
        base = queue.pop()
        if base not in found:
            found.add(base)
            queue += [each for one in resource.stack.instances(base) for each in one.depends_on]
    return found


@dataclass(frozen=True, slots=True)
class _Stranger:
    """Somebody whom a namespace does not admit."""

    who: str
    endpoint: Endpoint


@control(
    id="D13-tenants-apart",
    title="A service team's pods are reached by their own namespace and the ingress controllers only",
    severity="critical",
    reads=("workloads",),
    presence=(Presence("object:Namespace"),),
    remediation=(
        "Give the namespace a NetworkPolicy with an empty podSelector that admits its own pods and, by"
        " kubernetes.io/metadata.name, the ingress controllers."
    ),
    references=(_ADR,),
)
def tenants_apart(cluster: Cluster) -> Iterator[Finding]:
    """Asks of each namespace of a team who reaches its pods, and whether they reach what they need."""
    policies = NetworkPolicies(cluster.objects())
    tenants = [
        (name, objects) for name, objects in declared(cluster).items() if name not in parameters.PLATFORM_NAMESPACES
    ]
    if not tenants:
        raise NotApplicable("no namespace of a service team")
    for name, objects in tenants:
        yield from _isolation(policies, name, objects[0], {"ingress", "scraping"}, required={"ingress"})
        yield from _ways_out(policies, name, objects[0])


@control(
    id="D13-platform-closed",
    title="A namespace of the platform that is isolated admits what it is recorded to need",
    severity="high",
    reads=("workloads",),
    presence=(Presence("object:Namespace"),),
    remediation="Give the namespace a default NetworkPolicy; what it admits stands in policies/parameters.",
    references=(_ADR,),
)
def platform_closed(cluster: Cluster) -> Iterator[Finding]:
    """Asks the same of each isolated namespace of the platform."""
    policies = NetworkPolicies(cluster.objects())
    for name, objects in declared(cluster).items():
        recorded = parameters.PLATFORM_NAMESPACES.get(name)
        if recorded is not None and recorded.admits is not None and not recorded.by_operator:
            yield from _isolation(policies, name, objects[0], set(recorded.admits), required=set(recorded.admits))


_CLOSED: set[tuple[object, ...]] = set()
"""What was asked of policies that turned out right, each with their whole wording; clusters are much alike."""


def _isolation(
    policies: NetworkPolicies, namespace: str, culprit: KubernetesObject, admitted: set[str], *, required: set[str]
) -> Iterator[Finding]:
    own = policies.of(namespace)
    asked = (
        namespace,
        frozenset(admitted),
        frozenset(required),
        frozenset(policies.tiers.items()),
        tuple(each.wording for each in own),
    )
    if asked not in _CLOSED:
        found = list(_openings(policies, namespace, culprit, admitted, required))
        if not found:
            _CLOSED.add(asked)
        yield from found


def _openings(
    policies: NetworkPolicies, namespace: str, culprit: KubernetesObject, admitted: set[str], required: set[str]
) -> Iterator[Finding]:
    own = policies.of(namespace)
    pod_labels, namespace_labels = policies.labels_worth_having(namespace)
    labelled: tuple[dict[str, str], ...] = ({}, pod_labels or {"app": "web"}, labels_to_escape(own))
    targets = [Endpoint(namespace, labels, namespace_labels, _POD) for labels in labelled]
    culprit = next((each.source for each in own if each.namespace and each.source is not None), culprit)
    connections = [Traffic(port, protocol) for port, protocol in _ports(own)]
    sources = {"ingress": parameters.INGRESS_NAMESPACE, "scraping": parameters.MONITORING_NAMESPACE}
    friends = {"itself": namespace, **{key: sources[key] for key in sorted(required & set(sources))}}
    for who, friend in friends.items():
        asked = [(Endpoint(friend, {"app": "friend"}, {}, "10.1.0.7"), target) for target in targets]
        refused = next(
            (
                policies.decide("ingress", *pair, connections[0])
                for pair in asked
                if not policies.allows("ingress", *pair, connections[0])
            ),
            None,
        )
        if refused is not None:
            blamed = _blamed(refused[1], culprit)
            yield blamed.finding(f"keeps {who} ({friend}) away from {namespace}", found=_shown(own), expected=friend)
    strangers = list(_strangers(namespace, own, pod_labels, namespace_labels, admitted))
    if "api_server" in required and not any(
        policies.allows("ingress", Endpoint(address=address), targets[0]) for address in _addresses(own)
    ):
        yield culprit.finding(
            f"{namespace}: the control plane reaches no webhook",
            expected="what comes from the nodes' networks and is no pod",
        )
    for stranger in strangers:
        for target in targets:
            open_to = [each for each in connections if policies.allows("ingress", stranger.endpoint, target, each)]
            if open_to:
                _, decider = policies.decide("ingress", stranger.endpoint, target, open_to[0])
                yield _blamed(decider, culprit).finding(
                    f"lets {stranger.who} reach port {open_to[0].port} of {'every pod' if not target.labels else 'some pods'}"
                    f" in {namespace}",
                    found=_shown(own) or "no policy",
                    expected=sorted(friends.values()),
                )
                return


def _ways_out(policies: NetworkPolicies, namespace: str, culprit: KubernetesObject) -> Iterator[Finding]:
    pod = Endpoint(namespace, {"app": "web"}, {}, _POD)
    dns = Endpoint("kube-system", {"k8s-app": "kube-dns"}, {}, "10.1.0.53")
    wanted = (
        ("the cluster's DNS", dns, Traffic(53, "UDP")),
        ("the cluster's DNS", dns, Traffic(53, "TCP")),
        ("services outside", Endpoint(address=_ELSEWHERE), Traffic(443, "TCP")),
    )
    for what, target, traffic in wanted:
        for direction in ("egress", "ingress"):
            allowed, decider = policies.decide(direction, pod, target, traffic)
            if not allowed:
                yield _blamed(decider, culprit).finding(f"keeps {namespace} from {what}", expected=what)


def _strangers(
    namespace: str,
    own: list[Policy],
    pod_labels: dict[str, str],
    namespace_labels: dict[str, str],
    admitted: set[str],
) -> Iterator[_Stranger]:
    names = ["another-team", "kube-system", "default", f"{namespace}-copy", f"copy-{namespace}", *sorted(_quoted(own))]
    if "ingress" not in admitted:
        names.append(parameters.INGRESS_NAMESPACE)
    else:
        names.append(f"{parameters.INGRESS_NAMESPACE}-of-a-team")
    if "scraping" not in admitted:
        names.append(parameters.MONITORING_NAMESPACE)
    welcome = {namespace, *({parameters.INGRESS_NAMESPACE} if "ingress" in admitted else set())}
    welcome |= {parameters.MONITORING_NAMESPACE} if "scraping" in admitted else set()
    addresses = _addresses(own)
    for name in dict.fromkeys(names):
        if name in welcome:
            continue
        yield _Stranger(f"pods of {name}", Endpoint(name, {}, {}, _POD))
        for address in addresses:
            yield _Stranger(f"pods of {name}", Endpoint(name, pod_labels, namespace_labels, address))
    yield _Stranger("the world", Endpoint(address=_ELSEWHERE))
    if "api_server" not in admitted:
        for address in addresses:
            yield _Stranger(f"whatever has the address {address}", Endpoint(address=address))


def _quoted(policies: Iterable[Policy]) -> set[str]:
    """Return each namespace that a policy names."""
    found: set[str] = set()
    for policy in policies:
        for text in _texts(policy.spec):
            found |= set(text.replace('"', "'").split("'")[1::2]) or {text}
    return {each for each in found if each and all(char.isalnum() or char == "-" for char in each) and each.islower()}


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in ("name", "action", "protocol", "tier", "policyTypes", "types"):
                yield from _texts(value)
    elif isinstance(node, list):
        for each in node:
            yield from _texts(each)
    elif isinstance(node, str):
        yield node


def _addresses(policies: Iterable[Policy]) -> list[str]:
    """Return an address of each network that a policy names, and one of none."""
    found = [_POD]
    for policy in policies:
        for text in _texts(policy.spec):
            if "/" in text and text[0].isdigit():
                try:
                    network = ipaddress.ip_network(text, strict=False)
                except ValueError:
                    raise Unknown(policy.name, f"names the network {text!r}") from None
                found.append(str(network[min(7, network.num_addresses - 1)]))
    return list(dict.fromkeys(found))


def _ports(policies: Iterable[Policy]) -> list[tuple[int, str]]:
    found: dict[tuple[int, str], None] = {(8080, "TCP"): None, (9100, "UDP"): None}
    for policy in policies:
        for rule in policy.spec.get("ingress") or []:
            listed = [*(rule.get("ports") or []), *((rule.get("destination") or {}).get("ports") or [])]
            for each in listed:
                port = each.get("port") if isinstance(each, dict) else str(each).split(":")[0]
                protocol = str((each.get("protocol") if isinstance(each, dict) else rule.get("protocol")) or "TCP")
                found[int(str(port)) if str(port).isdigit() else 8080, protocol.upper()] = None
    return list(found)


def _blamed(policy: Policy | None, otherwise: KubernetesObject) -> KubernetesObject:
    return policy.source if policy is not None and policy.source is not None else otherwise


def _shown(policies: Iterable[Policy]) -> list[str]:
    return [each.source.address for each in policies if each.source is not None]

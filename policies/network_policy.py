"""D13: Calico enforces network policies, and each service team's pods are closed to all other teams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies import parameters
from policies.agents import recorded_agent
from policies.engine import Attribute, Cluster, Finding, NotApplicable, Presence, Release, control
from policies.engine.footprint import sensible
from policies.engine.namespaces import declared
from policies.engine.network_tiers import NetworkPolicies
from policies.installation import INSTALLATION, OPERATOR, installations, one_installation
from policies.isolation import isolation, ways_out

_ADR = "Network policy enforcement"
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
_CALICO_KINDS = (INSTALLATION, "GlobalNetworkPolicy", "NetworkPolicy", "Tier")
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


@control(
    id="D13-one-enforcer",
    title="Calico's operator enforces network policies in each cluster, and nothing else does",
    severity="critical",
    reads=("cluster", "workloads"),
    presence=(Presence(f"release:{OPERATOR}", 1, 1),),
    remediation=(
        "Keep one release of tigera-operator and one Installation named default, with EKS, AmazonVPC and no address"
        " pool; no second policy engine."
    ),
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html"),
)
def one_enforcer(cluster: Cluster) -> Iterator[Finding]:
    """The operator is pinned and installs Calico for policy alone, on every node; no other engine stands beside it."""
    for release in cluster.releases(OPERATOR):
        yield from release.must_be_pinned(*parameters.CHARTS[OPERATOR])
        yield from _operator(release)
    yield from one_installation(cluster)
    for installation in installations(cluster):
        yield from _policy_only(installation)
    for release in cluster.releases():
        words = (release.chart.lower(), release.name.lower())
        judged_by_its_objects = release.is_local and release.local_name == parameters.OBJECTS_CHART
        if (
            release.chart != OPERATOR
            and not judged_by_its_objects
            and any(name in word for name in _OTHER_ENFORCERS for word in words)
        ):
            yield release.finding("enforces network policies beside Calico", found=release.chart, expected="absent")
    for addon in cluster.resources("aws_eks_addon"):
        yield from _addon(addon["configuration_values"])
    for thing in cluster.objects():
        calico = any(group in thing.api_version for group in _CALICO_GROUPS)
        if (thing.kind in _OTHER_KINDS and thing.kind not in parameters.OTHER_POLICY_KINDS) or (
            calico and thing.kind not in _CALICO_KINDS
        ):
            yield thing.finding("changes how policies are enforced", found=thing.kind, expected="absent")


def _operator(release: Release) -> Iterator[Finding]:
    yield from sensible(release.values["resources"], least=parameters.CALICO_LEAST_MEMORY)
    yield from recorded_agent(release, OPERATOR)
    yield from release.values["tigeraOperator"].must_be_absent("the operator is the chart's")
    yield from release.values["defaultFelixConfiguration"].must_be_absent("it may switch enforcement off")
    yield from release.values["extraObjects"].must_be_absent("objects of its own are not seen here")


def _policy_only(installation: Attribute) -> Iterator[Finding]:
    yield from installation["kubernetesProvider"].must_be("EKS")
    yield from installation["cni.type"].must_be("AmazonVPC")
    yield from installation["variant"].must_be_one_of((None, "Calico"))
    yield from installation["calicoNetwork.linuxDataplane"].must_be_one_of((None, "Iptables"))
    yield from installation["calicoNetwork.bgp"].must_be_one_of((None, "Disabled"))
    yield from installation["calicoNetwork.ipPools"].must_be_absent("addresses come from the VPC")
    for key in ("registry", "imagePath", "imagePrefix"):
        yield from installation[key].must_be_absent("the images are the chart's")
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
    title="Calico's policies and its Installation are put into a cluster that knows them",
    severity="medium",
    reads=("workloads",),
    presence=(Presence(f"release:{OPERATOR}", 1, 1),),
    layers=("synth", "plan"),
    remediation="Let what holds objects of Calico's depend on the release of tigera-operator, whose chart brings their types.",
    references=(_ADR,),
)
def calico_first(cluster: Cluster) -> Iterator[Finding]:
    """Each object of Calico's own types comes after the release that brings them, and goes before it, in a version that is served."""
    for release in cluster.releases(OPERATOR):
        server = release.values["apiServer.enabled"].flag() is not False
        for thing in cluster.objects(*_CALICO_KINDS):
            if not any(group in thing.api_version for group in _CALICO_GROUPS):
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
        yield from isolation(policies, name, objects[0], {"ingress", "scraping"}, required={"ingress"})
        yield from ways_out(policies, name, objects[0])


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
    """Asks the same of each isolated namespace of the platform, and of all whether their pods reach what they need."""
    policies = NetworkPolicies(cluster.objects())
    own = NetworkPolicies(each for each in cluster.objects() if each.kind != "GlobalNetworkPolicy")  # D20 judges those
    for name, objects in declared(cluster).items():
        recorded = parameters.PLATFORM_NAMESPACES.get(name)
        if recorded is not None and own.of(name):
            yield from ways_out(own, name, objects[0], every_pod=True)
        if recorded is not None and recorded.admits is not None and not recorded.by_operator:
            yield from isolation(policies, name, objects[0], set(recorded.admits), required=set(recorded.admits))

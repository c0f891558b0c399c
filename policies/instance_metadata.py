"""D20: no pod reaches the node's role by the instance metadata."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies import parameters
from policies.engine import Attribute, Cluster, Finding, KubernetesObject, Presence, control
from policies.engine.iam import Policy as IamPolicy
from policies.engine.iam import Statement
from policies.engine.namespaces import declared
from policies.engine.network_policy import Endpoint, Policy, Traffic
from policies.engine.network_tiers import NetworkPolicies, addresses, endpoint
from policies.engine.resource import Resource
from policies.engine.selectors import variants

_ADR = "Apps' access to AWS roles"
_PORTS = (Traffic(80, "TCP"), Traffic(443, "TCP"), Traffic(53, "UDP"))
_RULE_ALL = [{"action": "Allow"}]


def _by_a_team(namespace: str) -> tuple[Policy, ...]:
    """Return what a team could add to its namespace to get at the metadata: an allow of everything, before all others."""
    everything = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}
    first = {"types": ["Egress"], "egress": _RULE_ALL}
    return (
        Policy("default", 1000.0, "knp.default.allow-all", namespace, everything, True),
        Policy("default", -1_000_000.0, "default.allow-all", namespace, first, False),
    )


@control(
    id="D20-metadata-denied",
    title="Calico denies each pod the instance metadata, whatever a team adds",
    severity="critical",
    reads=("workloads",),
    presence=(Presence("object:GlobalNetworkPolicy"),),
    remediation=(
        "Keep a GlobalNetworkPolicy of type Egress in a tier before the default one, that denies 169.254.169.254 and"
        " fd00:ec2::254 to the pods of every namespace; its tier passes all else on."
    ),
    references=(_ADR, "https://docs.tigera.io/calico/latest/network-policy/policy-tiers/tiered-policy"),
)
def metadata_denied(cluster: Cluster) -> Iterator[Finding]:
    """Asks for pods of every namespace, of any labels, whether they reach the metadata service and still reach all else."""
    things = cluster.objects()
    policies = NetworkPolicies(things)
    guards = [each for each in things if each.kind == "GlobalNetworkPolicy"]
    for namespace in _namespaces(cluster, guards):
        if namespace not in parameters.METADATA_EXEMPT_NAMESPACES:
            yield from _denied(policies, namespace, guards)


def _denied(policies: NetworkPolicies, namespace: str, guards: list[KubernetesObject]) -> Iterator[Finding]:
    added = _by_a_team(namespace)
    for each in added:
        policies.add(each)
    try:
        asked_of_pods, asked_of_namespaces = policies.choices(namespace, "egress", judged=True)
        pods = [
            endpoint(namespace, {"app": "web", **labels}, of_namespace, address)
            for labels in variants(asked_of_pods)
            for of_namespace in variants(asked_of_namespaces)
            for address in addresses(policies.of(namespace), "egress", usual="10.0.0.10")
        ]
        for address in parameters.METADATA_ADDRESSES:
            metadata = Endpoint(address=address)
            asked = ((pod, traffic) for pod in pods for traffic in _PORTS)
            reached = next((pair for pair in asked if policies.allows("egress", pair[0], metadata, pair[1])), None)
            if reached is not None:
                _, decider = policies.decide("egress", reached[0], metadata, reached[1])
                yield _blamed(decider, guards).finding(
                    f"lets pods of {namespace} reach {address} on port {reached[1].port}",
                    found=None if decider is None else decider.name,
                    expected="Deny",
                )
    finally:
        for each in added:
            policies.remove(each)


def _blamed(decider: Policy | None, guards: list[KubernetesObject]) -> KubernetesObject:
    """Return the policy that let it through; else the one that should not have."""
    if decider is not None and decider.source is not None:
        return decider.source
    metadata = {ipaddress.ip_address(each) for each in parameters.METADATA_ADDRESSES}
    for guard in guards:
        text = str(guard["spec"].data())
        if any(str(address) in text for address in metadata):
            return guard
    return guards[0]


def _namespaces(cluster: Cluster, guards: list[KubernetesObject]) -> list[str]:
    """Return each namespace that is declared, recorded or named by a policy, and one that is not there yet."""
    names = {*declared(cluster), *parameters.PLATFORM_NAMESPACES, "a-namespace-of-tomorrow"}
    for guard in guards:
        selectors = f"{guard['spec.namespaceSelector'].text() or ''} {guard['spec.selector'].text() or ''}"
        names |= set(selectors.replace('"', "'").split("'")[1::2])
    return sorted(names)


@control(
    id="D20-nothing-else-denied",
    title="The policy on the instance metadata leaves all other traffic alone",
    severity="high",
    reads=("workloads",),
    presence=(Presence("object:GlobalNetworkPolicy"),),
    remediation="Let the tier's default action be Pass, and the policy judge egress to the metadata service alone.",
    references=(_ADR,),
)
def nothing_else_denied(cluster: Cluster) -> Iterator[Finding]:
    """No global policy closes or opens what the namespaces' own policies decide, and each rule is one that Calico takes."""
    things = cluster.objects()
    policies = NetworkPolicies(
        each for each in things if each.kind != "NetworkPolicy" or "projectcalico" in each.api_version
    )
    guards = [each for each in things if each.kind == "GlobalNetworkPolicy"]
    pod = Endpoint("a-namespace-of-tomorrow", {"app": "web"})
    wanted = (
        (Endpoint("kube-system", {"k8s-app": "kube-dns"}, address="10.1.0.53"), Traffic(53, "UDP")),
        (Endpoint(address="203.0.113.9"), Traffic(443)),
        (Endpoint("another-team", address="10.1.0.9"), Traffic(8080)),
        (Endpoint(address="169.254.170.23"), Traffic(80)),
        (Endpoint(address="169.254.20.10"), Traffic(53, "UDP")),
    )
    for target, traffic in wanted:
        allowed, decider = policies.decide("egress", pod, target, traffic)
        if not allowed:
            source = decider.source if decider is not None and decider.source is not None else guards[0]
            yield source.finding(
                f"keeps pods from {target.namespace or target.address} on port {traffic.port}", expected="Pass"
            )
    for guard in guards:
        yield from _taken_by_calico(guard)


def _taken_by_calico(guard: KubernetesObject) -> Iterator[Finding]:
    for direction in ("ingress", "egress"):
        for rule in guard["spec"][direction].blocks():
            for side in ("source", "destination"):
                nets = rule[side]["nets"]
                families = {ipaddress.ip_network(each, strict=False).version for each in nets.strings()}
                if len(families) > 1:
                    yield nets.finding("mixes IPv4 and IPv6, which Calico refuses", expected="one family for each rule")
    tier = guard["spec.tier"].text() or "default"
    if tier != "default" and not guard.name.startswith(f"{tier}."):
        yield guard["metadata.name"].finding(
            "does not begin with its tier, which Calico asks for", expected=f"{tier}.…"
        )


@control(
    id="D20-tokens-and-one-hop",
    title="Each node answers for instance metadata with a token, over one hop",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_launch_template"),),
    remediation="Give every group a launch template with metadata_options: http_tokens required, hop limit 1, IPv6 and tags disabled.",
    checkov=("CKV_AWS_79", "CKV_AWS_341"),
    references=(_ADR, "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html"),
)
def tokens_and_one_hop(cluster: Cluster) -> Iterator[Finding]:
    """A pod off the host's network gets no token, and without one there is no answer."""
    for group in cluster.node_groups():
        if group.launch_template is None:
            yield group.resource.finding("has no launch template of this stack", expected="an aws_launch_template")
            continue
        yield from _in_force(group["launch_template.version"], group.launch_template)
    for template in cluster.resources("aws_launch_template"):
        options = template["metadata_options"]
        yield from options["http_endpoint"].must_be("enabled")
        yield from options["http_tokens"].must_be("required")
        yield from options["http_put_response_hop_limit"].must_be(parameters.METADATA_HOPS)
        yield from options["http_protocol_ipv6"].must_be("disabled")
        yield from options["instance_metadata_tags"].must_be("disabled")


def _in_force(version: Attribute, template: Resource) -> Iterator[Finding]:
    """Yield a finding unless nodes run the template as it is written, not an older version of it."""
    if version.stands_for() == (f"{template.base}.latest_version",):
        return
    latest = template["latest_version"]
    if version.absent or not version.known or not latest.known or latest.absent or version.text() != latest.text():
        yield version.finding(
            "may be an older one, with other metadata options", expected=f"{template.base}.latest_version"
        )


@control(
    id="D20-nodes-role",
    title="The nodes' role may do no more than nodes must",
    severity="critical",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    remediation="Leave the nodes' role its policies from NODE_POLICIES and the log of sessions; give pods roles for their service accounts.",
    references=(_ADR, "https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html"),
)
def nodes_role(cluster: Cluster) -> Iterator[Finding]:
    """Whatever a pod could reach through the node is little, and the CNI's rights are not in it."""
    nodes = {id(group.role): group for group in cluster.node_groups()}
    keys = _session_keys(cluster)
    for role in cluster.roles():
        if id(role.resource) not in nodes:
            continue
        for arn in role.managed_arns:
            if arn not in parameters.NODE_POLICIES and not arn.startswith("aws_iam_policy."):
                yield role.finding(f"holds {arn}", found=arn, expected=list(parameters.NODE_POLICIES))
        for document in role.documents:
            for statement in document.statements:
                yield from _writes_sessions(document, statement, keys)
    for profile in cluster.resources("aws_iam_instance_profile"):
        yield profile.finding("gives instances a role; EKS makes the nodes' own", expected="absent")
    for template in cluster.resources("aws_launch_template"):
        yield from template["iam_instance_profile"].must_be_absent("EKS makes the nodes' own")


def _session_keys(cluster: Cluster) -> set[str]:
    """Return how a policy may name the key of sessions: by reference to its alias, or by what that resolves to."""
    found: set[str] = set()
    for alias in cluster.resources("data.aws_kms_alias"):
        if alias["name"].text() == parameters.SESSION_KEY_ALIAS:
            found.add(f"${{{alias.base}.target_key_arn}}")
            arn = alias["target_key_arn"]
            if arn.known and not arn.absent:
                found.add(arn.text() or "")
    return found


def _writes_sessions(document: IamPolicy, statement: Statement, keys: set[str]) -> Iterator[Finding]:
    if not statement.allows:
        return
    for action in statement.actions:
        allowed = parameters.NODE_ACTIONS.get(action)
        if allowed is None:
            yield document.finding(f"lets every node {action}", found=action, expected=sorted(parameters.NODE_ACTIONS))
            continue
        foreign = [
            each
            for each in statement.resources
            if not (each in keys if action.startswith("kms:") else fnmatchcase(each, allowed))
        ]
        if foreign:
            yield document.finding(f"lets every node {action} on {foreign}", found=foreign, expected=allowed)
    if statement.not_actions or statement.not_resources or not statement.resources:
        yield document.finding(
            "allows all but something", found=statement.not_actions, expected="actions and resources"
        )

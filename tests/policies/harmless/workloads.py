"""What runs in a cluster, in other words."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.policies.harmless import rewrite
from tests.violations.catalogue import Body, Stacks
from tests.violations.workloads import LIVE, held, into_the_chart


def _values(stacks: Stacks, release: str, stack: str = LIVE) -> Any:
    return stacks.local(stack, f"{release}_values")


def _reversed(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _reversed(node[key]) for key in reversed(node)}
    return [_reversed(each) for each in node] if isinstance(node, list) else node


@rewrite
def keys_in_another_order(stacks: Stacks) -> None:
    """Every object of every stack is turned around."""
    for name in stacks:
        stacks[name] = _reversed(stacks[name])


@rewrite
def values_without_a_local(stacks: Stacks) -> None:
    """The values stand in the release, as JSON text, instead of a local."""
    for release in ("kuberos", "calico", "calico_installation"):
        body = stacks.one(LIVE, "helm_release", release)
        inner = json.dumps(stacks[LIVE]["locals"].pop(f"{release}_values"), indent=2)
        body["values"] = [inner]


@rewrite
def values_split_over_values_and_set(stacks: Stacks) -> None:
    """Part of the values stands in a second document and in `set`."""
    kuberos = _values(stacks, "kuberos")
    del kuberos["replicaCount"]
    image = kuberos.pop("image")
    body = stacks.one(LIVE, "helm_release", "kuberos")
    body["values"] = [*body["values"], json.dumps({"replicaCount": 2, "image": {"repository": image["repository"]}})]
    body["set"] = [{"name": "image.tag", "value": image["tag"], "type": "string"}]


@rewrite
def overridden_with_what_it_was(stacks: Stacks) -> None:
    """A `set` repeats what the values say."""
    body = stacks.one(LIVE, "helm_release", "monitoring")
    body["set"] = [
        {"name": "prometheus.enabled", "value": "true"},
        {"name": "prometheus.prometheusSpec.replicas", "value": "1"},
    ]


@rewrite
def installation_in_the_values_of_the_chart(stacks: Stacks) -> None:
    """The operator's chart makes the Installation, and its hook takes it away."""
    into_the_chart(stacks)


@rewrite
def installation_as_a_manifest(stacks: Stacks) -> None:
    """The Installation is a kubernetes_manifest."""
    installation = held(stacks, "calico_installation", "Installation")
    release = stacks.remove(LIVE, "helm_release", "calico_installation")
    body = {"manifest": installation, "depends_on": release["depends_on"]}
    stacks.add(LIVE, "kubernetes_manifest", "installation", body)


@rewrite
def network_policies_as_manifests(stacks: Stacks) -> None:
    """Each NetworkPolicy is a kubernetes_manifest instead of a typed resource."""
    for name, body in list(stacks.named(LIVE, "kubernetes_network_policy_v1").items()):
        stacks.remove(LIVE, "kubernetes_network_policy_v1", name)
        spec = body["spec"]
        peers: list[Body] = [
            {"namespaceSelector": {"matchLabels": peer["namespace_selector"]["match_labels"]}}
            if "namespace_selector" in peer
            else {"podSelector": {}}
            for peer in spec["ingress"][0]["from"]
        ]
        manifest = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": body["metadata"],
            "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": peers}]},
        }
        stacks.add(LIVE, "kubernetes_manifest", name, {"manifest": manifest, "depends_on": body.get("depends_on", [])})


@rewrite
def selected_by_an_expression(stacks: Stacks) -> None:
    """The ingress controllers' namespace is named by `In` with one value."""
    for body in stacks.named(LIVE, "kubernetes_network_policy_v1").values():
        for peer in body["spec"]["ingress"][0]["from"]:
            if "namespace_selector" in peer:
                (item,) = peer["namespace_selector"]["match_labels"].items()
                peer["namespace_selector"] = {
                    "match_expressions": [{"key": item[0], "operator": "In", "values": [item[1]]}]
                }


@rewrite
def policy_split_in_two(stacks: Stacks) -> None:
    """What a namespace admits stands in two policies, which add up."""
    policies = stacks.named(LIVE, "kubernetes_network_policy_v1")
    for name in list(policies):
        second = copy.deepcopy(policies[name])
        peers = policies[name]["spec"]["ingress"][0]["from"]
        if len(peers) < 2:
            continue
        policies[name]["spec"]["ingress"][0]["from"] = peers[:1]
        second["spec"]["ingress"][0]["from"] = peers[1:]
        second["metadata"]["name"] = "admitted"
        policies[f"{name}-admitted"] = second


@rewrite
def metadata_policies_apart(stacks: Stacks) -> None:
    """One global policy for each family, of another name and order, selecting all pods by their namespaces."""
    objects = _values(stacks, "instance-metadata_policy")["objects"]
    policy = objects.pop()
    for position, rule in enumerate(policy["spec"]["egress"]):
        part = copy.deepcopy(policy)
        part["metadata"] = {"name": f"platform.no-metadata-{position}"}
        part["spec"] |= {"egress": [rule], "order": 10 + position, "namespaceSelector": "has(projectcalico.org/name)"}
        objects.append(part)


@rewrite
def tier_of_another_name(stacks: Stacks) -> None:
    """The tier and what stands in it are called otherwise."""
    tier, policy = _values(stacks, "instance-metadata_policy")["objects"]
    tier["metadata"]["name"] = "guard"
    tier["spec"]["order"] = 5
    policy["metadata"] = {"name": "guard.metadata", "labels": {"projectcalico.org/tier": "guard"}}
    policy["spec"]["tier"] = "guard"


@rewrite
def admission_policies_in_other_words(stacks: Stacks) -> None:
    """Variables are renamed, grants in another order, an implication is written as a condition."""
    for release in ("pod-security_policy", "privileged-pods_guard"):
        spec = next(each["spec"] for each in _values(stacks, release)["objects"] if "Binding" not in each["kind"])
        text = json.dumps(spec)
        text = text.replace("variables.grants", "variables.allowed").replace('"name": "grants"', '"name": "allowed"')
        text = text.replace("variables.levels", "variables.known").replace('"name": "levels"', '"name": "known"')
        spec.clear()
        spec.update(json.loads(text))
        for variable in spec["variables"]:
            if variable["name"] == "allowed":
                variable["expression"] = json.dumps(sorted(json.loads(variable["expression"]), reverse=True))
        for each in spec["validations"]:
            if each["expression"].startswith("!(has(object.spec.hostPID)"):
                each["expression"] = (
                    "has(object.spec.hostPID) && object.spec.hostPID\n"
                    '  ? variables.allowed.exists(one, one == variables.who + ":hostPID")\n'
                    "  : true"
                )


@rewrite
def bindings_elsewhere(stacks: Stacks) -> None:
    """The binding of a policy is a manifest of its own, under another name, and warns too."""
    objects = _values(stacks, "privileged-pods_guard")["objects"]
    binding = objects.pop()
    binding["metadata"]["name"] = "privileged-pods-everywhere"
    binding["spec"]["validationActions"] = ["Audit", "Deny"]
    stacks.add(LIVE, "kubernetes_manifest", "binding", {"manifest": binding})


@rewrite
def a_stricter_namespace(stacks: Stacks) -> None:
    """A platform namespace is restricted, where it may be baseline."""
    labels = stacks.one(LIVE, "kubernetes_labels", "namespaces_ingress-controllers-labels")["labels"]
    for key in labels:
        if not key.endswith("-version"):
            labels[key] = "restricted"


@rewrite
def version_of_the_cluster(stacks: Stacks) -> None:
    """The level's version is the cluster's instead of the latest, or not said."""
    labels = stacks.one(LIVE, "kubernetes_namespace_v1", "namespaces_logging")["metadata"]["labels"]
    labels["pod-security.kubernetes.io/enforce-version"] = f"v{stacks.one('live', 'aws_eks_cluster')['version']}"
    del labels["pod-security.kubernetes.io/warn-version"]


@rewrite
def resources_of_other_names(stacks: Stacks) -> None:
    """Terraform names are changed, and what refers to them."""
    text = json.dumps(stacks[LIVE])
    for kind, name in (
        ("kubernetes_storage_class_v1", "monitoring_storage"),
        ("helm_release", "fluent-bit"),
        ("kubernetes_namespace_v1", "namespaces_logging"),
    ):
        text = text.replace(f'"{kind}.{name}"', f'"{kind}.other-{name}"')
        document = json.loads(text)
        document["resource"][kind][f"other-{name}"] = document["resource"][kind].pop(name)
        text = json.dumps(document)
    stacks[LIVE] = json.loads(text)


@rewrite
def fluent_bit_spelled_otherwise(stacks: Stacks) -> None:
    """Keys in capitals, other indentation, comments, a Match of everything."""
    config = _values(stacks, "fluent-bit")["config"]
    outputs = config["outputs"].replace("Match kubernetes.*", "match   *").replace("TLS On", "tls on")
    config["outputs"] = "# to the domain\n" + outputs.replace("    ", "\t")
    config["inputs"] = config["inputs"].replace("multiline.parser cri", "multiline.parser docker, cri")


@rewrite
def prometheus_by_a_node_selector(stacks: Stacks) -> None:
    """A nodeSelector in place of the affinity, a toleration by `Exists`."""
    spec = _values(stacks, "monitoring")["prometheus"]["prometheusSpec"]
    del spec["affinity"]
    spec["nodeSelector"] = {"cloud-platform.justice.gov.uk/monitoring-ng": "true"}
    spec["tolerations"] = [{"key": "monitoring-node", "operator": "Exists"}]


@rewrite
def capacity_rule_laid_out_otherwise(stacks: Stacks) -> None:
    """The expression on one line, a duration in minutes, the rules in another order and a map of their own."""
    rules = _values(stacks, "monitoring")["additionalPrometheusRulesMap"]
    group = rules.pop("capacity")["groups"][0]
    for rule in group["rules"]:
        rule["expr"] = " ".join(rule["expr"].split())
        rule["for"] = "900s"
    rules["nodes"] = {
        "groups": [{"name": rule["alert"] + str(n), "rules": [rule]} for n, rule in enumerate(reversed(group["rules"]))]
    }


@rewrite
def storage_class_as_a_manifest(stacks: Stacks) -> None:
    """The class is a manifest, with `provisioner` as Kubernetes spells it."""
    body: Body = stacks.remove(LIVE, "kubernetes_storage_class_v1", "monitoring_storage")
    zone = body["allowed_topologies"]["match_label_expressions"][0]
    manifest = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": body["metadata"],
        "provisioner": body["storage_provisioner"],
        "parameters": body["parameters"],
        "volumeBindingMode": body["volume_binding_mode"],
        "allowedTopologies": [{"matchLabelExpressions": [{"key": zone["key"], "values": zone["values"]}]}],
    }
    stacks.add(LIVE, "kubernetes_manifest", "storage", {"manifest": manifest})
    release = stacks.one(LIVE, "helm_release", "monitoring")
    release["depends_on"] = [
        each.replace("kubernetes_storage_class_v1.monitoring_storage", "kubernetes_manifest.storage")
        for each in release["depends_on"]
    ]


@rewrite
def bindings_of_the_unversioned_type(stacks: Stacks) -> None:
    """kubernetes_role_binding is the same as kubernetes_role_binding_v1."""
    resources = stacks[LIVE]["resource"]
    resources["kubernetes_role_binding"] = resources.pop("kubernetes_role_binding_v1")


@rewrite
def policies_in_their_releases_namespace(stacks: Stacks) -> None:
    """A NetworkPolicy in a release of the objects chart says no namespace: it is the release's."""
    body = stacks.remove(LIVE, "kubernetes_network_policy_v1", "network-policy_kuberos")
    labels = {"kubernetes.io/metadata.name": "ingress-controllers"}
    peers = [{"podSelector": {}}, {"namespaceSelector": {"matchLabels": labels}}]
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": body["metadata"]["name"]},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": peers}]},
    }
    release = {**stacks.one(LIVE, "helm_release", "instance-metadata_policy"), "name": "kuberos-closed"}
    release |= {"namespace": "kuberos", "values": [json.dumps({"objects": [policy]})]}
    stacks.add(LIVE, "helm_release", "kuberos-closed", release)


@rewrite
def kept_when_their_release_goes(stacks: Stacks) -> None:
    """Helm is told to leave the guard in place when its release is taken away."""
    for each in _values(stacks, "privileged-pods_guard")["objects"]:
        each["metadata"]["annotations"] = {"helm.sh/resource-policy": "keep"}


@rewrite
def amounts_in_other_words(stacks: Stacks) -> None:
    """Memory as bytes and by an exponent; Prometheus asks for what its own large node has, more than the others'."""
    prometheus = _values(stacks, "monitoring")["prometheus"]["prometheusSpec"]
    prometheus["resources"] = {"requests": {"cpu": "5", "memory": "16e9"}, "limits": {"memory": "3.2E10"}}
    _values(stacks, "fluent-bit")["resources"] = {"requests": {"memory": "134217728"}, "limits": {"memory": "5e8"}}


@rewrite
def defaults_written_out(stacks: Stacks) -> None:
    """Of the monitor of kube-state-metrics, what the chart says itself: limits of 0 are none."""
    metrics = _values(stacks, "monitoring")["kube-state-metrics"]
    monitor = metrics.setdefault("prometheus", {}).setdefault("monitor", {})
    monitor |= {"interval": "", "proxyUrl": "", "sampleLimit": 0, "targetLimit": 0, "labelLimit": "0"}

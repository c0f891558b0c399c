"""The platform's own pods: of their shape where an add-on or operator makes them, else as their charts do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.decisions.emitted import objects, values_of
from tests.live.applied import Applied, namespace
from tests.live.client import Client, eventually
from tests.live.pods import IMAGE, host_paths, pods_of, refusals, service_account, workload

Json = Any
LEVEL = "pod-security.kubernetes.io/enforce"
EVERYWHERE = [{"operator": "Exists"}]
PRIVILEGED = {"privileged": True}


def _main(**fields: Any) -> Json:
    return {"name": "main", "image": IMAGE, **fields}


def _aws_node() -> Json:
    """VPC CNI with its network policy agent: config/master/aws-k8s-cni.yaml of amazon-vpc-cni-k8s v1.22.3, v1.23.0."""
    added = {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}
    agent = {**PRIVILEGED, "capabilities": {"add": ["NET_ADMIN"]}}
    return {
        "hostNetwork": True,
        "initContainers": [_main(name="aws-vpc-cni-init", securityContext=PRIVILEGED)],
        "containers": [
            _main(name="aws-node", securityContext=added, ports=[{"containerPort": 61678}]),
            _main(name="aws-eks-nodeagent", securityContext=agent, ports=[{"containerPort": 8162}]),
        ],
        "volumes": host_paths(
            "/sys/fs/bpf",
            "/opt/cni/bin",
            "/etc/cni/net.d",
            "/var/log/aws-routed-eni",
            "/var/run/aws-node",
            "/run/xtables.lock",
        ),
    }


def _kube_proxy() -> Json:
    """As EKS installs it; its manifest is not published."""
    return {
        "hostNetwork": True,
        "containers": [_main(securityContext=PRIVILEGED)],
        "volumes": host_paths("/var/log", "/run/xtables.lock", "/lib/modules"),
    }


def _ebs_csi_node() -> Json:
    """deploy/kubernetes/base/node.yaml of aws-ebs-csi-driver v1.64.0."""
    plugins = ("/var/lib/kubelet/plugins/ebs.csi.aws.com/", "/var/lib/kubelet/plugins_registry/")
    return {
        "containers": [
            _main(name="ebs-plugin", securityContext=PRIVILEGED),
            _main(name="node-driver-registrar"),
            _main(name="liveness-probe"),
        ],
        "volumes": host_paths("/var/lib/kubelet", *plugins, "/dev"),
    }


def _calico_node() -> Json:
    """In policy-only mode: pkg/render/node.go of the operator v1.40.15, which installs Calico v3.31.7."""
    return {
        "hostNetwork": True,
        "initContainers": [_main(name="ebpf-bootstrap", securityContext=PRIVILEGED)],
        "containers": [_main(name="calico-node", securityContext=PRIVILEGED)],
        "volumes": host_paths(
            "/lib/modules",
            "/run/xtables.lock",
            "/var/run/nodeagent",
            "/var/run/calico",
            "/var/lib/calico",
            "/sys/fs",
            "/sys/fs/bpf",
            "/sys/kernel/security",
            "/proc",
        ),
    }


def typha_spec(stack: Json) -> Json:
    """Typha as the operator makes it: on the host's network, on every taint, with the emitted overrides."""
    (installation,) = objects(stack, "Installation")
    overrides = installation["spec"]["typhaDeployment"]["spec"]["template"]["spec"]
    (container,) = overrides["containers"]
    port = {"containerPort": 5473, "hostPort": 5473}
    return {
        **overrides,
        "hostNetwork": True,
        "tolerations": EVERYWHERE,
        "containers": [_main(ports=[port], resources=container["resources"])],
    }


AGENTS: dict[str, tuple[str, Callable[[], Json]]] = {
    "aws-node": ("kube-system", _aws_node),
    "kube-proxy": ("kube-system", _kube_proxy),
    "ebs-csi-node-sa": ("kube-system", _ebs_csi_node),
    "calico-node": ("calico-system", _calico_node),
}
"""Agents that no chart of ours makes, by service account: their namespace and shape."""

SHIPPED = {"fluent-bit": "logging", "monitoring-prometheus-node-exporter": "monitoring"}
"""Agents on every node that our charts make."""


@dataclass
class Agents:
    """The workloads of the platform in the cluster, by name."""

    workloads: dict[str, Json] = field(default_factory=dict)
    from_charts: list[str] = field(default_factory=list)

    def must_run(self, admin: Client, name: str) -> None:
        """Wait until a workload has all its pods; raises AssertionError with what refused them."""
        made = self.workloads[name]
        place = made["metadata"]["namespace"]
        labels = made["spec"]["selector"]["matchLabels"]
        wanted = made["spec"].get("replicas", 1) if made["kind"] == "Deployment" else len(admin.items("/api/v1/nodes"))
        found = eventually(
            lambda: (len(pods_of(admin, place, **labels)), refusals(admin, place, name)),
            lambda seen: seen[0] >= wanted or bool(seen[1]),
        )
        assert found == (wanted, []), f"{name}: {found}, not {wanted} pods"


def install(admin: Client, applied: Applied, stack: Json) -> Agents:
    """Put the platform's agents into the cluster, with the service accounts that they run as."""
    # The operator makes this namespace; its level is decided beforehand.
    admin.create(namespace("calico-system", {LEVEL: "privileged"})).or_raise()
    agents = Agents()
    for name, (place, shape) in AGENTS.items():
        template = {**shape(), "serviceAccountName": name, "tolerations": EVERYWHERE}
        _add(admin, agents, workload("DaemonSet", place, name, template))
    typha = {**typha_spec(stack), "serviceAccountName": "calico-typha"}
    replicas = {"replicas": 3, "labels": {"k8s-app": "calico-typha"}}
    _add(admin, agents, workload("Deployment", "calico-system", "calico-typha", typha, **replicas))
    rendered = [each for step in applied.sequence.steps if step.rendered for each in step.objects]
    for each in rendered:
        if each["kind"] == "ServiceAccount":
            admin.create(each).or_raise()
    for each in rendered:
        if each["kind"] in ("DaemonSet", "Deployment"):
            admin.create(each).or_raise()
            agents.workloads[each["metadata"]["name"]] = each
            agents.from_charts.append(each["metadata"]["name"])
    for name, place in SHIPPED.items():
        if name not in agents.workloads:
            _add(admin, agents, workload("DaemonSet", place, name, _as_values_say(stack, name)))
    return agents


def _as_values_say(stack: Json, name: str) -> Json:
    """An agent's pod by the emitted values alone, where its chart is not at hand."""
    releases = stack["resource"]["helm_release"]
    if name == "fluent-bit":
        values = values_of(stack, releases["fluent-bit"])
        use: Json = {"volumes": host_paths("/var/log")}
    else:
        values = values_of(stack, releases["monitoring"])["prometheus-node-exporter"]
        use = {"volumes": host_paths("/proc", "/sys", "/"), "hostNetwork": True, "hostPID": True}
    chosen = {
        key: values[key] for key in ("tolerations", "priorityClassName", "affinity", "nodeSelector") if key in values
    }
    return {**use, **chosen, "serviceAccountName": name, "containers": [_main(resources=values["resources"])]}


def _add(admin: Client, agents: Agents, made: Json) -> None:
    account = made["spec"]["template"]["spec"]["serviceAccountName"]
    admin.create(service_account(made["metadata"]["namespace"], account)).or_raise()
    admin.create(made).or_raise()
    agents.workloads[made["metadata"]["name"]] = made

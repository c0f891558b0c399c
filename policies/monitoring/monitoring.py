"""D22: Prometheus runs on its own nodes with its volume, sees every node, and warns when capacity is low."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.agents import recorded_agent
from policies.engine import Attribute, Cluster, Finding, KubernetesObject, Presence, Release, control
from policies.engine.footprint import sensible
from policies.engine.scheduling import Node, fits
from policies.monitoring import alert_routes, capacity_rule, parts

_ADR = "Node groups"
_CHART = "kube-prometheus-stack"
_PRESENT = (Presence(f"release:{_CHART}", 1, 1),)
_MAIN = Node()
_DEDICATED = Node(
    {parameters.MONITORING_LABEL: parameters.MONITORING_VALUE},
    ((parameters.MONITORING_TAINT, parameters.MONITORING_VALUE, "NoSchedule"),),
)
_ANY_TAINT = Node({}, (("any", "thing", "NoSchedule"), ("any", "thing", "NoExecute")))
_PARTS = ("prometheus", "alertmanager", "nodeExporter", "kubeStateMetrics", "prometheusOperator", "defaultRules")
_PROMETHEUS = "prometheus.prometheusSpec"
_PODS = (
    (_PROMETHEUS, 1024, parameters.MOST_METRICS_MEMORY),
    ("alertmanager.alertmanagerSpec", 32, parameters.MOST_MEMORY),
    ("kube-state-metrics", 32, parameters.MOST_MEMORY),
    ("prometheusOperator", 32, parameters.MOST_MEMORY),
    ("prometheusOperator.admissionWebhooks.patch", 16, parameters.MOST_MEMORY),
    ("grafana", 64, parameters.MOST_MEMORY),
)
"""Where the placing of each part's pods stands, and the memory, in MiB, that they need and may ask for."""
_ZONE = "topology.kubernetes.io/zone"
_SUBNETS = ("data.aws_subnets", "data.aws_subnet", "aws_subnet")


@control(
    id="D22-stack",
    title="One monitoring stack of a recorded version runs in each cluster, whole",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Release chart kube-prometheus-stack once, at its recorded version, with all its parts.",
    references=(_ADR,),
)
def stack(cluster: Cluster) -> Iterator[Finding]:
    """The chart is pinned and no part that the decision rests on is switched off."""
    for release in cluster.releases(_CHART):
        values = release.values
        yield from release.must_be_pinned(*parameters.CHARTS[_CHART])
        for part in _PARTS:
            yield from values[part]["enabled"].must_be_one_of((None, True))
        yield from values["defaultRules.create"].must_be_one_of((None, True))
        spec = values["prometheus.prometheusSpec"]
        for each in (spec, values["alertmanager.alertmanagerSpec"]):
            yield from each["paused"].must_be_one_of((None, False))
            if not each["replicas"].absent:
                yield from each["replicas"].must_be_between(1, 10)
        yield from values["prometheus.agentMode"].must_be_one_of((None, False))
        yield from parts.watched(release)
        for path, least, most in _PODS:
            processors = parameters.MOST_METRICS_PROCESSORS if path == _PROMETHEUS else parameters.MOST_PROCESSORS
            yield from sensible(values[path]["resources"], least=least, most=most, processors=processors)
            if path != _PROMETHEUS and not any(fits(values[path], node) for node in (_MAIN, _DEDICATED)):
                yield _placing(values[path]).finding("admits neither group's nodes", expected="nodes of one of them")
        if not spec["shards"].absent:
            yield from spec["shards"].must_be(1)
        kept = capacity_rule.seconds(spec["retention"].text())
        if not spec["retention"].absent and (kept is None or kept < parameters.SHORTEST_RETENTION):
            yield spec["retention"].finding("is too short to look back", expected=f"{parameters.SHORTEST_RETENTION} s")
        yield from parts.room_for_a_day(spec)


@control(
    id="D22-on-its-own-nodes",
    title="Prometheus runs on the Prometheus group and nowhere else",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Require the group's label by nodeSelector or required affinity, and tolerate its taint.",
    references=(_ADR,),
)
def on_its_own_nodes(cluster: Cluster) -> Iterator[Finding]:
    """The scheduler considers the group's nodes, and no other node even without a taint."""
    for release in cluster.releases(_CHART):
        spec = release.values["prometheus.prometheusSpec"]
        if not fits(spec, _DEDICATED):
            yield _placing(spec).finding("keeps Prometheus off its own group", expected=dict(_DEDICATED.labels))
        if fits(spec, _MAIN):
            yield _placing(spec).finding("lets Prometheus run on the main group", expected=dict(_DEDICATED.labels))


def _placing(spec: Attribute) -> Attribute:
    return next((spec[key] for key in ("affinity", "nodeSelector", "tolerations") if not spec[key].absent), spec)


@control(
    id="D22-volume",
    title="Prometheus keeps its data on an encrypted EBS volume in the zone of its group",
    severity="high",
    reads=("cluster", "workloads"),
    presence=(*_PRESENT, Presence("object:StorageClass")),
    remediation=(
        "Claim the volume from a StorageClass of ebs.csi.aws.com, encrypted, WaitForFirstConsumer, allowed in the"
        " group's zone alone."
    ),
    references=(_ADR,),
)
def volume(cluster: Cluster) -> Iterator[Finding]:
    """Claim, class and zone belong together."""
    classes = {each.name: each for each in cluster.objects("StorageClass")}
    for release in cluster.releases(_CHART):
        storage = release.values["prometheus.prometheusSpec.storageSpec"]
        for key in ("emptyDir", "ephemeral", "disableMountSubPath"):
            yield from storage[key].must_be_absent("data would go with the pod")
        claim = storage["volumeClaimTemplate.spec"]
        name = claim["storageClassName"]
        yield from parts.claimed(claim)
        used = classes.get(name.text() or "")
        if used is None:
            yield name.finding("is no StorageClass of this cluster", expected=sorted(classes))
        else:
            yield from _storage_class(used, _zones(cluster))
        beside = release.values["alertmanager.alertmanagerSpec.storage.volumeClaimTemplate.spec"]
        if not beside.absent:
            yield from parts.claimed(beside, least=1e8)
            if beside["storageClassName"].text() not in classes:
                yield beside["storageClassName"].finding("is no StorageClass of this cluster", expected=sorted(classes))
    yield from parts.driver(cluster)


def _storage_class(used: KubernetesObject, zones: set[str]) -> Iterator[Finding]:
    provisioner = used["provisioner"] if used["storageProvisioner"].absent else used["storageProvisioner"]
    yield from provisioner.must_be("ebs.csi.aws.com")
    yield from used["parameters"]["encrypted"].must_be("true")
    yield from used["volumeBindingMode"].must_be("WaitForFirstConsumer")
    if "ro" in used["mountOptions"].strings():
        yield used["mountOptions"].finding("lets nothing be written", expected="absent")
    key = used["parameters"]["kmsKeyId"]
    if not key.absent and key.known and f":{parameters.ACCOUNT}:" not in (key.text() or ""):
        yield key.finding("is a key of another account", expected=parameters.ACCOUNT)
    allowed = [
        set(expression["values"].strings())
        for topology in used["allowedTopologies"].blocks()
        for expression in topology["matchLabelExpressions"].blocks()
        if expression["key"].text() == _ZONE
    ]
    if len(zones) != 1:
        yield used.finding(f"follows a group of the zones {sorted(zones)}", expected="one zone", unknown=not zones)
    elif allowed != [zones]:
        yield used["allowedTopologies"].finding(
            f"do not say {sorted(zones)}, where the group is", expected=sorted(zones)
        )


def _zones(cluster: Cluster) -> set[str]:
    """Return the zones that the Prometheus group's subnets are bound to."""
    found: set[str] = set()
    for group in cluster.node_groups():
        if not group.is_monitoring:
            continue
        for subnet in group["subnet_ids"].follow(*_SUBNETS):
            if not subnet["availability_zone"].absent:
                found.add(subnet["availability_zone"].text() or "")
            for block in subnet["filter"].blocks():
                if block["name"].text() in ("availability-zone", "availabilityZone"):
                    found |= set(block["values"].strings())
    return found


@control(
    id="D22-node-exporter",
    title="The node exporter runs on every node, whatever its taints",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Give prometheus-node-exporter the toleration {operator: Exists} and no selector of nodes.",
    references=("Node groups", "Future Fargate considerations"),
)
def node_exporter(cluster: Cluster) -> Iterator[Finding]:
    """The scheduler considers every node for it, and Prometheus scrapes it."""
    nodes = {"the main group": _MAIN, "the Prometheus group": _DEDICATED, "a node of any taint": _ANY_TAINT}
    for release in cluster.releases(_CHART):
        exporter = release.values["prometheus-node-exporter"]
        for name, node in nodes.items():
            if not fits(exporter, node):
                yield exporter["tolerations"].finding(
                    f"keep the node exporter off {name}", expected=[{"operator": "Exists"}]
                )
        yield from sensible(exporter["resources"])
        yield from exporter["priorityClassName"].must_be_one_of(parameters.PRIORITY_CLASSES)
        account = exporter["serviceAccount.name"].text() or f"{release.name}-prometheus-node-exporter"
        yield from recorded_agent(release, account)
        yield from exporter["prometheus.monitor.enabled"].must_be_one_of((None, True))
        yield from exporter["kind"].must_be_one_of((None, "DaemonSet"))


@control(
    id="D22-low-capacity",
    title="An alert fires when pods, processors or memory of the main group run short",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Keep MainNodeGroupCapacityLow for pods, cpu and memory, over requests and what ready nodes offer.",
    references=("Node groups", "Cluster scaling"),
)
def low_capacity(cluster: Cluster) -> Iterator[Finding]:
    """One rule for each resource, over the right series, soon enough; Prometheus reads it and has the series."""
    for release in cluster.releases(_CHART):
        rules = list(capacity_rule.low_capacity_rules(release, cluster))
        resources = [rule["labels.resource"].text() for _, rule in rules]
        if missing := sorted(set(capacity_rule.RESOURCES) - {each for each in resources if each}):
            yield release.values["additionalPrometheusRulesMap"].finding(
                f"warn of {[each for each in resources if each]}, not of {missing}", expected=capacity_rule.RESOURCES
            )
        for group, rule in rules:
            yield from capacity_rule.judge(group, rule)
        yield from capacity_rule.made_up(release, cluster)
        spec = release.values["prometheus.prometheusSpec"]
        for key in ("ruleSelector", "ruleNamespaceSelector", "excludedFromEnforcement", "enforcedNamespaceLabel"):
            yield from spec[key].must_be_absent("Prometheus may not read the rule")
        metrics = release.values["kube-state-metrics"]
        for key in ("collectors", "metricDenylist", "metricAllowlist", "namespaces", "namespacesDenylist"):
            yield from metrics[key].must_be_absent("the alert rests on all series")
        if dropped := {"pods", "nodes"} & set(metrics["collectorsExclude"].strings()):
            yield metrics["collectorsExclude"].finding(f"lack {sorted(dropped)}, on which the alert rests")
        for key, monitor in metrics["prometheus.monitor"].items():
            often = key == "interval" and (capacity_rule.seconds(monitor.text()) or 999) <= 120
            unlimited = key.endswith("Limit") and monitor.text() == "0"
            if (
                key != "honorLabels"
                and not often
                and not unlimited
                and monitor.data() is not True
                and monitor.data() not in (None, "", [], {})
            ):
                yield monitor.finding("keeps the series from Prometheus", expected="absent")


@control(
    id="D22-alert-is-heard",
    title="The low-capacity alert reaches people",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Route every alert to the receiver platform, and give it a destination whose secret is mounted.",
    references=("Node groups", "Cluster scaling"),
)
def alert_is_heard(cluster: Cluster) -> Iterator[Finding]:
    """Walks Alertmanager's routes with the alert's labels; nothing on the way drops or silences it."""
    for release in cluster.releases(_CHART):
        alertmanager = release.values["alertmanager"]
        config = alertmanager["config"]
        if config["route.receiver"].absent:
            yield config.finding("route alerts to nobody, as the chart's default does", expected="a receiver")
            continue
        for _, rule in capacity_rule.low_capacity_rules(release, cluster):
            for labels in _labels(release, rule):
                yield from alert_routes.judge(config, labels)
        spec = alertmanager["alertmanagerSpec"]
        for key in ("useExistingSecret", "configSecret", "alertmanagerConfiguration"):
            yield from spec[key].must_be_absent("it replaces the routes that are judged here")
        for key in ("stringConfig", "tplConfig"):
            if alertmanager[key].data() not in (None, "", False):
                yield alertmanager[key].finding("replaces the routes that are judged here", expected="absent")
        prometheus = release.values["prometheus.prometheusSpec"]
        for key in ("alertingEndpoints", "additionalAlertRelabelConfigs", "additionalAlertManagerConfigs"):
            if prometheus[key].data() not in (None, [], {}):
                yield prometheus[key].finding("may keep alerts from Alertmanager", expected="absent")
        for name in spec["secrets"].strings():
            if not parts.holds(cluster, release.namespace, name):
                yield spec["secrets"].finding(
                    f"name {name}, for which Alertmanager waits", expected="a Secret that is there"
                )
        for file in alert_routes.secret_files(config):
            path = (file.text() or "").removeprefix("/etc/alertmanager/secrets/")
            mounted = path.split("/")[0]
            if mounted not in spec["secrets"].strings() or not parts.holds(cluster, release.namespace, path):
                yield file.finding("is not mounted", expected=f"Secret {mounted} in alertmanagerSpec.secrets")


def _labels(release: Release, rule: Attribute) -> Iterator[dict[str, str]]:
    """Yield the labels with which Alertmanager may see an alert: Prometheus adds those of its own to the rule's."""
    named = release.values["fullnameOverride"].text() or release.name
    own = release.values["prometheus.prometheusSpec.externalLabels"].mapping()
    own |= {"prometheus": f"{release.namespace}/{named}-prometheus", **rule["labels"].mapping()}
    own |= {"alertname": parameters.LOW_CAPACITY_ALERT}
    yield own
    yield {**own, "namespace": release.namespace}

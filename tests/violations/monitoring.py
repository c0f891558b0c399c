"""Ways to see nothing, or to hear of it too late (D22)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import LIVE, set_value, values


def _monitoring(stacks: Stacks) -> Any:
    return values(stacks, "monitoring")


def _prometheus(stacks: Stacks) -> Any:
    return _monitoring(stacks)["prometheus"]["prometheusSpec"]


def _rules(stacks: Stacks) -> Any:
    return _monitoring(stacks)["additionalPrometheusRulesMap"]["capacity"]["groups"][0]["rules"]


def _config(stacks: Stacks) -> Any:
    return _monitoring(stacks)["alertmanager"]["config"]


def _storage_class(stacks: Stacks) -> Any:
    return stacks.one(LIVE, "kubernetes_storage_class_v1", "monitoring_storage")


@violation(kills="D22-on-its-own-nodes")
def preferred_instead_of_required(stacks: Stacks) -> None:
    """A preference: as soon as its group is full, Prometheus moves to the main group, without its volume's zone."""
    affinity = _prometheus(stacks)["affinity"]["nodeAffinity"]
    term = affinity.pop("requiredDuringSchedulingIgnoredDuringExecution")["nodeSelectorTerms"][0]
    affinity["preferredDuringSchedulingIgnoredDuringExecution"] = [{"weight": 100, "preference": term}]


@violation(kills="D22-on-its-own-nodes")
def a_term_beside_it(stacks: Stacks) -> None:
    """Terms are alternatives: a second one admits every Linux node."""
    required = _prometheus(stacks)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    required["nodeSelectorTerms"].append(
        {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]}
    )


@violation(kills="D22-on-its-own-nodes")
def taint_not_tolerated(stacks: Stacks) -> None:
    """It must run on the group and may not."""
    _prometheus(stacks)["tolerations"] = []


@violation(kills="D22-on-its-own-nodes")
def label_of_another_value(stacks: Stacks) -> None:
    """The label is there, with another value; no node has it."""
    required = _prometheus(stacks)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    required["nodeSelectorTerms"][0]["matchExpressions"][0]["values"] = ["yes"]


@violation(kills="D22-on-its-own-nodes")
def affinity_emptied_by_set(stacks: Stacks) -> None:
    """The values require the group, a `set` takes the requirement away."""
    set_value(stacks, "monitoring", "prometheus.prometheusSpec.affinity.nodeAffinity", "null")


@violation(kills="D22-stack")
def prometheus_switched_off_by_set(stacks: Stacks) -> None:
    """The whole specification stands, and nothing runs."""
    set_value(stacks, "monitoring", "prometheus.enabled", "false")


@violation(kills="D22-stack")
def alertmanager_switched_off(stacks: Stacks) -> None:
    """Alerts fire and nobody delivers them."""
    _monitoring(stacks)["alertmanager"]["enabled"] = False


@violation(kills="D22-stack")
def exporter_switched_off(stacks: Stacks) -> None:
    """The chart's switch for the node exporter is not where its values are."""
    _monitoring(stacks)["nodeExporter"] = {"enabled": False}


@violation(kills="D22-stack")
def states_switched_off(stacks: Stacks) -> None:
    """Without kube-state-metrics the alert has no series."""
    set_value(stacks, "monitoring", "kubeStateMetrics.enabled", "false")


@violation(kills="D22-stack")
def no_replica(stacks: Stacks) -> None:
    """Scaled to nothing."""
    _prometheus(stacks)["replicas"] = 0


@violation(kills="D22-stack")
def paused(stacks: Stacks) -> None:
    """The operator leaves Prometheus as it is, whatever is written here."""
    _prometheus(stacks)["paused"] = True


@violation(kills="D22-stack")
def agent_only(stacks: Stacks) -> None:
    """An agent scrapes and forwards; it evaluates no rule."""
    _monitoring(stacks)["prometheus"]["agentMode"] = True


@violation(kills="D22-stack")
def unpinned(stacks: Stacks) -> None:
    """The chart's newest version, whatever its values mean."""
    stacks.one(LIVE, "helm_release", "monitoring").pop("version")


@violation(kills="D22-volume", names="helm_release.monitoring")
def in_an_empty_dir(stacks: Stacks) -> None:
    """The metrics go with the pod."""
    _prometheus(stacks)["storageSpec"] = {"emptyDir": {"medium": "Memory"}}


@violation(kills="D22-volume")
def nothing_claimed(stacks: Stacks) -> None:
    """Not to ask for a volume is to ask for an emptyDir."""
    del _prometheus(stacks)["storageSpec"]


@violation(kills="D22-volume")
def class_of_kubernetes(stacks: Stacks) -> None:
    """gp2, unencrypted, in any zone."""
    _prometheus(stacks)["storageSpec"]["volumeClaimTemplate"]["spec"]["storageClassName"] = "gp2"


@violation(kills="D22-volume")
def made_at_once(stacks: Stacks) -> None:
    """`Immediate` makes the volume in any zone, before anybody knows where the pod runs."""
    _storage_class(stacks)["volume_binding_mode"] = "Immediate"


@violation(kills="D22-volume")
def unencrypted(stacks: Stacks) -> None:
    """The parameter is gone, and with it the encryption."""
    del _storage_class(stacks)["parameters"]["encrypted"]


@violation(kills="D22-volume")
def another_zone(stacks: Stacks) -> None:
    """The volume may be made in a zone in which the group has no node."""
    _storage_class(stacks)["allowed_topologies"]["match_label_expressions"][0]["values"] = ["eu-west-2a"]


@violation(kills="D22-volume")
def any_zone(stacks: Stacks) -> None:
    """No zone is said."""
    del _storage_class(stacks)["allowed_topologies"]


@violation(kills="D22-volume")
def network_file_system(stacks: Stacks) -> None:
    """EFS is reached from every zone, and Prometheus does not support it."""
    _storage_class(stacks)["storage_provisioner"] = "efs.csi.aws.com"


@violation(kills="D22-node-exporter")
def exporter_off_the_prometheus_group(stacks: Stacks) -> None:
    """Two nodes nobody sees."""
    _monitoring(stacks)["prometheus-node-exporter"]["tolerations"] = []


@violation(kills="D22-node-exporter")
def exporter_tolerates_one_effect(stacks: Stacks) -> None:
    """NoSchedule alone: a taint NoExecute drives it away."""
    _monitoring(stacks)["prometheus-node-exporter"]["tolerations"] = [{"operator": "Exists", "effect": "NoSchedule"}]


@violation(kills="D22-node-exporter")
def exporter_on_some_nodes(stacks: Stacks) -> None:
    """A selector by `set`."""
    set_value(stacks, "monitoring", "prometheus-node-exporter.nodeSelector.role", "web")


@violation(kills="D22-node-exporter")
def exporter_not_scraped(stacks: Stacks) -> None:
    """It runs everywhere, and Prometheus does not ask it."""
    set_value(stacks, "monitoring", "prometheus-node-exporter.prometheus.monitor.enabled", "false")


@violation(kills="D22-low-capacity")
def vector_of_nothing(stacks: Stacks) -> None:
    """An alert of the right name that never fires."""
    _rules(stacks)[0]["expr"] = "vector(0) > 1"


@violation(kills="D22-low-capacity")
def never_true(stacks: Stacks) -> None:
    """The expression is as decided, and then an `and` with nothing."""
    _rules(stacks)[1]["expr"] += " and on () (vector(0) == 1)"


@violation(kills="D22-low-capacity")
def in_ninety_days(stacks: Stacks) -> None:
    """It fires, when capacity was low for 90 days."""
    _rules(stacks)[0]["for"] = "90d"


@violation(kills="D22-low-capacity")
def at_the_very_end(stacks: Stacks) -> None:
    """100 %: when nothing fits any more."""
    rule = _rules(stacks)[2]
    rule["expr"] = rule["expr"].replace(">= 80", ">= 100")


@violation(kills="D22-low-capacity")
def the_wrong_resource(stacks: Stacks) -> None:
    """The label says memory, the expression asks for cpu, twice."""
    rules = _rules(stacks)
    rules[2]["expr"] = rules[1]["expr"]


@violation(kills="D22-low-capacity")
def pods_left_out(stacks: Stacks) -> None:
    """Pods run out first, with addresses or without; nobody warns of them."""
    _rules(stacks).pop(0)


@violation(kills="D22-low-capacity")
def of_no_severity(stacks: Stacks) -> None:
    """Severity `none` is what routes drop."""
    _rules(stacks)[0]["labels"]["severity"] = "none"


@violation(kills="D22-low-capacity")
def counted_with_prometheus_nodes(stacks: Stacks) -> None:
    """The Prometheus group's room is counted as if teams could use it."""
    rule = _rules(stacks)[1]
    rule["expr"] = rule["expr"].replace("monitoring-node", "nothing-of-that-name")


@violation(kills="D22-low-capacity")
def rules_not_read(stacks: Stacks) -> None:
    """Prometheus reads rules of a label that this one has not."""
    _prometheus(stacks)["ruleSelector"] = {"matchLabels": {"team": "platform"}}


@violation(kills="D22-low-capacity")
def no_series(stacks: Stacks) -> None:
    """kube-state-metrics leaves the nodes out, "to save memory"."""
    _monitoring(stacks)["kube-state-metrics"]["collectorsExclude"] = ["secrets", "nodes"]


@violation(kills="D22-low-capacity")
def series_denied(stacks: Stacks) -> None:
    """One metric on a list of those denied."""
    _monitoring(stacks)["kube-state-metrics"]["metricDenylist"] = ["kube_node_status_allocatable"]


@violation(kills="D22-low-capacity")
def limited_group(stacks: Stacks) -> None:
    """A group that yields more alerts than its limit yields none."""
    _monitoring(stacks)["additionalPrometheusRulesMap"]["capacity"]["groups"][0]["limit"] = 1


@violation(kills="D22-alert-is-heard")
def routed_to_nobody(stacks: Stacks) -> None:
    """A route to the receiver `null`, which was there for two other alerts."""
    _config(stacks)["route"]["routes"].insert(0, {"receiver": "null", "matchers": ['severity = "warning"']})


@violation(kills="D22-alert-is-heard")
def one_alert_more_for_nobody(stacks: Stacks) -> None:
    """The list of alerts that tell nobody anything gets one longer."""
    _config(stacks)["route"]["routes"][0]["matchers"] = ['alertname =~ "Watchdog|InfoInhibitor|MainNodeGroup.*"']


@violation(kills="D22-alert-is-heard")
def receiver_without_destination(stacks: Stacks) -> None:
    """The receiver keeps its name and loses its channel."""
    _config(stacks)["receivers"][1] = {"name": "platform"}


@violation(kills="D22-alert-is-heard")
def receiver_misspelt(stacks: Stacks) -> None:
    """A receiver that is not there; Alertmanager keeps its former configuration."""
    _config(stacks)["route"]["receiver"] = "plattform"


@violation(kills="D22-alert-is-heard")
def muted_at_night(stacks: Stacks) -> None:
    """Nights, weekends, and, by a slip, all days."""
    _config(stacks)["route"]["routes"].append({"matchers": ['severity = "warning"'], "mute_time_intervals": ["always"]})


@violation(kills="D22-alert-is-heard")
def inhibited(stacks: Stacks) -> None:
    """Watchdog, which fires always, silences every warning."""
    _config(stacks)["inhibit_rules"] = [
        {"source_matchers": ['alertname = "Watchdog"'], "target_matchers": ['severity = "warning"'], "equal": []}
    ]


@violation(kills="D22-alert-is-heard")
def configured_by_another_secret(stacks: Stacks) -> None:
    """Alertmanager reads a Secret of another name; all that is written here is not read."""
    _monitoring(stacks)["alertmanager"]["alertmanagerSpec"]["useExistingSecret"] = True


@violation(kills="D22-alert-is-heard")
def dropped_on_the_way(stacks: Stacks) -> None:
    """Prometheus drops the alert before it sends any."""
    _prometheus(stacks)["additionalAlertRelabelConfigs"] = [
        {"source_labels": ["alertname"], "regex": "MainNodeGroup.*", "action": "drop"}
    ]


@violation(kills="D22-alert-is-heard")
def secret_not_mounted(stacks: Stacks) -> None:
    """The receiver's address is read from a file that is not there."""
    _monitoring(stacks)["alertmanager"]["alertmanagerSpec"]["secrets"] = []


@violation(kills="D22-alert-is-heard")
def chart_default(stacks: Stacks) -> None:
    """No configuration at all: the chart's default receiver is `null`."""
    del _monitoring(stacks)["alertmanager"]["config"]


def _grafana(stacks: Stacks) -> Any:
    return _monitoring(stacks)["grafana"]


@violation(kills="D22-grafana-login")
def login_form(stacks: Stacks) -> None:
    """Grafana's own form, with passwords that outlive the membership of whoever has one."""
    _grafana(stacks)["grafana.ini"]["auth"]["disable_login_form"] = False


@violation(kills="D22-grafana-login")
def basic_login(stacks: Stacks) -> None:
    """The form is gone, and the API takes names and passwords as it does unless told otherwise."""
    del _grafana(stacks)["grafana.ini"]["auth.basic"]


@violation(kills="D22-grafana-login")
def everybody_looks(stacks: Stacks) -> None:
    """Dashboards without any login."""
    _grafana(stacks)["grafana.ini"]["auth.anonymous"]["enabled"] = True


@violation(kills="D22-grafana-login")
def login_by_github_itself(stacks: Stacks) -> None:
    """A second way in, which asks GitHub and knows nothing of the organisation."""
    _grafana(stacks)["grafana.ini"]["auth.github"] = {"enabled": True, "allow_sign_up": True}


@violation(kills="D22-grafana-login")
def everybody_administers(stacks: Stacks) -> None:
    """Whoever logs in becomes administrator."""
    _grafana(stacks)["grafana.ini"]["auth.generic_oauth"]["role_attribute_path"] = "'Admin'"


@violation(kills="D22-grafana-login")
def role_where_the_claim_is_missing(stacks: Stacks) -> None:
    """A token without the claim is let in as well."""
    _grafana(stacks)["grafana.ini"]["auth.generic_oauth"]["role_attribute_strict"] = False


@violation(kills="D22-grafana-login")
def another_tenants_tokens(stacks: Stacks) -> None:
    """Tokens are fetched from a tenant of somebody else, who says who logs in."""
    _grafana(stacks)["grafana.ini"]["auth.generic_oauth"]["token_url"] = "https://justice.eu.auth0.com/oauth/token"


@violation(kills="D22-grafana-login")
def variable_over_the_file(stacks: Stacks) -> None:
    """The file says no, and an environment variable, which Grafana reads last, says yes."""
    _grafana(stacks)["env"]["GF_AUTH_ANONYMOUS_ENABLED"] = "true"


@violation(kills="D22-grafana-login", also=("B09-no-literal-secret",))
def variables_nobody_sees(stacks: Stacks) -> None:
    """Variables come from a Secret that no reviewer reads."""
    _grafana(stacks)["envFromSecret"] = "grafana-env"


@violation(kills="D22-grafana-login")
def form_by_a_set(stacks: Stacks) -> None:
    """The values are as they were; a `set` lies over them."""
    set_value(stacks, "monitoring", r"grafana.grafana\.ini.auth.disable_login_form", "false")


@violation(kills="D22-no-other-door")
def prometheus_from_outside(stacks: Stacks) -> None:
    """Prometheus, which asks nobody who he is, gets an ingress."""
    _monitoring(stacks)["prometheus"]["ingress"] = {"enabled": True, "hosts": ["prometheus.example.org"]}


@violation(kills="D22-no-other-door")
def alertmanager_by_load_balancer(stacks: Stacks) -> None:
    """A load balancer before Alertmanager: whoever finds it silences alerts."""
    _monitoring(stacks)["alertmanager"]["service"] = {"type": "LoadBalancer"}


@violation(kills="D22-no-other-door")
def prometheus_by_a_route(stacks: Stacks) -> None:
    """No ingress, but a route of the gateway."""
    _monitoring(stacks)["prometheus"]["route"] = {"main": {"enabled": True, "hostnames": ["prometheus.example.org"]}}

"""Attacks D21: fluent-bit is on every node, reads what containerd writes, leaves nothing out, signs what it sends."""

from __future__ import annotations

import re
from typing import Any

import pytest

from modules.settings import names
from modules.settings.fleet import Fleet
from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted import Json, before, resources, values_of
from tests.decisions.rendering import Helm, needs, of_kind, pod_specs, without_effect

CLUSTERS = ("live", "manager", "test")
Section = tuple[str, dict[str, str]]


def stack_of(stacks: Stacks, cluster: str = "live") -> Json:
    return stacks[f"{cluster}-workloads"]


def fluent_bit(stacks: Stacks, cluster: str = "live") -> Json:
    stack = stack_of(stacks, cluster)
    return values_of(stack, resources(stack, "helm_release")["fluent-bit"])


def sections(configuration: str) -> list[Section]:
    """The sections of a fluent-bit configuration: kind, and keys in lower case to values."""
    found: list[Section] = []
    for line in configuration.splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line.strip()):
            found.append((header.group(1), {}))
        elif line.strip():
            key, _, value = line.strip().partition(" ")
            assert key.lower() not in found[-1][1], f"{key} twice"
            found[-1][1][key.lower()] = value.strip()
    return found


def pipeline(values: Json, kind: str) -> list[dict[str, str]]:
    text = "\n".join(values["config"][part] for part in ("service", "inputs", "filters", "outputs"))
    return [keys for name, keys in sections(text) if name == kind]


def matches(pattern: str, tag: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), tag) is not None


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_chart_is_pinned_and_comes_after_namespace_and_service_monitor_type(
    synthesized: Stacks, cluster: str
) -> None:
    stack = stack_of(synthesized, cluster)
    release = resources(stack, "helm_release")["fluent-bit"]
    assert (release["repository"], release["chart"], release["version"]) == (
        "https://fluent.github.io/helm-charts",
        "fluent-bit",
        "0.58.1",
    )
    assert {"kubernetes_namespace_v1.namespaces_logging", "helm_release.monitoring"} <= before(
        stack, "helm_release.fluent-bit"
    )


def test_it_runs_on_every_node(synthesized: Stacks) -> None:
    values = fluent_bit(synthesized)
    assert values["kind"] == "DaemonSet"
    assert values["tolerations"] == [{"operator": "Exists"}]
    assert {"nodeSelector", "affinity"}.isdisjoint(values)


def test_it_reads_all_containers_with_the_cri_parser(synthesized: Stacks) -> None:
    (read,) = pipeline(fluent_bit(synthesized), "INPUT")
    assert (read["name"], read["path"]) == ("tail", "/var/log/containers/*.log")
    assert read["multiline.parser"] == "cri"
    assert {"parser", "exclude_path", "ignore_older"}.isdisjoint(read)


def test_nothing_is_filtered_out_and_no_team_can_take_its_logs_out(synthesized: Stacks) -> None:
    (only,) = pipeline(fluent_bit(synthesized), "FILTER")
    assert only["name"] == "kubernetes"
    assert only["k8s-logging.exclude"] == "Off"
    assert only["k8s-logging.parser"] == "Off"


def test_tags_reach_the_filter_and_the_output(synthesized: Stacks) -> None:
    values = fluent_bit(synthesized)
    (read,) = pipeline(values, "INPUT")
    tag = read["tag"].replace("*", "var.log.containers.pod_namespace_container.log")
    (enriched,) = pipeline(values, "FILTER")
    assert tag.startswith(enriched["kube_tag_prefix"])
    for section in (*pipeline(values, "FILTER"), *pipeline(values, "OUTPUT")):
        assert matches(section["match"], tag)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_one_output_is_the_clusters_own_domain_signed_and_encrypted(
    synthesized: Stacks, fleet: Fleet, cluster: str
) -> None:
    settings = next(each for each in fleet.clusters if each.name == cluster)
    (sent,) = pipeline(fluent_bit(synthesized, cluster), "OUTPUT")
    assert (sent["name"], sent["host"], sent["port"]) == ("opensearch", settings.log_shipping.host, "443")
    assert (sent["tls"], sent["tls.verify"]) == ("On", "On")
    assert (sent["aws_auth"], sent["aws_region"]) == ("On", fleet.account.region)
    assert sent["logstash_prefix"] == f"{cluster}_kubernetes_cluster"


def test_the_prefix_of_the_indices_can_be_set(variant: Variant, fleet_data: dict[str, Any]) -> None:
    fleet_data["clusters"][0]["log_shipping"]["index_prefix"] = "other"
    name = fleet_data["clusters"][0]["name"]
    (sent,) = pipeline(fluent_bit(variant(only(fleet_data, name)), name), "OUTPUT")
    assert sent["logstash_prefix"] == "other"


def test_what_waits_is_kept_on_the_node_and_limited(synthesized: Stacks) -> None:
    values = fluent_bit(synthesized)
    (service,), (read,), (sent,) = (pipeline(values, kind) for kind in ("SERVICE", "INPUT", "OUTPUT"))
    assert read["storage.type"] == "filesystem"
    assert service["storage.path"].startswith("/var/lib/fluent-bit/")
    assert read["db"].startswith("/var/lib/fluent-bit/"), "a restarted pod goes on where it was"
    assert sent["storage.total_limit_size"] == "2G"


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_its_role_is_the_one_whose_trust_names_its_service_account(synthesized: Stacks, cluster: str) -> None:
    account = fluent_bit(synthesized, cluster)["serviceAccount"]
    role = names.service_account_role(cluster, "logging", account["name"])
    assert account["annotations"] == {"eks.amazonaws.com/role-arn": f"arn:aws:iam::111122223333:role/{role}"}
    assert role in [each["name"] for each in resources(synthesized[cluster], "aws_iam_role").values()]


def test_no_value_is_without_effect(synthesized: Stacks, helm: Helm) -> None:
    assert without_effect(helm, stack_of(synthesized), "fluent-bit") == []


def test_rendered_fluent_bit_is_what_was_meant(synthesized: Stacks, helm: Helm, fleet: Fleet) -> None:
    objects = helm.template(stack_of(synthesized), "fluent-bit")
    assert not of_kind(objects, "Pod"), "the chart's test"
    (pod,) = pod_specs(objects).values()
    assert pod["containers"][0]["image"] == "cr.fluentbit.io/fluent/fluent-bit:5.1.1"
    assert pod["tolerations"] == [{"operator": "Exists"}]
    (granted,) = next(
        each for each in fleet.organisation.platform_namespaces if each.name == "logging"
    ).privileged_service_accounts
    assert pod["serviceAccountName"] == granted.service_account
    assert needs(pod) == {
        "host_namespaces": set(),
        "host_paths": set(granted.host_paths),
        "capabilities": set(),
        "privileged": False,
    }
    (configured,) = of_kind(objects, "ConfigMap")
    rendered = sections(configured["data"]["fluent-bit.conf"])
    assert [name for name, _ in rendered] == ["SERVICE", "INPUT", "FILTER", "OUTPUT"]
    assert "elasticsearch-master" not in str(objects)
    (monitor,), (service,) = of_kind(objects, "ServiceMonitor"), of_kind(objects, "Service")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (account,) = of_kind(objects, "ServiceAccount")
    assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].endswith("role/live-logging-fluent-bit")

"""Attacks D22's Grafana: nobody comes in but by the login, and nobody administers it but the admin team."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest

from modules.monitoring import grafana
from modules.settings import names
from modules.settings.fleet import Fleet
from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted import Json, resources
from tests.decisions.monitoring.stack import CLUSTERS, monitoring, stack_of
from tests.decisions.rendering import of_kind, pod_specs

CLAIM = "https://k8s.integration.dsd.io/groups"


def test_a_new_client_secret_is_sent_and_restarts_grafana(
    synthesized: Stacks, variant: Variant, fleet_data: dict[str, Any]
) -> None:
    live = next(each for each in fleet_data["clusters"] if each["name"] == "live")
    live["components_client_secret"]["revision"] = 3
    stacks = variant(only(fleet_data, "live"))
    assert resources(stack_of(stacks), "kubernetes_secret_v1")["monitoring_grafana_secret"]["data_wo_revision"] == 3
    old, new = (monitoring(each)["grafana"] for each in (synthesized, stacks))
    assert old.pop("podAnnotations") != new.pop("podAnnotations")
    assert old == new


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_grafana_admits_by_the_components_client_alone(synthesized: Stacks, fleet: Fleet, cluster: str) -> None:
    values = monitoring(synthesized, cluster)["grafana"]
    ini = values["grafana.ini"]
    assert ini["auth"]["disable_login_form"] is True
    assert ini["auth.anonymous"]["enabled"] is False
    assert ini["auth.basic"]["enabled"] is False
    assert ini["security"]["disable_initial_admin_creation"] is True
    assert [key for key in ini if key.startswith("auth.") and ini[key]["enabled"]] == ["auth.generic_oauth"]
    oauth = ini["auth.generic_oauth"]
    parameter = stack_of(synthesized, cluster)["data"]["aws_ssm_parameter"]["monitoring_client_id"]["name"]
    assert parameter == names.client_id_parameter(cluster, "components")
    assert oauth["client_id"] == "${data.aws_ssm_parameter.monitoring_client_id.insecure_value}"
    assert oauth["auth_url"] == f"{fleet.tenant.issuer}authorize"
    assert oauth["auto_login"] is True
    mount = values["extraSecretMounts"][0]
    assert oauth["client_secret"] == "$__file{" + mount["mountPath"] + "/client-secret}"
    assert mount["secretName"] == "grafana-client"


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_grafanas_callback_is_one_of_the_client(synthesized: Stacks, cluster: str) -> None:
    clients = resources(synthesized[f"{cluster}-login"], "auth0_client").values()
    (client,) = [each for each in clients if each["name"] == f"{cluster}:components"]
    root = monitoring(synthesized, cluster)["grafana"]["grafana.ini"]["server"]["root_url"]
    assert f"{root}login/generic_oauth" in client["callbacks"]


def test_roles_follow_the_groups_claim_strictly(synthesized: Stacks, fleet: Fleet) -> None:
    oauth = monitoring(synthesized)["grafana"]["grafana.ini"]["auth.generic_oauth"]
    assert oauth["role_attribute_strict"] is True
    assert oauth["role_attribute_path"] == (
        "contains(\"https://k8s.integration.dsd.io/groups\"[*], 'webops') && 'Admin' || 'Viewer'"
    )
    assert oauth["role_attribute_path"] == grafana.role_attribute_path(
        groups_claim=fleet.tenant.groups_claim, admin_team=fleet.organisation.admin_team
    )


@pytest.mark.parametrize(
    ("token", "role"),
    [
        ({CLAIM: ["webops", "other"]}, "Admin"),
        ({CLAIM: ["other"]}, "Viewer"),
        ({CLAIM: []}, "Viewer"),
        ({CLAIM: ["webops-readers", "not-webops"]}, "Viewer"),
    ],
)
def test_the_admin_team_alone_administers_grafana(token: dict[str, Any], role: str) -> None:
    path = grafana.role_attribute_path(groups_claim=CLAIM, admin_team="webops")
    assert jmespath.search(path, token) == role


@pytest.mark.parametrize("token", [{}, {CLAIM: None}, {CLAIM: "webops"}, {"groups": ["webops"]}])
def test_without_a_list_of_groups_there_is_no_role(token: dict[str, Any]) -> None:
    path = grafana.role_attribute_path(groups_claim=CLAIM, admin_team="webops")
    with pytest.raises(jmespath.exceptions.JMESPathTypeError):
        jmespath.search(path, token)


def test_rendered_grafana_starts_without_password_and_has_the_only_way_in(rendered: list[Json]) -> None:
    assert [each["metadata"]["name"] for each in of_kind(rendered, "Secret")] == [
        "alertmanager-monitoring-alertmanager"
    ]
    (ingress,) = of_kind(rendered, "Ingress")
    assert ingress["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt-production"}
    assert ingress["spec"]["ingressClassName"] == "default"
    pod = pod_specs(rendered)["Deployment/monitoring-grafana"]
    (reader,) = pod["initContainers"]
    assert {"name": "METHOD", "value": "LIST"} in reader["env"], "one that watches never ends"
    for container in (*pod["containers"], reader):
        assert not [each for each in container["env"] if each["name"] in ("REQ_URL", "REQ_USERNAME")]
    assert not [each for each in of_kind(rendered, "ClusterRole") if "grafana" in each["metadata"]["name"]]

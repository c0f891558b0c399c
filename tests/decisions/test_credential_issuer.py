"""Attacks D03: Kuberos is the pinned one, twice, behind TLS, at the callback, with a secret that leaves no trace."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.conftest import Stacks, Variant, only
from tests.decisions.emitted import Json, before, resources, values_of
from tests.decisions.rendering import Helm, needs, of_kind, pod_specs, without_effect

CLUSTERS = ("live", "manager", "test")


def stack_of(stacks: Stacks, cluster: str = "live") -> Json:
    return stacks[f"{cluster}-workloads"]


def release_of(stacks: Stacks, cluster: str = "live") -> Json:
    return resources(stack_of(stacks, cluster), "helm_release")["kuberos"]


def kuberos(stacks: Stacks, cluster: str = "live") -> Json:
    return values_of(stack_of(stacks, cluster), release_of(stacks, cluster))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_chart_and_image_are_the_organisations_own_and_pinned(synthesized: Stacks, cluster: str) -> None:
    release = release_of(synthesized, cluster)
    assert (release["repository"], release["chart"], release["version"]) == (
        "https://ministryofjustice.github.io/cloud-platform-helm-charts",
        "kuberos",
        "0.4.0",
    )
    values = kuberos(synthesized, cluster)
    assert values["image"] == {"repository": "ministryofjustice/cloud-platform-kuberos", "tag": "2.7.0"}
    assert values["replicaCount"] >= 2


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_its_host_is_the_callback_of_the_auth0_client(synthesized: Stacks, cluster: str) -> None:
    clients = resources(synthesized[f"{cluster}-login"], "auth0_client").values()
    (client,) = [each for each in clients if each["name"] == f"{cluster}:kubernetes"]
    host = kuberos(synthesized, cluster)["ingress"]["host"]
    assert client["callbacks"] == [f"https://{host}/ui"]


def test_tls_covers_the_host_and_the_certificate_comes_as_the_organisation_says(
    synthesized: Stacks, variant: Variant, fleet_data: dict[str, Any]
) -> None:
    ingress = kuberos(synthesized)["ingress"]
    assert ingress["tls"] == [{"hosts": [ingress["host"]], "secretName": "kuberos-tls"}]
    assert ingress["annotations"]["cert-manager.io/cluster-issuer"] == "letsencrypt-production"
    del fleet_data["organisation"]["certificate_issuer"]
    fleet_data["organisation"]["tls_secret"] = "wildcard"
    by_secret = kuberos(variant(only(fleet_data, "live")))["ingress"]
    assert by_secret["tls"][0]["secretName"] == "wildcard"
    assert "cert-manager.io/cluster-issuer" not in by_secret["annotations"]


def test_it_speaks_of_this_cluster_and_this_tenant(synthesized: Stacks, fleet: Fleet) -> None:
    stack, values = stack_of(synthesized, "manager"), kuberos(synthesized, "manager")
    assert stack["data"]["aws_eks_cluster"]["kuberos_cluster"]["name"] == "manager"
    assert values["cluster"] == {
        "name": "manager.cloud-platform.service.justice.gov.uk",
        "address": "${data.aws_eks_cluster.kuberos_cluster.endpoint}",
        "ca": "${data.aws_eks_cluster.kuberos_cluster.certificate_authority[0].data}",
    }
    assert stack["data"]["aws_ssm_parameter"]["kuberos_client_id"]["name"].endswith(
        "/manager/auth0/kubernetes-client-id"
    )
    assert values["oidc"] == {
        "issuerUrl": fleet.tenant.issuer,
        "clientId": "${data.aws_ssm_parameter.kuberos_client_id.insecure_value}",
    }


def test_the_client_secret_is_only_in_a_write_only_argument(synthesized: Stacks) -> None:
    stack, release = stack_of(synthesized), release_of(synthesized)
    assert stack["ephemeral"]["aws_ssm_parameter"]["kuberos_client_secret"]["arn"] == (
        "arn:aws:ssm:eu-west-2:111122223333:parameter/cloud-platform/live/auth0/kubernetes-client-secret"
    )
    (secret,) = release["set_wo"]
    assert secret["name"] == "oidc.clientSecret"
    assert "ephemeral.aws_ssm_parameter.kuberos_client_secret.value" in secret["value"]
    elsewhere = json.dumps({key: value for key, value in release.items() if key != "set_wo"}) + json.dumps(
        stack["locals"]
    )
    assert "ephemeral.aws" not in elsewhere
    assert {"set", "set_sensitive"}.isdisjoint(release)


def test_helm_keeps_the_secret_when_only_other_values_change(synthesized: Stacks) -> None:
    assert release_of(synthesized)["reuse_values"] is True, "the provider leaves set_wo out of such an update"


def test_a_new_revision_sends_the_secret_again_and_changes_nothing_else(
    synthesized: Stacks, variant: Variant, fleet_data: dict[str, Any]
) -> None:
    live = next(each for each in fleet_data["clusters"] if each["name"] == "live")
    live["kubernetes_client_secret"]["revision"] = 2
    stacks = variant(only(fleet_data, "live", "manager"))
    assert release_of(synthesized)["set_wo_revision"] == 1
    assert release_of(stacks)["set_wo_revision"] == 2
    changed, original = kuberos(stacks), kuberos(synthesized)
    assert changed.pop("tolerations") != original.pop("tolerations")
    assert changed == original
    assert release_of(stacks, "manager") == release_of(synthesized, "manager")


def test_it_comes_after_its_namespace_and_can_be_applied_again(synthesized: Stacks) -> None:
    assert "kubernetes_namespace_v1.namespaces_kuberos" in before(stack_of(synthesized), "helm_release.kuberos")
    assert release_of(synthesized)["upgrade_install"] is True


def test_no_value_is_without_effect(synthesized: Stacks, helm: Helm) -> None:
    assert without_effect(helm, stack_of(synthesized), "kuberos") == []


def test_rendered_kuberos_is_what_was_meant(synthesized: Stacks, helm: Helm, fleet: Fleet) -> None:
    objects = helm.template(stack_of(synthesized), "kuberos")
    (deployment,), (ingress,) = of_kind(objects, "Deployment"), of_kind(objects, "Ingress")
    host = fleet.clusters[0].credential_issuer.host
    assert deployment["spec"]["replicas"] == 2
    (pod,) = pod_specs(objects).values()
    assert pod["containers"][0]["image"] == "ministryofjustice/cloud-platform-kuberos:2.7.0"
    assert needs(pod) == {"host_namespaces": set(), "host_paths": set(), "capabilities": set(), "privileged": False}
    assert ingress["spec"]["ingressClassName"] == fleet.organisation.ingress_class
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == [host]
    assert ingress["spec"]["tls"] == [{"hosts": [host], "secretName": "kuberos-tls"}]
    annotations = ingress["metadata"]["annotations"]
    assert annotations["external-dns.alpha.kubernetes.io/set-identifier"] == "kuberos-live", "the chart's names a test"


def test_a_new_revision_replaces_the_rendered_pods(synthesized: Stacks, helm: Helm) -> None:
    def raised(values: Json) -> None:
        values["tolerations"][0]["value"] = "2"

    before_it = pod_specs(helm.template(stack_of(synthesized), "kuberos"))
    after_it = pod_specs(helm.template(stack_of(synthesized), "kuberos", raised))
    assert before_it != after_it

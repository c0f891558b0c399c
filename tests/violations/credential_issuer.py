"""Ways to hand out credentials otherwise (D03)."""

from __future__ import annotations

import copy

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import LIVE, manifest, set_value, values


@violation(kills="D03-kuberos", also=("D03-no-other-issuer",))
def the_original_image(stacks: Stacks) -> None:
    """The unmaintained original has the same name but for its owner, and runs with the same values."""
    set_value(stacks, "kuberos", "image.repository", "negz/kuberos")


@violation(kills="D03-kuberos")
def latest_tag(stacks: Stacks) -> None:
    """Whatever was pushed last is what hands out credentials."""
    values(stacks, "kuberos")["image"]["tag"] = "latest"


@violation(kills="D03-kuberos")
def image_without_tag(stacks: Stacks) -> None:
    """The chart's default is taken, and changes with the chart."""
    del values(stacks, "kuberos")["image"]["tag"]


@violation(kills="D03-kuberos")
def one_replica_by_set(stacks: Stacks) -> None:
    """The values say two, a `set` says one, and one wins."""
    set_value(stacks, "kuberos", "replicaCount", "1")


@violation(kills="D03-kuberos")
def chart_of_somebody_else(stacks: Stacks) -> None:
    """A chart of the same name and version from another repository."""
    stacks.one(LIVE, "helm_release", "kuberos")["repository"] = "https://charts.example.com"


@violation(kills="D03-kuberos")
def version_as_a_range(stacks: Stacks) -> None:
    """A range instead of a version: the next apply brings what is new."""
    stacks.one(LIVE, "helm_release", "kuberos")["version"] = "~> 0.4"


@violation(
    kills="D03-kuberos",
    also=("D03-kuberos-login", "D03-client-secret", "D02-callbacks"),
    names="cluster manager",
)
def gone_from_one_cluster(stacks: Stacks) -> None:
    """One cluster has no Kuberos, and its users pass kubeconfigs around."""
    stacks.remove("manager-workloads", "helm_release", "kuberos")


@violation(kills="D03-kuberos-login")
def other_issuer_url(stacks: Stacks) -> None:
    """A tenant of somebody's own, which the API server of another cluster may trust."""
    values(stacks, "kuberos")["oidc"]["issuerUrl"] = "https://cloud-platform-dev.eu.auth0.com/"


@violation(kills="D03-kuberos-login")
def issuer_without_its_slash(stacks: Stacks) -> None:
    """The issuer's last slash belongs to it: without it no token is accepted."""
    values(stacks, "kuberos")["oidc"]["issuerUrl"] = "https://justice-cloud-platform.eu.auth0.com"


@violation(kills="D03-kuberos-login", also=("D02-audience", "D02-callbacks"))
def client_of_another_cluster(stacks: Stacks) -> None:
    """A login at live with the client of manager, whose callback is elsewhere."""
    stacks.one(LIVE, "data.aws_ssm_parameter", "kuberos_client_id")
    stacks[LIVE]["data"]["aws_ssm_parameter"]["kuberos_client_id"]["name"] = (
        "/cloud-platform/manager/auth0/kubernetes-client-id"
    )
    stacks.touched[:] = ["helm_release.kuberos"]


@violation(kills="D03-kuberos-login", also=("D02-audience", "D02-callbacks"), names="auth0_client.components_client")
def client_of_the_components(stacks: Stacks) -> None:
    """The client of Grafana, whose tokens the API server does not take."""
    values(stacks, "kuberos")["oidc"]["clientId"] = "${data.aws_ssm_parameter.monitoring_client_id.insecure_value}"


@violation(kills="D03-kuberos-login", also=("D02-callbacks",), names="auth0_client.kubernetes_client")
def host_that_is_no_callback(stacks: Stacks) -> None:
    """Kuberos stands at a host that Auth0 does not send anybody back to."""
    ingress = values(stacks, "kuberos")["ingress"]
    ingress["host"] = "kuberos.live.cloud-platform.service.justice.gov.uk"
    ingress["tls"][0]["hosts"] = [ingress["host"]]


@violation(kills="D03-kuberos-login")
def without_tls(stacks: Stacks) -> None:
    """Credentials travel in the clear."""
    values(stacks, "kuberos")["ingress"]["tls"] = []


@violation(kills="D03-kuberos-login")
def tls_for_another_host(stacks: Stacks) -> None:
    """There is a TLS section, for another name."""
    values(stacks, "kuberos")["ingress"]["tls"][0]["hosts"] = ["example.service.justice.gov.uk"]


@violation(kills="D03-kuberos-login")
def kubeconfigs_of_another_cluster(stacks: Stacks) -> None:
    """Who logs in at live is given the address of manager."""
    address = "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-2.eks.amazonaws.com"
    values(stacks, "kuberos")["cluster"]["address"] = address


@violation(kills="D03-kuberos-login")
def certificate_left_out(stacks: Stacks) -> None:
    """A kubeconfig without the cluster's certificate, so that people switch its verification off."""
    values(stacks, "kuberos")["cluster"]["ca"] = ""


@violation(
    kills="D03-client-secret",
    also=(
        "X16-recorded-values",
        "B09-no-literal-secret",
    ),
)
def secret_as_sensitive_set(stacks: Stacks) -> None:
    """ "Sensitive" hides the secret from the plan's output and keeps it in the state."""
    release = stacks.one(LIVE, "helm_release", "kuberos")
    release["set_sensitive"] = [{"name": "oidc.clientSecret", "value": release["set_wo"][0]["value"]}]


@violation(kills="D03-client-secret")
def secret_in_the_values(stacks: Stacks) -> None:
    """The secret stands in a local, in the repository."""
    values(stacks, "kuberos")["oidc"]["clientSecret"] = "not-so-secret"


@violation(kills="D03-client-secret")
def secret_from_a_data_source(stacks: Stacks) -> None:
    """The argument is write-only, the data source that feeds it is not."""
    stacks[LIVE]["data"]["aws_ssm_parameter"]["secret"] = {
        "name": "/cloud-platform/live/auth0/kubernetes-client-secret"
    }
    release = stacks.one(LIVE, "helm_release", "kuberos")
    release["set_wo"][0]["value"] = "${data.aws_ssm_parameter.secret.value}"


@violation(kills="D03-client-secret", also=("X14-recorded-releases",))
def no_secret_at_all(stacks: Stacks) -> None:
    """The secret is forgotten; the chart has an empty default, and Kuberos answers 500."""
    release = stacks.one(LIVE, "helm_release", "kuberos")
    del release["set_wo"]
    del release["set_wo_revision"]


@violation(kills="D03-no-other-issuer", also=("X14-recorded-releases",))
def gangway_beside_it(stacks: Stacks) -> None:
    """The first release for a team that prefers Gangway."""
    stacks.add(
        LIVE,
        "helm_release",
        "gangway",
        {
            "name": "login",
            "namespace": "kuberos",
            "chart": "gangway",
            "repository": "https://example.com",
            "version": "1.0.0",
        },
    )


@violation(kills="D03-no-other-issuer", also=("X12-recorded-types",))
def dex_by_a_manifest(stacks: Stacks) -> None:
    """dex as a Deployment of another name: only its image tells."""
    container = {"name": "login", "image": "ghcr.io/dexidp/dex:v2.41.1"}
    manifest(
        stacks,
        "login",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "login", "namespace": "kuberos"},
            "spec": {"template": {"spec": {"containers": [copy.deepcopy(container)]}}},
        },
    )


@violation(kills="D03-kuberos")
def away_from_what_is_everywhere(stacks: Stacks) -> None:
    """Kuberos keeps away from nodes where kube-proxy runs, which are all of them."""
    term = {"labelSelector": {"matchLabels": {"k8s-app": "kube-proxy"}}, "topologyKey": "kubernetes.io/hostname"}
    terms = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    values(stacks, "kuberos")["affinity"]["podAntiAffinity"] = terms


@violation(kills="D03-kuberos")
def a_megabyte(stacks: Stacks) -> None:
    """Two pods, each with a megabyte, which is less than the program."""
    values(stacks, "kuberos")["resources"]["limits"]["memory"] = "1Mi"


@violation(kills="D03-kuberos-login")
def kubeconfig_with_a_second_line(stacks: Stacks) -> None:
    """The chart writes the cluster's name into the kubeconfig as it is: the name brings a server of its own."""
    cluster = values(stacks, "kuberos")["cluster"]
    cluster["name"] += "\n    - cluster: {server: https://203.0.113.7}\n      name: live"


@violation(kills="D03-kuberos-login")
def codes_by_a_snippet(stacks: Stacks) -> None:
    """A snippet in the ingress sends each login's code to another server as well."""
    annotations = values(stacks, "kuberos")["ingress"]["annotations"]
    annotations["nginx.ingress.kubernetes.io/configuration-snippet"] = "mirror /elsewhere;"

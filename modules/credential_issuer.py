"""The credential issuer: Kuberos, which hands a kubeconfig to whoever has logged in (ADR: Auth credential issuer)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from modules import web_ingress
from modules.bindings import Construct, DataAwsEksCluster, DataAwsSsmParameter, ITerraformDependable
from modules.ephemeral import open_secret
from modules.expression import Expression, Value
from modules.release import ChartPin, Release
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fleet import Fleet

CHART: Final = ChartPin(
    name="kuberos", repository="https://ministryofjustice.github.io/cloud-platform-helm-charts", version="0.4.0"
)
IMAGE: Final = "ministryofjustice/cloud-platform-kuberos"
IMAGE_TAG: Final = "2.7.0"
REVISION_KEY: Final = "cloud-platform.justice.gov.uk/client-secret-revision"
"""Key of the toleration by which a new client secret changes the pods; the chart has no annotations for them."""


class CredentialIssuer(Construct):
    """Kuberos at the host that the cluster's Auth0 client `kubernetes` names as its callback.

    The secret of that client goes from SSM to the release by a write-only argument. Raising its revision sends the
    new value and replaces the pods, which read it when they start: the revision stands in a toleration that no taint
    matches, since the chart knows no pod annotation. Kuberos puts the secret into each user's kubeconfig; the ADR
    chose it knowing that.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        fleet: Fleet,
        cluster: Cluster,
        depends_on: Iterable[ITerraformDependable] = (),
    ) -> None:
        """Release Kuberos after `depends_on`, which includes its namespace."""
        super().__init__(scope, id_)
        organisation, issuer = fleet.organisation, cluster.credential_issuer
        secret = open_secret(self, "client_secret", secret=cluster.kubernetes_client_secret, account=fleet.account)
        client_id = DataAwsSsmParameter(self, "client_id", name=names.client_id_parameter(cluster.name, "kubernetes"))
        eks = DataAwsEksCluster(self, "cluster", name=cluster.name)
        release = Release(
            self,
            "Default",
            chart=CHART,
            release_name=names.KUBEROS,
            namespace=names.KUBEROS,
            values={
                "replicaCount": issuer.replicas,
                "image": {"repository": IMAGE, "tag": IMAGE_TAG},
                "ingress": {
                    "className": organisation.ingress_class,
                    "host": issuer.host,
                    "tls": web_ingress.tls(organisation, host=issuer.host, certificate="kuberos-tls"),
                    "annotations": {
                        **web_ingress.certificate_annotations(organisation),
                        "external-dns.alpha.kubernetes.io/set-identifier": f"{names.KUBEROS}-{cluster.name}",
                    },
                },
                "oidc": {"issuerUrl": fleet.tenant.issuer, "clientId": Expression(client_id.insecure_value)},
                "cluster": {
                    "name": names.fqdn(cluster.name, organisation.base_domain),
                    "address": Expression(eks.endpoint),
                    "ca": Expression(eks.certificate_authority.get(0).data),
                },
                "resources": {
                    "requests": {"cpu": "10m", "memory": "64Mi"},
                    "limits": {"cpu": "200m", "memory": "200Mi"},
                },
                "affinity": _on_different_nodes(),
                "tolerations": [
                    {
                        "key": REVISION_KEY,
                        "operator": "Equal",
                        "value": str(secret.revision),
                        "effect": "PreferNoSchedule",
                    }
                ],
            },
            secrets={"oidc.clientSecret": secret},
            depends_on=list(depends_on),
        )
        self.resource = release.resource


def _on_different_nodes() -> dict[str, Value]:
    """Return the affinity that puts two pods on one node only where there is no other."""
    return {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 100,
                    "podAffinityTerm": {
                        "topologyKey": "kubernetes.io/hostname",
                        "labelSelector": {"matchLabels": {"app": names.KUBEROS, "release": names.KUBEROS}},
                    },
                }
            ]
        }
    }

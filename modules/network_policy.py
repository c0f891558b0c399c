"""Calico enforces network policies, and the default policies that keep tenants apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modules.bindings import (
    Construct,
    ITerraformDependable,
    NetworkPolicyV1,
    NetworkPolicyV1Metadata,
    NetworkPolicyV1Spec,
    NetworkPolicyV1SpecIngress,
    NetworkPolicyV1SpecIngressFrom,
    NetworkPolicyV1SpecIngressFromNamespaceSelector,
    NetworkPolicyV1SpecIngressFromPodSelector,
    NetworkPolicyV1SpecPodSelector,
)
from modules.expression import Value
from modules.namespaces import Namespaces
from modules.objects import KubernetesObject, Objects
from modules.release import ChartPin, Release
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fleet import Fleet
from modules.settings.organisation import PlatformNamespace
from modules.typha import typha_deployment

CHART = ChartPin(name="tigera-operator", repository="https://docs.tigera.io/calico/charts", version="v3.31.7")
"""The last line whose chart brings its CRDs; `modules.settings.kubernetes_versions` says what it is tested on."""
NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"
"""The one label of a namespace that nobody can set: the API server keeps it equal to the name."""
WEBHOOK_PORT = 10250
"""The port on which cert-manager's and the Prometheus operator's webhooks answer the API server: their charts' own."""


def operator_values() -> dict[str, Value]:
    """Return the values of the tigera-operator chart: the operator, and nothing that it would install.

    What it installs stands in `installation`. Calico's own API server, flow log and user interface are left out.
    """
    return {
        "installation": {"enabled": False},
        "apiServer": {"enabled": False},
        "goldmane": {"enabled": False},
        "whisker": {"enabled": False},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
    }


def installation() -> KubernetesObject:
    """Return what the operator installs: Calico judges policies and does nothing else.

    Addresses and routes stay with the VPC CNI, BGP is off, no address pool exists. Calico's drivers for volumes are
    not installed, so that calico-node needs fewer host paths.
    """
    return {
        "apiVersion": "operator.tigera.io/v1",
        "kind": "Installation",
        "metadata": {"name": "default"},
        "spec": {
            "kubernetesProvider": "EKS",
            "cni": {"type": "AmazonVPC"},
            "calicoNetwork": {"bgp": "Disabled", "linuxDataplane": "Iptables"},
            "flexVolumePath": "None",
            "kubeletVolumePluginPath": "None",
            "typhaDeployment": typha_deployment(),
        },
    }


class Calico(Construct):
    """Calico in policy-only mode, by its operator (ADR: Network policy enforcement).

    The ADR's `aws-calico` chart was withdrawn in 2023; the operator is what EKS points to since.

    Its chart can make the Installation itself, but then needs a hook to take it away: a Job of the operator's own
    image, which does not run where that image is not to be had, so that no failed install could be undone. Here the
    Installation is a release of its own, which Helm deletes, and waits for, while the operator still runs: that removes
    the finalizers.
    """

    def __init__(
        self, scope: Construct, id_: str, *, namespace: str, depends_on: Sequence[ITerraformDependable]
    ) -> None:
        """Install the operator, which brings the CRDs, into `namespace`, and by `installation` what enforces policies."""
        super().__init__(scope, id_)
        self.operator = Release(
            self,
            "Default",
            chart=CHART,
            release_name="tigera-operator",
            namespace=namespace,
            values=operator_values(),
            disable_webhooks=True,
            depends_on=depends_on,
        )
        self.installation = Objects(
            self,
            "installation",
            release_name="calico",
            namespace=namespace,
            objects=[installation()],
            depends_on=[self.operator.resource],
        )


def admit_api_server(namespaces: Sequence[str], node_networks: Iterable[str]) -> KubernetesObject:
    """Return the Calico policy that admits the control plane, for webhooks, to every pod of `namespaces`.

    EKS reaches them from network interfaces in the nodes' subnets, whose addresses it changes at will. Pods have
    addresses of the same subnets, so that a Kubernetes NetworkPolicy with these networks would admit every tenant:
    this one admits what comes from there and is no pod of this cluster, to the port of webhooks alone. Pods of another
    cluster in the same subnets stop at the nodes' security group. It allows before Kubernetes' own policies (order 1000).
    """
    listed = ", ".join(f'"{name}"' for name in sorted(namespaces))
    return {
        "apiVersion": "crd.projectcalico.org/v1",
        "kind": "GlobalNetworkPolicy",
        "metadata": {"name": "default.admit-api-server", "labels": {"projectcalico.org/tier": "default"}},
        "spec": {
            "tier": "default",
            "order": 900,
            "namespaceSelector": f"projectcalico.org/name in {{{listed}}}",
            "types": ["Ingress"],
            "ingress": [
                {
                    "action": "Allow",
                    "protocol": "TCP",
                    "destination": {"ports": [WEBHOOK_PORT]},
                    "source": {
                        "nets": sorted(set(node_networks)),
                        "notSelector": "has(projectcalico.org/namespace)",
                    },
                }
            ],
        },
    }


class DefaultPolicies(Construct):
    """What may reach the pods of a namespace (ADR: Network policy enforcement).

    A tenant's namespace admits its own pods and the ingress controllers, and Prometheus where its settings say
    `scraped`. A platform namespace that is isolated admits its own pods and exactly what its settings list. Other
    namespaces are selected by name, never by a label that anybody may set. A team may add policies of its own.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        fleet: Fleet,
        cluster: Cluster,
        platform: Sequence[PlatformNamespace],
        namespaces: Namespaces,
        depends_on: Sequence[ITerraformDependable],
    ) -> None:
        """Put the policies into `namespaces`; `depends_on` is the release of Calico's operator, which brings the CRDs."""
        super().__init__(scope, id_)
        self._namespaces = namespaces
        sources = {"ingress": fleet.organisation.ingress_namespace, "scraping": names.MONITORING}
        for namespace in sorted(cluster.namespaces, key=lambda each: each.name):
            admitted = [sources["ingress"], *([sources["scraping"]] if namespace.scraped else [])]
            self._isolate(namespace.name, admitted)
        isolated = [each for each in platform if each.isolated and each.made_by != "operator"]
        for platform_namespace in isolated:
            admitted = [sources[each] for each in platform_namespace.admits if each in sources]
            self._isolate(platform_namespace.name, admitted)
        webhooks = [each.name for each in isolated if "api_server" in each.admits]
        self.all: list[ITerraformDependable] = []
        if webhooks:
            admitting = Objects(
                self,
                "admit-api-server",
                release_name="admit-api-server",
                namespace=names.TIGERA_OPERATOR,
                objects=[admit_api_server(webhooks, cluster.network.node_subnets.cidrs.values())],
                depends_on=depends_on,
            )
            self.all.append(admitting.resource)

    def _isolate(self, namespace: str, admitted: Iterable[str]) -> None:
        """Admit to `namespace` only its own pods and those of the namespaces `admitted`."""
        others = sorted(set(admitted) - {namespace})
        NetworkPolicyV1(
            self,
            namespace,
            metadata=NetworkPolicyV1Metadata(name="default", namespace=namespace),
            spec=NetworkPolicyV1Spec(
                pod_selector=NetworkPolicyV1SpecPodSelector(),
                policy_types=["Ingress"],
                ingress=[
                    NetworkPolicyV1SpecIngress(
                        from_=[
                            NetworkPolicyV1SpecIngressFrom(pod_selector=NetworkPolicyV1SpecIngressFromPodSelector()),
                            *(
                                NetworkPolicyV1SpecIngressFrom(
                                    namespace_selector=NetworkPolicyV1SpecIngressFromNamespaceSelector(
                                        match_labels={NAMESPACE_NAME_LABEL: other}
                                    )
                                )
                                for other in others
                            ),
                        ]
                    )
                ],
            ),
            depends_on=self._namespaces.after(namespace) or None,
        )

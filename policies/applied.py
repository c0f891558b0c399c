"""X: what is declared is what stands in the cluster: each object and each release once, and applied with the rest."""

from __future__ import annotations

from collections.abc import Iterator

from policies.engine import Cluster, Estate, Finding, KubernetesObject, control
from policies.engine.estate import ROLES

_ADDS_TO_OBJECTS = ("kubernetes_labels", "kubernetes_annotations", "kubernetes_config_map_v1_data")
_HOOK = "helm.sh/hook"
_OF_NO_NAMESPACE = frozenset(
    {
        # Kubernetes 1.35, by `kubectl api-resources --namespaced=false`
        "APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding",
        "ClusterTrustBundle", "CustomResourceDefinition", "DeviceClass", "DeviceTaintRule", "FlowSchema", "IPAddress",
        "IngressClass", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
        "Namespace", "Node", "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "ResourceSlice",
        "RuntimeClass", "ServiceCIDR", "StorageClass", "StorageVersionMigration", "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass",
        # Calico and its operator (https://docs.tigera.io/calico/latest/reference/resources/)
        "APIServer", "BGPConfiguration", "BGPFilter", "BGPPeer", "CalicoNodeStatus", "ClusterInformation",
        "FelixConfiguration", "GlobalNetworkPolicy", "GlobalNetworkSet", "Goldmane", "HostEndpoint", "IPPool",
        "IPReservation", "ImageSet", "Installation", "KubeControllersConfiguration", "StagedGlobalNetworkPolicy", "Tier",
        "TigeraStatus", "Whisker",
        # cert-manager
        "ClusterIssuer",
    }
)  # fmt: skip
"""Kinds of which a name means one object, whatever namespace is written beside it."""


@control(
    id="X17-applied-once",
    title="Each Kubernetes object and each release is declared once, and applied when it is declared",
    severity="critical",
    scope="estate",
    reads=ROLES,
    breaks=True,
    remediation="Declare it in one place, and leave Helm's own annotations out: a hook is no part of its release.",
)
def applied_once(estate: Estate) -> Iterator[Finding]:
    """Of two of one name the last to be applied stands; what is a hook of Helm's is run some other time, or never."""
    for cluster in estate.clusters:
        yield from _objects(cluster)
        seen: dict[tuple[str, str], str] = {}
        for release in cluster.releases():
            name = (release.namespace, release.name)
            if name in seen:
                text = f"is the release {release.name} again, which {seen[name]} declares"
                yield release.finding(text, expected="a name of its own")
            seen.setdefault(name, release.address)


def _objects(cluster: Cluster) -> Iterator[Finding]:
    declared: dict[tuple[str, str, str, str], str] = {}
    for thing in cluster.objects():
        for key, annotation in thing["metadata.annotations"].items():
            if thing.released_to and key.startswith(_HOOK):
                yield annotation.finding("takes it out of its release", expected="absent")
        if thing.resource.type in _ADDS_TO_OBJECTS or not thing.name:
            continue
        identity = _identity(thing)
        if identity in declared:
            text = f"is {thing.kind} {thing.name} again, which {declared[identity]} declares"
            yield thing.finding(text, expected="one declaration")
        declared.setdefault(identity, thing.address)


def _identity(thing: KubernetesObject) -> tuple[str, str, str, str]:
    """Return what makes an object the same; Calico's two APIs hold the same objects, and what names no namespace is in `default`."""
    family = "calico" if "projectcalico" in thing.api_version else ""
    namespace = "" if thing.kind in _OF_NO_NAMESPACE else thing.namespace or "default"
    return family, thing.kind, namespace, thing.name

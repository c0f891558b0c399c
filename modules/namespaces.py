"""The namespaces of a cluster: their Pod Security level, and for service teams their quota and service accounts."""

from __future__ import annotations

from collections.abc import Iterable

from modules.bindings import (
    Annotations,
    AnnotationsMetadata,
    Construct,
    ITerraformDependable,
    Labels,
    LabelsMetadata,
    LimitRangeV1,
    LimitRangeV1Metadata,
    LimitRangeV1Spec,
    LimitRangeV1SpecLimit,
    NamespaceV1,
    NamespaceV1Metadata,
    ResourceQuotaV1,
    ResourceQuotaV1Metadata,
    ResourceQuotaV1Spec,
    ServiceAccountV1,
    ServiceAccountV1Metadata,
)
from modules.expression import literal
from modules.pod_security.admission import Admission, admission
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fleet import Fleet
from modules.settings.namespaces import Namespace
from modules.settings.organisation import PlatformNamespace, PodSecurityLevel

ANNOTATION_PREFIX = "cloud-platform.justice.gov.uk"
REASON_ANNOTATION = f"{ANNOTATION_PREFIX}/pod-security-reason"
"""Annotation that says why a namespace's level is not `restricted`."""
REASON_MANAGER = "Terraform-reason"
"""Field manager of that annotation where others make the namespace: under that of the labels it would take them away."""
POD_SECURITY_PREFIX = "pod-security.kubernetes.io"
CONTAINER_DEFAULTS = {"cpu": "1", "memory": "1000Mi"}
"""Limits of a container that states none."""
CONTAINER_DEFAULT_REQUESTS = {"cpu": "10m", "memory": "100Mi"}
"""Requests of a container that states none."""


def platform_namespaces(fleet: Fleet, cluster: Cluster) -> tuple[PlatformNamespace, ...]:
    """Return the organisation's and the cluster's own platform namespaces, ordered by name."""
    listed = (*fleet.organisation.platform_namespaces, *cluster.platform_namespaces)
    return tuple(sorted(listed, key=lambda namespace: namespace.name))


def pod_security_labels(level: PodSecurityLevel) -> dict[str, str]:
    """Return the Pod Security Admission labels of a namespace: `level` enforced, audited and warned of, at its latest version."""
    return {
        f"{POD_SECURITY_PREFIX}/{mode}{suffix}": value
        for mode in ("audit", "enforce", "warn")
        for suffix, value in (("", level), ("-version", "latest"))
    }


class Namespaces(Construct):
    """All namespaces of a cluster, each with its Pod Security level (ADR: PodSecurityPolicies).

    A namespace that others make before (Kubernetes itself, the providers of ingress and certificates) is only
    labelled and told its reason, and leaves the settings only after it has left the cluster, for the guards let nobody take its label off.
    The one that an operator makes for itself is left alone: the guards say which level it must have.

    The platform's namespaces depend on those labels. So when all is destroyed the labels go after the namespaces,
    each of which takes Kubernetes' five seconds of grace, and no longer meet a guard that the API server still
    applies for a second after its removal.
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
        """Make the namespaces after `depends_on`."""
        super().__init__(scope, id_)
        self._standards = admission(cluster.kubernetes_version) is Admission.STANDARDS
        self._account = fleet.account.id
        self._cluster = cluster.name
        self.by_name: dict[str, ITerraformDependable] = {}
        platform = platform_namespaces(fleet, cluster)
        before = list(depends_on)
        for each in platform:
            if self._is_labelled_only(each):
                self.by_name[each.name] = self._label(each, before)
                self._give_reason(each)
        labelled = list(self.by_name.values())
        for each in platform:
            if each.made_by == "platform":
                self.by_name[each.name] = self._make_platform(each, labelled or before)
        tenants = Construct(self, "tenants")
        for namespace in sorted(cluster.namespaces, key=lambda each: each.name):
            self.by_name[namespace.name] = self._make_tenant(tenants, namespace, before)

    @property
    def all(self) -> list[ITerraformDependable]:
        """Every namespace and label, for what must come after them."""
        return list(self.by_name.values())

    def after(self, name: str) -> list[ITerraformDependable]:
        """Return what must exist before something is put into the namespace `name`: nothing where an operator makes it."""
        return [self.by_name[name]] if name in self.by_name else []

    def _is_labelled_only(self, namespace: PlatformNamespace) -> bool:
        return self._standards and namespace.made_by in ("kubernetes", "others")

    def _labels(self, level: PodSecurityLevel) -> dict[str, str]:
        return pod_security_labels(level) if self._standards else {}

    def _label(self, namespace: PlatformNamespace, before: list[ITerraformDependable]) -> Labels:
        return Labels(
            self,
            f"{namespace.name}-labels",
            api_version="v1",
            kind="Namespace",
            metadata=LabelsMetadata(name=namespace.name),
            labels=pod_security_labels(namespace.level),
            force=True,
            depends_on=before or None,
        )

    def _give_reason(self, namespace: PlatformNamespace) -> None:
        if namespace.reason:
            Annotations(
                self,
                f"{namespace.name}-reason",
                api_version="v1",
                kind="Namespace",
                metadata=AnnotationsMetadata(name=namespace.name),
                annotations={REASON_ANNOTATION: literal(namespace.reason)},
                field_manager=REASON_MANAGER,
                force=True,
                depends_on=[self.by_name[namespace.name]],
            )

    def _make_platform(self, namespace: PlatformNamespace, before: list[ITerraformDependable]) -> NamespaceV1:
        reason = {REASON_ANNOTATION: literal(namespace.reason)} if namespace.reason else {}
        return NamespaceV1(
            self,
            namespace.name,
            metadata=NamespaceV1Metadata(
                name=namespace.name, labels=self._labels(namespace.level) or None, annotations=reason or None
            ),
            depends_on=before or None,
        )

    def _make_tenant(self, scope: Construct, namespace: Namespace, before: list[ITerraformDependable]) -> NamespaceV1:
        made = NamespaceV1(
            scope,
            namespace.name,
            metadata=NamespaceV1Metadata(
                name=namespace.name,
                labels={
                    **self._labels("restricted"),
                    f"{ANNOTATION_PREFIX}/environment-name": namespace.environment,
                    f"{ANNOTATION_PREFIX}/is-production": "true" if namespace.environment == "production" else "false",
                },
                annotations={
                    f"{ANNOTATION_PREFIX}/business-unit": literal(namespace.business_unit),
                    f"{ANNOTATION_PREFIX}/team-name": namespace.team,
                    **(
                        {f"{ANNOTATION_PREFIX}/source-code": literal(namespace.source_code)}
                        if namespace.source_code
                        else {}
                    ),
                },
            ),
            depends_on=before or None,
        )
        ResourceQuotaV1(
            scope,
            f"{namespace.name}-quota",
            metadata=ResourceQuotaV1Metadata(name="namespace-quota", namespace=namespace.name),
            spec=ResourceQuotaV1Spec(hard={"pods": str(namespace.pods)}),
            depends_on=[made],
        )
        LimitRangeV1(
            scope,
            f"{namespace.name}-limits",
            metadata=LimitRangeV1Metadata(name="limitrange", namespace=namespace.name),
            spec=LimitRangeV1Spec(
                limit=[
                    LimitRangeV1SpecLimit(
                        type="Container", default=CONTAINER_DEFAULTS, default_request=CONTAINER_DEFAULT_REQUESTS
                    )
                ]
            ),
            depends_on=[made],
        )
        for account in sorted(namespace.service_accounts, key=lambda each: each.name):
            role = names.service_account_role(self._cluster, namespace.name, account.name)
            ServiceAccountV1(
                scope,
                f"{namespace.name}-{account.name}",
                metadata=ServiceAccountV1Metadata(
                    name=account.name,
                    namespace=namespace.name,
                    annotations={"eks.amazonaws.com/role-arn": f"arn:aws:iam::{self._account}:role/{role}"},
                ),
                depends_on=[made],
            )
        return made

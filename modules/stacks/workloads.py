"""The `workloads` stack of a cluster."""

from __future__ import annotations

from modules.authorization import Authorization
from modules.bindings import (
    Construct,
    DataAwsEksCluster,
    Fn,
    HelmProvider,
    HelmProviderKubernetes,
    HelmProviderKubernetesExec,
    ITerraformDependable,
    KubernetesProvider,
    KubernetesProviderExec,
)
from modules.credential_issuer import CredentialIssuer
from modules.instance_metadata import InstanceMetadata
from modules.log_shipping import LogShipping
from modules.monitoring.monitoring import Monitoring
from modules.namespaces import Namespaces, platform_namespaces
from modules.network_policy import Calico, DefaultPolicies
from modules.pod_security.admission import Admission, admission
from modules.pod_security.pod_security import PodSecurity
from modules.pod_security.pod_security_policies import PodSecurityPolicies
from modules.pod_security.privileged_pods import PrivilegedPods
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack

EXEC_API = "client.authentication.k8s.io/v1beta1"
"""What `aws eks get-token` answers in."""


class WorkloadsStack(FleetStack):
    """Kubernetes objects and Helm releases of a cluster.

    The order is: what is decided about namespaces, namespaces and labels, Calico, its policies, the guards, the rest.
    A first apply that fails half way can be repeated; one destroy goes the way back and meets no guard.
    """

    def __init__(self, scope: Construct, *, fleet: Fleet, cluster: Cluster) -> None:
        super().__init__(
            scope,
            names.workloads_stack(cluster.name),
            fleet=fleet,
            state_key=f"aws-accounts/cloud-platform-aws/vpc/eks/components/{cluster.name}/terraform.tfstate",
            providers=("aws", "helm", "kubernetes"),
        )
        self.cluster = cluster
        if cluster.runner:
            self.add_override("//.runner", cluster.runner)  # the pipeline reads it there
        self._connect()
        self.platform = platform_namespaces(fleet, cluster)
        guarded = admission(cluster.kubernetes_version) is Admission.STANDARDS
        pod_security = self._pod_security() if guarded else None
        self.namespaces = Namespaces(
            self,
            "namespaces",
            fleet=fleet,
            cluster=cluster,
            depends_on=[pod_security.decided.resource] if pod_security else [],
        )
        Authorization(self, "authorization", fleet=fleet, cluster=cluster, namespaces=self.namespaces)
        policies = [] if pod_security else self._pod_security_policies()
        network = self._network_policies(policies)
        ready = self._guards(pod_security, network) if pod_security else [*policies, *network]
        self._releases(ready)

    def _connect(self) -> None:
        """Reach the cluster by its name; every call asks for a token of its own, so that none lies in the state."""
        found = DataAwsEksCluster(self, "cluster", name=self.cluster.name)
        authority = Fn.base64decode(found.certificate_authority.get(0).data)
        arguments = [
            *("eks", "get-token", "--output", "json"),
            *("--cluster-name", self.cluster.name, "--region", self.fleet.account.region),
        ]
        KubernetesProvider(
            self,
            "kubernetes",
            host=found.endpoint,
            cluster_ca_certificate=authority,
            exec=[KubernetesProviderExec(api_version=EXEC_API, command="aws", args=arguments)],
        )
        HelmProvider(
            self,
            "helm",
            kubernetes=HelmProviderKubernetes(
                host=found.endpoint,
                cluster_ca_certificate=authority,
                exec=HelmProviderKubernetesExec(api_version=EXEC_API, command="aws", args=arguments),
            ),
        )

    def _pod_security(self) -> PodSecurity:
        return PodSecurity(
            self, "pod-security", namespaces=self.platform, kubernetes_version=self.cluster.kubernetes_version
        )

    def _pod_security_policies(self) -> list[ITerraformDependable]:
        policies = PodSecurityPolicies(
            self, "pod-security-policies", platform=self.platform, namespaces=self.namespaces
        )
        return policies.all

    def _network_policies(self, before: list[ITerraformDependable]) -> list[ITerraformDependable]:
        calico = Calico(
            self,
            "calico",
            namespace=names.TIGERA_OPERATOR,
            depends_on=[*self.namespaces.after(names.TIGERA_OPERATOR), *before],
        )
        operator = [calico.operator.resource]
        metadata = InstanceMetadata(
            self, "instance-metadata", settings=self.cluster.instance_metadata, depends_on=operator
        )
        default = DefaultPolicies(
            self,
            "network-policy",
            fleet=self.fleet,
            cluster=self.cluster,
            platform=self.platform,
            namespaces=self.namespaces,
            depends_on=operator,
        )
        return [calico.installation.resource, metadata.release.resource, *default.all]

    def _guards(self, pod_security: PodSecurity, before: list[ITerraformDependable]) -> list[ITerraformDependable]:
        """Put the guards in force, once all that they guard is as they want it."""
        enforced = pod_security.enforce(depends_on=[*self.namespaces.all, *before])
        pods = PrivilegedPods(self, "privileged-pods", namespaces=self.platform, depends_on=[enforced.resource])
        return [enforced.resource, pods.guard.resource]

    def _releases(self, ready: list[ITerraformDependable]) -> None:
        """Release what runs in the platform's namespaces, once `ready` stands; monitoring brings the type ServiceMonitor."""
        fleet, cluster, after = self.fleet, self.cluster, self.namespaces.after
        CredentialIssuer(self, "kuberos", fleet=fleet, cluster=cluster, depends_on=[*ready, *after(names.KUBEROS)])
        monitoring = Monitoring(
            self, "monitoring", fleet=fleet, cluster=cluster, depends_on=[*ready, *after(names.MONITORING)]
        )
        LogShipping(
            self,
            "fluent-bit",
            fleet=fleet,
            cluster=cluster,
            depends_on=[*ready, *after(names.LOGGING), monitoring.resource],
        )

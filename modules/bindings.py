"""The one place that imports the CDKTF library and its provider bindings."""

from __future__ import annotations

from modules.fast_synth.prepare import prepare

prepare()

from cdktf import (  # noqa: E402
    App,
    AssetType,
    DataTerraformRemoteState,
    Fn,
    ITerraformDependable,
    LocalBackend,
    S3Backend,
    TerraformAsset,
    TerraformDataSource,
    TerraformElement,
    TerraformLocal,
    TerraformOutput,
    TerraformProvider,
    TerraformProviderGeneratorMetadata,
    TerraformResource,
    TerraformResourceLifecycle,
    TerraformStack,
    Token,
)
from cdktf_cdktf_provider_aws.data_aws_eks_cluster import DataAwsEksCluster  # noqa: E402
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags  # noqa: E402
from cdktf_cdktf_provider_helm.provider import (  # noqa: E402
    HelmProvider,
    HelmProviderKubernetes,
    HelmProviderKubernetesExec,
)
from cdktf_cdktf_provider_helm.release import Release as HelmRelease  # noqa: E402
from cdktf_cdktf_provider_helm.release import ReleaseSetWo  # noqa: E402
from cdktf_cdktf_provider_kubernetes.cluster_role_binding_v1 import (  # noqa: E402
    ClusterRoleBindingV1,
    ClusterRoleBindingV1Metadata,
    ClusterRoleBindingV1RoleRef,
    ClusterRoleBindingV1Subject,
)
from cdktf_cdktf_provider_kubernetes.cluster_role_v1 import (  # noqa: E402
    ClusterRoleV1,
    ClusterRoleV1Metadata,
    ClusterRoleV1Rule,
)
from cdktf_cdktf_provider_kubernetes.labels import (  # noqa: E402
    Labels,
    LabelsMetadata,
)
from cdktf_cdktf_provider_kubernetes.limit_range_v1 import (  # noqa: E402
    LimitRangeV1,
    LimitRangeV1Metadata,
    LimitRangeV1Spec,
    LimitRangeV1SpecLimit,
)
from cdktf_cdktf_provider_kubernetes.namespace_v1 import (  # noqa: E402
    NamespaceV1,
    NamespaceV1Metadata,
)
from cdktf_cdktf_provider_kubernetes.network_policy_v1 import (  # noqa: E402
    NetworkPolicyV1,
    NetworkPolicyV1Metadata,
    NetworkPolicyV1Spec,
    NetworkPolicyV1SpecIngress,
    NetworkPolicyV1SpecIngressFrom,
    NetworkPolicyV1SpecIngressFromNamespaceSelector,
    NetworkPolicyV1SpecIngressFromPodSelector,
    NetworkPolicyV1SpecPodSelector,
)
from cdktf_cdktf_provider_kubernetes.pod_security_policy_v1_beta1 import (  # noqa: E402
    PodSecurityPolicyV1Beta1,
    PodSecurityPolicyV1Beta1Metadata,
    PodSecurityPolicyV1Beta1Spec,
    PodSecurityPolicyV1Beta1SpecAllowedHostPaths,
    PodSecurityPolicyV1Beta1SpecFsGroup,
    PodSecurityPolicyV1Beta1SpecFsGroupRange,
    PodSecurityPolicyV1Beta1SpecHostPorts,
    PodSecurityPolicyV1Beta1SpecRunAsGroup,
    PodSecurityPolicyV1Beta1SpecRunAsGroupRange,
    PodSecurityPolicyV1Beta1SpecRunAsUser,
    PodSecurityPolicyV1Beta1SpecSeLinux,
    PodSecurityPolicyV1Beta1SpecSupplementalGroups,
    PodSecurityPolicyV1Beta1SpecSupplementalGroupsRange,
)
from cdktf_cdktf_provider_kubernetes.provider import (  # noqa: E402
    KubernetesProvider,
    KubernetesProviderExec,
)
from cdktf_cdktf_provider_kubernetes.resource_quota_v1 import (  # noqa: E402
    ResourceQuotaV1,
    ResourceQuotaV1Metadata,
    ResourceQuotaV1Spec,
)
from cdktf_cdktf_provider_kubernetes.role_binding_v1 import (  # noqa: E402
    RoleBindingV1,
    RoleBindingV1Metadata,
    RoleBindingV1RoleRef,
    RoleBindingV1Subject,
)
from cdktf_cdktf_provider_kubernetes.service_account_v1 import (  # noqa: E402
    ServiceAccountV1,
    ServiceAccountV1Metadata,
)
from constructs import Construct, Node  # noqa: E402

__all__ = [
    "App",
    "AssetType",
    "AwsProvider",
    "AwsProviderDefaultTags",
    "ClusterRoleBindingV1",
    "ClusterRoleBindingV1Metadata",
    "ClusterRoleBindingV1RoleRef",
    "ClusterRoleBindingV1Subject",
    "ClusterRoleV1",
    "ClusterRoleV1Metadata",
    "ClusterRoleV1Rule",
    "Construct",
    "DataAwsEksCluster",
    "DataTerraformRemoteState",
    "Fn",
    "HelmProvider",
    "HelmProviderKubernetes",
    "HelmProviderKubernetesExec",
    "HelmRelease",
    "ITerraformDependable",
    "KubernetesProvider",
    "KubernetesProviderExec",
    "Labels",
    "LabelsMetadata",
    "LimitRangeV1",
    "LimitRangeV1Metadata",
    "LimitRangeV1Spec",
    "LimitRangeV1SpecLimit",
    "LocalBackend",
    "NamespaceV1",
    "NamespaceV1Metadata",
    "NetworkPolicyV1",
    "NetworkPolicyV1Metadata",
    "NetworkPolicyV1Spec",
    "NetworkPolicyV1SpecIngress",
    "NetworkPolicyV1SpecIngressFrom",
    "NetworkPolicyV1SpecIngressFromNamespaceSelector",
    "NetworkPolicyV1SpecIngressFromPodSelector",
    "NetworkPolicyV1SpecPodSelector",
    "Node",
    "PodSecurityPolicyV1Beta1",
    "PodSecurityPolicyV1Beta1Metadata",
    "PodSecurityPolicyV1Beta1Spec",
    "PodSecurityPolicyV1Beta1SpecAllowedHostPaths",
    "PodSecurityPolicyV1Beta1SpecFsGroup",
    "PodSecurityPolicyV1Beta1SpecFsGroupRange",
    "PodSecurityPolicyV1Beta1SpecHostPorts",
    "PodSecurityPolicyV1Beta1SpecRunAsGroup",
    "PodSecurityPolicyV1Beta1SpecRunAsGroupRange",
    "PodSecurityPolicyV1Beta1SpecRunAsUser",
    "PodSecurityPolicyV1Beta1SpecSeLinux",
    "PodSecurityPolicyV1Beta1SpecSupplementalGroups",
    "PodSecurityPolicyV1Beta1SpecSupplementalGroupsRange",
    "ReleaseSetWo",
    "ResourceQuotaV1",
    "ResourceQuotaV1Metadata",
    "ResourceQuotaV1Spec",
    "RoleBindingV1",
    "RoleBindingV1Metadata",
    "RoleBindingV1RoleRef",
    "RoleBindingV1Subject",
    "S3Backend",
    "ServiceAccountV1",
    "ServiceAccountV1Metadata",
    "TerraformAsset",
    "TerraformDataSource",
    "TerraformElement",
    "TerraformLocal",
    "TerraformOutput",
    "TerraformProvider",
    "TerraformProviderGeneratorMetadata",
    "TerraformResource",
    "TerraformResourceLifecycle",
    "TerraformStack",
    "Token",
]

"""The one place that imports the CDKTF library and its provider bindings."""

from __future__ import annotations

from modules.fast_synth.prepare import prepare
from modules.successor import take_one_as_list, use_successor_if_installed

prepare()
SUCCESSOR = use_successor_if_installed()
"""Whether cdktn, CDKTF's successor, does the work (docs/cdktn.md)."""

from cdktf import (
    App,
    AssetType,
    DataTerraformRemoteState,
    Fn,
    ITerraformDependable,
    LocalBackend,
    Postcondition,
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
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.data_aws_eks_addon_version import DataAwsEksAddonVersion
from cdktf_cdktf_provider_aws.data_aws_eks_cluster import DataAwsEksCluster
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.data_aws_kms_alias import DataAwsKmsAlias
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from cdktf_cdktf_provider_aws.data_aws_subnet import (
    DataAwsSubnet,
    DataAwsSubnetFilter,
)
from cdktf_cdktf_provider_aws.data_aws_subnets import (
    DataAwsSubnets,
    DataAwsSubnetsFilter,
)
from cdktf_cdktf_provider_aws.data_aws_vpc import DataAwsVpc
from cdktf_cdktf_provider_aws.eks_access_entry import EksAccessEntry
from cdktf_cdktf_provider_aws.eks_access_policy_association import (
    EksAccessPolicyAssociation,
    EksAccessPolicyAssociationAccessScope,
)
from cdktf_cdktf_provider_aws.eks_addon import EksAddon
from cdktf_cdktf_provider_aws.eks_cluster import (
    EksCluster,
    EksClusterAccessConfig,
    EksClusterEncryptionConfig,
    EksClusterEncryptionConfigProvider,
    EksClusterKubernetesNetworkConfig,
    EksClusterUpgradePolicy,
    EksClusterVpcConfig,
)
from cdktf_cdktf_provider_aws.eks_identity_provider_config import (
    EksIdentityProviderConfig,
    EksIdentityProviderConfigOidc,
)
from cdktf_cdktf_provider_aws.eks_node_group import (
    EksNodeGroup,
    EksNodeGroupLaunchTemplate,
    EksNodeGroupScalingConfig,
    EksNodeGroupTaint,
    EksNodeGroupUpdateConfig,
)
from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateMetadataOptions,
    LaunchTemplateNetworkInterfaces,
    LaunchTemplateTagSpecifications,
)
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from cdktf_cdktf_provider_aws.route53_zone import Route53Zone
from cdktf_cdktf_provider_aws.ssm_document import SsmDocument
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from cdktf_cdktf_provider_helm.provider import (
    HelmProvider,
    HelmProviderKubernetes,
    HelmProviderKubernetesExec,
)
from cdktf_cdktf_provider_helm.release import Release as HelmRelease
from cdktf_cdktf_provider_helm.release import ReleaseSetWo
from cdktf_cdktf_provider_kubernetes.annotations import (
    Annotations,
    AnnotationsMetadata,
)
from cdktf_cdktf_provider_kubernetes.cluster_role_binding_v1 import (
    ClusterRoleBindingV1,
    ClusterRoleBindingV1Metadata,
    ClusterRoleBindingV1RoleRef,
    ClusterRoleBindingV1Subject,
)
from cdktf_cdktf_provider_kubernetes.cluster_role_v1 import (
    ClusterRoleV1,
    ClusterRoleV1Metadata,
    ClusterRoleV1Rule,
)
from cdktf_cdktf_provider_kubernetes.labels import (
    Labels,
    LabelsMetadata,
)
from cdktf_cdktf_provider_kubernetes.limit_range_v1 import (
    LimitRangeV1,
    LimitRangeV1Metadata,
    LimitRangeV1Spec,
    LimitRangeV1SpecLimit,
)
from cdktf_cdktf_provider_kubernetes.namespace_v1 import (
    NamespaceV1,
    NamespaceV1Metadata,
)
from cdktf_cdktf_provider_kubernetes.network_policy_v1 import (
    NetworkPolicyV1,
    NetworkPolicyV1Metadata,
    NetworkPolicyV1Spec,
    NetworkPolicyV1SpecIngress,
    NetworkPolicyV1SpecIngressFrom,
    NetworkPolicyV1SpecIngressFromNamespaceSelector,
    NetworkPolicyV1SpecIngressFromPodSelector,
    NetworkPolicyV1SpecPodSelector,
)
from cdktf_cdktf_provider_kubernetes.pod_security_policy_v1_beta1 import (
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
from cdktf_cdktf_provider_kubernetes.provider import (
    KubernetesProvider,
    KubernetesProviderExec,
)
from cdktf_cdktf_provider_kubernetes.resource_quota_v1 import (
    ResourceQuotaV1,
    ResourceQuotaV1Metadata,
    ResourceQuotaV1Spec,
)
from cdktf_cdktf_provider_kubernetes.role_binding_v1 import (
    RoleBindingV1,
    RoleBindingV1Metadata,
    RoleBindingV1RoleRef,
    RoleBindingV1Subject,
)
from cdktf_cdktf_provider_kubernetes.secret_v1 import (
    SecretV1,
    SecretV1Metadata,
)
from cdktf_cdktf_provider_kubernetes.service_account_v1 import (
    ServiceAccountV1,
    ServiceAccountV1Metadata,
)
from cdktf_cdktf_provider_kubernetes.storage_class_v1 import (
    StorageClassV1,
    StorageClassV1AllowedTopologies,
    StorageClassV1AllowedTopologiesMatchLabelExpressions,
    StorageClassV1Metadata,
)
from constructs import Construct, Node

APP_CONTEXT = {"targetVersions": {"terraform": ">=1.11.0"}} if SUCCESSOR else {}
"""What the app must say of itself: the successor refuses write-only arguments without a Terraform that has them."""
if SUCCESSOR:
    for resource in (NamespaceV1,):
        take_one_as_list(resource, "metadata")

__all__ = [
    "APP_CONTEXT",
    "SUCCESSOR",
    "Annotations",
    "AnnotationsMetadata",
    "App",
    "AssetType",
    "AwsProvider",
    "AwsProviderDefaultTags",
    "CloudwatchLogGroup",
    "ClusterRoleBindingV1",
    "ClusterRoleBindingV1Metadata",
    "ClusterRoleBindingV1RoleRef",
    "ClusterRoleBindingV1Subject",
    "ClusterRoleV1",
    "ClusterRoleV1Metadata",
    "ClusterRoleV1Rule",
    "Construct",
    "DataAwsEksAddonVersion",
    "DataAwsEksCluster",
    "DataAwsIamPolicyDocument",
    "DataAwsIamPolicyDocumentStatement",
    "DataAwsIamPolicyDocumentStatementCondition",
    "DataAwsIamPolicyDocumentStatementPrincipals",
    "DataAwsKmsAlias",
    "DataAwsRoute53Zone",
    "DataAwsSsmParameter",
    "DataAwsSubnet",
    "DataAwsSubnetFilter",
    "DataAwsSubnets",
    "DataAwsSubnetsFilter",
    "DataAwsVpc",
    "DataTerraformRemoteState",
    "EksAccessEntry",
    "EksAccessPolicyAssociation",
    "EksAccessPolicyAssociationAccessScope",
    "EksAddon",
    "EksCluster",
    "EksClusterAccessConfig",
    "EksClusterEncryptionConfig",
    "EksClusterEncryptionConfigProvider",
    "EksClusterKubernetesNetworkConfig",
    "EksClusterUpgradePolicy",
    "EksClusterVpcConfig",
    "EksIdentityProviderConfig",
    "EksIdentityProviderConfigOidc",
    "EksNodeGroup",
    "EksNodeGroupLaunchTemplate",
    "EksNodeGroupScalingConfig",
    "EksNodeGroupTaint",
    "EksNodeGroupUpdateConfig",
    "Fn",
    "HelmProvider",
    "HelmProviderKubernetes",
    "HelmProviderKubernetesExec",
    "HelmRelease",
    "ITerraformDependable",
    "IamOpenidConnectProvider",
    "IamPolicy",
    "IamRole",
    "IamRolePolicy",
    "IamRolePolicyAttachment",
    "KmsAlias",
    "KmsKey",
    "KubernetesProvider",
    "KubernetesProviderExec",
    "Labels",
    "LabelsMetadata",
    "LaunchTemplate",
    "LaunchTemplateBlockDeviceMappings",
    "LaunchTemplateBlockDeviceMappingsEbs",
    "LaunchTemplateMetadataOptions",
    "LaunchTemplateNetworkInterfaces",
    "LaunchTemplateTagSpecifications",
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
    "Postcondition",
    "ReleaseSetWo",
    "ResourceQuotaV1",
    "ResourceQuotaV1Metadata",
    "ResourceQuotaV1Spec",
    "RoleBindingV1",
    "RoleBindingV1Metadata",
    "RoleBindingV1RoleRef",
    "RoleBindingV1Subject",
    "Route53Record",
    "Route53Zone",
    "S3Backend",
    "SecretV1",
    "SecretV1Metadata",
    "ServiceAccountV1",
    "ServiceAccountV1Metadata",
    "SsmDocument",
    "SsmParameter",
    "StorageClassV1",
    "StorageClassV1AllowedTopologies",
    "StorageClassV1AllowedTopologiesMatchLabelExpressions",
    "StorageClassV1Metadata",
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
    "VpcSecurityGroupIngressRule",
]

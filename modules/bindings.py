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
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags  # noqa: E402
from cdktf_cdktf_provider_helm.release import Release as HelmRelease  # noqa: E402
from cdktf_cdktf_provider_helm.release import ReleaseSetWo  # noqa: E402
from constructs import Construct, Node  # noqa: E402

__all__ = [
    "App",
    "AssetType",
    "AwsProvider",
    "AwsProviderDefaultTags",
    "Construct",
    "DataTerraformRemoteState",
    "Fn",
    "HelmRelease",
    "ITerraformDependable",
    "LocalBackend",
    "Node",
    "ReleaseSetWo",
    "S3Backend",
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

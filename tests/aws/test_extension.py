"""The EKS operations that the embedded AWS has and moto has not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::111122223333:role/path/of/any"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@pytest.fixture
def eks(elsewhere: Clients) -> Any:
    return elsewhere("eks")


@pytest.fixture
def cluster(eks: Any, elsewhere: Clients) -> Iterator[str]:
    ec2 = elsewhere("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{i}.0/24")["Subnet"]["SubnetId"] for i in range(2)]
    eks.create_cluster(name="extended", version="1.34", roleArn=ROLE, resourcesVpcConfig={"subnetIds": subnets})
    yield "extended"
    eks.delete_cluster(name="extended")


def test_addons(eks: Any, cluster: str) -> None:
    eks.create_addon(clusterName=cluster, addonName="vpc-cni", configurationValues="{}", serviceAccountRoleArn=ROLE)
    with pytest.raises(eks.exceptions.ResourceInUseException):
        eks.create_addon(clusterName=cluster, addonName="vpc-cni")
    update = eks.update_addon(clusterName=cluster, addonName="vpc-cni", addonVersion="v1.22.3-eksbuild.1")["update"]
    assert update["status"] == "Successful"
    addon = eks.describe_addon(clusterName=cluster, addonName="vpc-cni")["addon"]
    assert (addon["status"], addon["addonVersion"], addon["serviceAccountRoleArn"]) == (
        "ACTIVE",
        "v1.22.3-eksbuild.1",
        ROLE,
    )
    assert eks.list_addons(clusterName=cluster)["addons"] == ["vpc-cni"]
    eks.delete_addon(clusterName=cluster, addonName="vpc-cni")
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_addon(clusterName=cluster, addonName="vpc-cni")


def test_a_configuration_that_the_add_on_does_not_read_is_refused(eks: Any, cluster: str) -> None:
    misspelt = '{"env": {"ENABLE_PREFIX_DELEGATON": "true"}}'
    named = {"clusterName": cluster, "addonName": "vpc-cni"}
    with pytest.raises(eks.exceptions.InvalidParameterException, match="ENABLE_PREFIX_DELEGATON"):
        eks.create_addon(**named, configurationValues=misspelt)
    assert eks.list_addons(clusterName=cluster)["addons"] == []
    eks.create_addon(**named, configurationValues='{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}')
    with pytest.raises(eks.exceptions.InvalidParameterException, match="networkPolicy"):
        eks.update_addon(**named, configurationValues='{"networkPolicy": "true"}')
    addon = eks.describe_addon(**named)["addon"]
    assert addon["configurationValues"] == '{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}'
    eks.update_addon(**named, configurationValues='{"enableNetworkPolicy": "false"}')


@pytest.mark.parametrize("name", ["coredns", "kube-proxy"])
def test_addon_versions_name_one_default(eks: Any, name: str) -> None:
    (addon,) = eks.describe_addon_versions(addonName=name, kubernetesVersion="1.35")["addons"]
    defaults = [
        version["addonVersion"] for version in addon["addonVersions"] if version["compatibilities"][0]["defaultVersion"]
    ]
    assert len(defaults) == 1
    assert len(addon["addonVersions"]) > 1


def test_kube_proxy_is_of_the_clusters_version(eks: Any, cluster: str) -> None:
    for kubernetes in ("1.21", "1.35"):
        (addon,) = eks.describe_addon_versions(addonName="kube-proxy", kubernetesVersion=kubernetes)["addons"]
        assert all(each["addonVersion"].startswith(f"v{kubernetes}.") for each in addon["addonVersions"])
    eks.create_addon(clusterName=cluster, addonName="kube-proxy")
    assert eks.describe_addon(clusterName=cluster, addonName="kube-proxy")["addon"]["addonVersion"].startswith("v1.34.")


def test_identity_provider_configs(eks: Any, cluster: str) -> None:
    oidc = {"identityProviderConfigName": "Auth0", "issuerUrl": "https://tenant.example/", "clientId": "any"}
    name = {"type": "oidc", "name": "Auth0"}
    eks.associate_identity_provider_config(clusterName=cluster, oidc=oidc)
    with pytest.raises(eks.exceptions.ResourceInUseException):
        eks.associate_identity_provider_config(clusterName=cluster, oidc=oidc)
    assert eks.list_identity_provider_configs(clusterName=cluster)["identityProviderConfigs"] == [name]
    found = eks.describe_identity_provider_config(clusterName=cluster, identityProviderConfig=name)
    assert found["identityProviderConfig"]["oidc"]["issuerUrl"] == "https://tenant.example/"
    eks.disassociate_identity_provider_config(clusterName=cluster, identityProviderConfig=name)
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_identity_provider_config(clusterName=cluster, identityProviderConfig=name)


def test_access_entries_and_policies(eks: Any, cluster: str) -> None:
    scope = {"type": "cluster"}
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.associate_access_policy(clusterName=cluster, principalArn=ROLE, policyArn=ADMIN, accessScope=scope)
    eks.create_access_entry(clusterName=cluster, principalArn=ROLE)
    with pytest.raises(eks.exceptions.ResourceInUseException):
        eks.create_access_entry(clusterName=cluster, principalArn=ROLE)
    eks.update_access_entry(clusterName=cluster, principalArn=ROLE, kubernetesGroups=["viewers"])
    entry = eks.describe_access_entry(clusterName=cluster, principalArn=ROLE)["accessEntry"]
    assert (entry["type"], entry["kubernetesGroups"]) == ("STANDARD", ["viewers"])
    assert eks.list_access_entries(clusterName=cluster)["accessEntries"] == [ROLE]
    eks.associate_access_policy(clusterName=cluster, principalArn=ROLE, policyArn=ADMIN, accessScope=scope)
    (found,) = eks.list_associated_access_policies(clusterName=cluster, principalArn=ROLE)["associatedAccessPolicies"]
    assert found["policyArn"] == ADMIN
    eks.disassociate_access_policy(clusterName=cluster, principalArn=ROLE, policyArn=ADMIN)
    assert eks.list_associated_access_policies(clusterName=cluster, principalArn=ROLE)["associatedAccessPolicies"] == []
    eks.delete_access_entry(clusterName=cluster, principalArn=ROLE)
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_access_entry(clusterName=cluster, principalArn=ROLE)


def test_a_cluster_rises_by_one_minor_version(eks: Any, cluster: str) -> None:
    with pytest.raises(eks.exceptions.InvalidRequestException, match=r"from 1\.34 to 1\.36"):
        eks.update_cluster_version(name=cluster, version="1.36")
    update = eks.update_cluster_version(name=cluster, version="1.35")["update"]
    assert eks.describe_update(name=cluster, updateId=update["id"])["update"]["status"] == "Successful"
    assert eks.describe_cluster(name=cluster)["cluster"]["version"] == "1.35"
    with pytest.raises(eks.exceptions.InvalidRequestException):
        eks.update_cluster_version(name=cluster, version="1.34")


def test_what_a_cluster_had_goes_with_it(eks: Any, cluster: str, elsewhere: Clients) -> None:
    eks.create_addon(clusterName=cluster, addonName="coredns")
    described = eks.describe_cluster(name=cluster)["cluster"]
    eks.delete_cluster(name=cluster)
    subnets = described["resourcesVpcConfig"]["subnetIds"]
    eks.create_cluster(name=cluster, version="1.34", roleArn=ROLE, resourcesVpcConfig={"subnetIds": subnets})
    assert eks.list_addons(clusterName=cluster)["addons"] == []

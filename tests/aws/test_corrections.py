"""Each correction of the embedded AWS: what moto alone answers, and what AWS would."""

from __future__ import annotations

import base64
import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cryptography import x509

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::111122223333:role/any"
TEMPLATE = {"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]}
NUMBERS = itertools.count()


@contextmanager
def as_moto_has_it(module: str, method: str) -> Iterator[None]:
    """Take a correction away, of a class in a module that is loaded by then and takes a second to load."""
    owner_name, name = method.split(".")
    owner = getattr(sys.modules[module], owner_name)
    corrected = getattr(owner, name)
    setattr(owner, name, corrected.__wrapped__)
    try:
        yield
    finally:
        setattr(owner, name, corrected)


@pytest.fixture(scope="module")
def subnets(elsewhere: Clients) -> list[str]:
    ec2 = elsewhere("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24")["Subnet"]["SubnetId"] for i in range(2)]


@pytest.fixture
def make_cluster(elsewhere: Clients, subnets: list[str]) -> Callable[..., dict[str, Any]]:
    """A function that creates a cluster and describes it."""

    def make(**settings: Any) -> dict[str, Any]:
        name = f"cluster-{next(NUMBERS)}"
        eks = elsewhere("eks")
        eks.create_cluster(
            name=name, version="1.35", roleArn=ROLE, resourcesVpcConfig={"subnetIds": subnets}, **settings
        )
        found: dict[str, Any] = eks.describe_cluster(name=name)["cluster"]
        return found

    return make


@pytest.fixture
def make_group(elsewhere: Clients, subnets: list[str]) -> Callable[..., dict[str, Any]]:
    """A function that creates a node group with a launch template and describes it."""

    def make(cluster: str, **settings: Any) -> dict[str, Any]:
        name = f"group-{next(NUMBERS)}"
        template = elsewhere("ec2").create_launch_template(LaunchTemplateName=name, LaunchTemplateData=TEMPLATE)
        eks = elsewhere("eks")
        eks.create_nodegroup(
            clusterName=cluster, nodegroupName=name, subnets=subnets, nodeRole=ROLE,
            launchTemplate={"id": template["LaunchTemplate"]["LaunchTemplateId"], "version": "1"}, **settings,
        )  # fmt: skip
        found: dict[str, Any] = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        return found

    return make


Maker = Callable[..., dict[str, Any]]


def test_applying_them_twice_changes_nothing(elsewhere: Clients) -> None:
    from moto.eks.responses import EKSResponse

    from tests.sandbox.corrections import correct

    before = EKSResponse.create_cluster
    correct()
    assert EKSResponse.create_cluster is before


def test_cluster_keeps_access_and_upgrade_policy(make_cluster: Maker) -> None:
    wanted = {
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "upgradePolicy": {"supportType": "STANDARD"},
    }
    with as_moto_has_it("moto.eks.responses", "EKSResponse.create_cluster"):
        plain = make_cluster(**wanted)
    assert plain.get("accessConfig") is None
    assert plain.get("upgradePolicy") is None
    corrected = make_cluster(**wanted)
    assert corrected["accessConfig"] == wanted["accessConfig"]
    assert corrected["upgradePolicy"] == wanted["upgradePolicy"]
    assert make_cluster()["accessConfig"]["authenticationMode"] == "CONFIG_MAP"


def test_cluster_has_a_security_group_and_its_vpc(make_cluster: Maker, elsewhere: Clients) -> None:
    with as_moto_has_it("moto.eks.models", "EKSBackend.create_cluster"):
        assert not make_cluster()["resourcesVpcConfig"].get("vpcId")
    cluster = make_cluster()
    group = cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    (found,) = elsewhere("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert found["VpcId"] == cluster["resourcesVpcConfig"]["vpcId"]
    elsewhere("eks").delete_cluster(name=cluster["name"])
    left = elsewhere("ec2").describe_security_groups()["SecurityGroups"]
    assert group not in [each["GroupId"] for each in left]


def test_cluster_config_update_keeps_what_it_does_not_name(make_cluster: Maker, elsewhere: Clients) -> None:
    eks, cluster = elsewhere("eks"), make_cluster()
    update = eks.update_cluster_config(
        name=cluster["name"], resourcesVpcConfig={"endpointPublicAccess": True, "publicAccessCidrs": ["192.0.2.0/24"]}
    )["update"]
    assert update["status"] == "Successful"
    assert eks.describe_update(name=cluster["name"], updateId=update["id"])["update"]["type"] == "ConfigUpdate"
    after = eks.describe_cluster(name=cluster["name"])["cluster"]["resourcesVpcConfig"]
    assert after["subnetIds"] == cluster["resourcesVpcConfig"]["subnetIds"]
    assert after["publicAccessCidrs"] == ["192.0.2.0/24"]
    with as_moto_has_it("moto.eks.responses", "EKSResponse.update_cluster_config"):
        plain = eks.update_cluster_config(name=cluster["name"], resourcesVpcConfig={"endpointPublicAccess": True})
    assert "id" not in plain.get("update", {})


def test_cluster_has_an_identity_of_its_own(make_cluster: Maker) -> None:
    with as_moto_has_it("moto.eks.models", "Cluster.__init__"):
        one, other = make_cluster(), make_cluster()
    assert one["identity"] == other["identity"]
    with pytest.raises(ValueError, match=r"."):
        x509.load_pem_x509_certificate(base64.b64decode(one["certificateAuthority"]["data"]))
    one, other = make_cluster(), make_cluster()
    assert one["identity"]["oidc"]["issuer"] != other["identity"]["oidc"]["issuer"]
    assert x509.load_pem_x509_certificate(base64.b64decode(one["certificateAuthority"]["data"]))


def test_node_group_keeps_its_settings(make_cluster: Maker, make_group: Maker) -> None:
    cluster = make_cluster()["name"]
    wanted = {"updateConfig": {"maxUnavailablePercentage": 20}, "nodeRepairConfig": {"enabled": True}}
    with (
        as_moto_has_it("moto.eks.responses", "EKSResponse.create_nodegroup"),
        as_moto_has_it("moto.eks.models", "Nodegroup.__init__"),
    ):
        plain = make_group(cluster, **wanted)
    assert "remoteAccess" in plain
    assert plain.get("updateConfig") != wanted["updateConfig"]
    corrected = make_group(cluster, **wanted)
    assert "remoteAccess" not in corrected
    assert "diskSize" not in corrected
    assert {key: corrected[key] for key in wanted} == wanted
    assert corrected["version"] == "1.35"
    assert corrected["releaseVersion"].startswith("1.35.")


def test_every_eks_resource_can_be_tagged(make_cluster: Maker, make_group: Maker, elsewhere: Clients) -> None:
    eks, cluster = elsewhere("eks"), make_cluster()["name"]
    arns = [
        make_group(cluster)["nodegroupArn"],
        eks.create_addon(clusterName=cluster, addonName="coredns")["addon"]["addonArn"],
        eks.create_access_entry(clusterName=cluster, principalArn=ROLE)["accessEntry"]["accessEntryArn"],
    ]
    for arn in arns:
        eks.tag_resource(resourceArn=arn, tags={"a": "b", "c": "d"})
        eks.untag_resource(resourceArn=arn, tagKeys=["c"])
        assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}
    with as_moto_has_it("moto.eks.models", "EKSBackend.tag_resource"), pytest.raises(eks.exceptions.ClientError):
        eks.tag_resource(resourceArn=arns[1], tags={"e": "f"})


def test_key_keeps_its_rotation_period(elsewhere: Clients) -> None:
    kms = elsewhere("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 180
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    with as_moto_has_it("moto.kms.responses", "KmsResponse.get_key_rotation_status"):
        assert kms.get_key_rotation_status(KeyId=key).get("RotationPeriodInDays") is None


def test_launch_template_data_stays_as_sent(elsewhere: Clients) -> None:
    ec2 = elsewhere("ec2")

    def data_of(name: str) -> Any:
        ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData=TEMPLATE,
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "own", "Value": "tag"}]}],
        )
        (version,) = ec2.describe_launch_template_versions(LaunchTemplateName=name)["LaunchTemplateVersions"]
        return version["LaunchTemplateData"]

    with as_moto_has_it("moto.ec2.responses.launch_templates", "LaunchTemplates.create_launch_template"):
        assert data_of("plain") != TEMPLATE
    assert data_of("corrected") == TEMPLATE


def test_log_group_has_a_class(elsewhere: Clients) -> None:
    logs = elsewhere("logs")
    logs.create_log_group(logGroupName="any")

    def found() -> dict[str, Any]:
        (group,) = logs.describe_log_groups(logGroupNamePrefix="any")["logGroups"]
        return dict(group)

    assert found()["logGroupClass"] == "STANDARD"
    with as_moto_has_it("moto.logs.models", "LogGroup.to_describe_dict"):
        assert "logGroupClass" not in found()


def test_region_comes_from_the_host(make_cluster: Maker, elsewhere: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that IAM Identity Center made has a host's name in its path."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # else it waits ten seconds for a better answer
    eks, cluster = elsewhere("eks"), make_cluster()["name"]
    role = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_Any_0123456789abcdef"
    eks.create_access_entry(clusterName=cluster, principalArn=role)
    assert eks.describe_access_entry(clusterName=cluster, principalArn=role)["accessEntry"]["principalArn"] == role
    with (
        as_moto_has_it("moto.core.responses", "BaseResponse.get_region_from_url"),
        pytest.raises(eks.exceptions.ClientError),
    ):
        eks.describe_access_entry(clusterName=cluster, principalArn=role)


def test_each_correction_has_its_test() -> None:
    from tests.sandbox.corrections import CORRECTIONS

    assert {f"test_{correction.__name__}" for correction in CORRECTIONS} <= globals().keys()

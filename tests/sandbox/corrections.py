"""Where moto answers otherwise than EKS: each correction is a function that `correct` applies."""

from __future__ import annotations

from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.eks.models import Cluster, EKSBackend, Nodegroup
from moto.eks.responses import EKSResponse

from tests.sandbox.certificate import Certificate
from tests.sandbox.eks_store import STORES, latest_release
from tests.sandbox.service_corrections import SERVICE_CORRECTIONS
from tests.sandbox.wrapping import Original, wrap


def cluster_keeps_access_and_upgrade_policy() -> None:
    """moto drops accessConfig and upgradePolicy, so that a plan would replace the cluster."""

    def wrapper(original: Original) -> Original:
        def create_cluster(self: EKSResponse) -> ActionResult:
            result: ActionResult = original(self)
            cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
            access = self._get_param("accessConfig") or {}
            vars(cluster)["access_config"] = {
                "authenticationMode": access.get("authenticationMode", "CONFIG_MAP"),
                "bootstrapClusterCreatorAdminPermissions": access.get("bootstrapClusterCreatorAdminPermissions", True),
            }
            vars(cluster)["upgrade_policy"] = self._get_param("upgradePolicy") or {"supportType": "EXTENDED"}
            return result

        return create_cluster

    wrap(EKSResponse, "create_cluster", wrapper)


def cluster_has_a_security_group_and_its_vpc() -> None:
    """moto makes no cluster security group and does not say in which VPC the subnets lie."""

    def wrapper(original: Original) -> Original:
        def create_cluster(self: EKSBackend, *args: Any, **kwargs: Any) -> Cluster:
            cluster: Cluster = original(self, *args, **kwargs)
            ec2 = ec2_backends[self.account_id][self.region_name]
            vpc = ec2.get_subnet(cluster.resources_vpc_config["subnetIds"][0]).vpc_id
            group = ec2.create_security_group(f"eks-cluster-sg-{cluster.name}", "cluster", vpc)
            cluster.resources_vpc_config["clusterSecurityGroupId"] = group.id
            cluster.resources_vpc_config["vpcId"] = vpc
            return cluster

        return create_cluster

    wrap(EKSBackend, "create_cluster", wrapper)

    def delete(original: Original) -> Original:
        def delete_cluster(self: EKSBackend, name: str) -> Cluster:
            cluster: Cluster = original(self, name)
            ec2_backends[self.account_id][self.region_name].delete_security_group(
                group_id=cluster.resources_vpc_config["clusterSecurityGroupId"]
            )
            STORES.pop((self.account_id, self.region_name, name), None)
            return cluster

        return delete_cluster

    wrap(EKSBackend, "delete_cluster", delete)


def cluster_config_update_keeps_what_it_does_not_name() -> None:
    """moto replaces the whole VPC configuration and answers with the cluster where EKS answers with an update."""

    def wrapper(original: Original) -> Original:
        def update_cluster_config(self: EKSResponse) -> ActionResult:
            name = self._get_param("name")
            cluster = self.eks_backend.describe_cluster(name=name)
            before = dict(cluster.resources_vpc_config)
            original(self)
            cluster.resources_vpc_config = before | (self._get_param("resourcesVpcConfig") or {})
            for key, attribute in (("accessConfig", "access_config"), ("upgradePolicy", "upgrade_policy")):
                if self._get_param(key):
                    setattr(cluster, attribute, getattr(cluster, attribute) | self._get_param(key))
            store = STORES[(self.current_account, self.region, name)]
            return ActionResult({"update": store.update("ConfigUpdate")})

        return update_cluster_config

    wrap(EKSResponse, "update_cluster_config", wrapper)


def cluster_has_an_identity_of_its_own() -> None:
    """moto gives every cluster of a region the same issuer, and noise in the place of its certificate."""

    def wrapper(original: Original) -> Original:
        def init(self: Cluster, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            issuer = f"{self.identity['oidc']['issuer']}{self.name.upper()}"
            self.identity = {"oidc": {"issuer": issuer}}
            self.certificate_authority = {"data": Certificate.of("127.0.0.1").encoded}

        return init

    wrap(Cluster, "__init__", wrapper)


def node_group_keeps_its_settings() -> None:
    """moto invents remoteAccess and loses updateConfig and nodeRepairConfig, so that a plan would replace the group."""

    def init(original: Original) -> Original:
        def construct(self: Nodegroup, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            vars(self)["remote_access"] = kwargs.get("remote_access")
            if self.launch_template:
                vars(self)["disk_size"] = None

        return construct

    wrap(Nodegroup, "__init__", init)

    def wrapper(original: Original) -> Original:
        def create_nodegroup(self: EKSResponse) -> ActionResult:
            result: ActionResult = original(self)
            group = self.eks_backend.describe_nodegroup(self._get_param("name"), self._get_param("nodegroupName"))
            group.update_config = self._get_param("updateConfig") or {"maxUnavailable": 1}
            group.node_repair_config = self._get_param("nodeRepairConfig") or {"enabled": False}
            if not self._get_param("version"):
                group.version = self.eks_backend.describe_cluster(name=self._get_param("name")).version
            group.release_version = self._get_param("releaseVersion") or latest_release(group.version)
            return result

        return create_nodegroup

    wrap(EKSResponse, "create_nodegroup", wrapper)


def every_eks_resource_can_be_tagged() -> None:
    """moto tags clusters only."""

    def tags_of(self: EKSBackend, arn: str) -> dict[str, str] | None:
        for cluster in self.clusters.values():
            for group in cluster.nodegroups.values():
                if group.arn == arn:
                    return group.tags
            store = STORES[(self.account_id, self.region_name, cluster.name)]
            for records, key in (
                (store.addons, "addonArn"),
                (store.identity_provider_configs, "identityProviderConfigArn"),
                (store.access_entries, "accessEntryArn"),
            ):
                for record in records.values():
                    if record[key] == arn:
                        tags: dict[str, str] = record["tags"]
                        return tags
        return None

    def tag(original: Original) -> Original:
        def tag_resource(self: EKSBackend, resource_arn: str, tags: dict[str, str]) -> None:
            found = tags_of(self, resource_arn)
            original(self, resource_arn, tags) if found is None else found.update(tags)

        return tag_resource

    def untag(original: Original) -> Original:
        def untag_resource(self: EKSBackend, resource_arn: str, tag_keys: list[str]) -> None:
            found = tags_of(self, resource_arn)
            if found is None:
                original(self, resource_arn, tag_keys)
                return
            for key in [tag_keys] if isinstance(tag_keys, str) else tag_keys:
                found.pop(key, None)

        return untag_resource

    def listed(original: Original) -> Original:
        def list_tags_for_resource(self: EKSBackend, resource_arn: str) -> dict[str, str]:
            found = tags_of(self, resource_arn)
            answer: dict[str, str] = original(self, resource_arn) if found is None else found
            return answer

        return list_tags_for_resource

    wrap(EKSBackend, "tag_resource", tag)
    wrap(EKSBackend, "untag_resource", untag)
    wrap(EKSBackend, "list_tags_for_resource", listed)


CORRECTIONS: Final = (
    cluster_keeps_access_and_upgrade_policy,
    cluster_has_a_security_group_and_its_vpc,
    cluster_config_update_keeps_what_it_does_not_name,
    cluster_has_an_identity_of_its_own,
    node_group_keeps_its_settings,
    every_eks_resource_can_be_tagged,
    *SERVICE_CORRECTIONS,
)


def correct() -> None:
    """Apply every correction; call before a server starts. Calling it again changes nothing."""
    for correction in CORRECTIONS:
        correction()

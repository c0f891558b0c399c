"""D05: nodes are managed by EKS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from modules.bindings import (
    Construct,
    DataAwsIamPolicyDocumentStatement,
    EksNodeGroup,
    EksNodeGroupLaunchTemplate,
    EksNodeGroupTaint,
    EksNodeGroupUpdateConfig,
    ITerraformDependable,
    TerraformResourceLifecycle,
)
from modules.control_plane import ControlPlane
from modules.iam import Role, allow, aws_managed
from modules.node_groups.launch_template import NodeTemplate
from modules.node_groups.node_image import ami_type
from modules.node_groups.scaling import scaling
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.node_groups import NodeGroupSize

NODE_POLICIES: Final = (
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKSWorkerNodePolicy",
    "AmazonSSMManagedInstanceCore",
)
"""All that AWS manages and a node needs; vpc-cni has a role of its own."""


def node_role(
    scope: Construct, id_: str, *, cluster: Cluster, session_log: Sequence[DataAwsIamPolicyDocumentStatement]
) -> Role:
    """Return the role of a cluster's nodes: join the cluster, pull images, Session Manager and its log, no more."""
    return Role(
        scope,
        id_,
        name=names.node_role(cluster.name),
        description=f"Nodes of cluster {cluster.name}",
        trust=allow("Nodes", actions=["sts:AssumeRole"], principals=("Service", "ec2.amazonaws.com")),
        policies=[aws_managed(policy) for policy in NODE_POLICIES],
        statements=session_log,
    )


class ManagedNodeGroup(Construct):
    """ADR "Node management": managed node groups, on demand; spot and Fargate are for the future.

    A replacement stands before the former goes: the group's name is a prefix, and a change that needs a new group (its
    instance types, its image) never leaves the cluster without nodes.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster: Cluster,
        control_plane: ControlPlane,
        role: Role,
        subnet_ids: Sequence[str],
        instance_types: Sequence[str],
        size: NodeGroupSize,
        disk_size: int,
        update: EksNodeGroupUpdateConfig,
        tags: Mapping[str, str],
        after: Sequence[ITerraformDependable],
        labels: Mapping[str, str] | None = None,
        taint: EksNodeGroupTaint | None = None,
    ) -> None:
        super().__init__(scope, id_)
        name = f"{cluster.name}-{id_}"
        template = NodeTemplate(
            self,
            "template",
            name=name,
            security_group_id=control_plane.security_group_id,
            disk_size=disk_size,
            metadata_hop_limit=cluster.instance_metadata.hop_limit,
            tags={**tags, names.CLUSTER_TAG: cluster.name},
        )
        self.group = EksNodeGroup(
            self,
            "Default",
            cluster_name=control_plane.name,
            node_group_name_prefix=f"{name}-",
            node_role_arn=role.arn,
            subnet_ids=list(subnet_ids),
            ami_type=ami_type(cluster),
            capacity_type="ON_DEMAND",
            instance_types=list(instance_types),
            version=cluster.kubernetes_version,
            release_version=cluster.ami_releases.get(cluster.kubernetes_version),
            scaling_config=scaling(size),
            update_config=update,
            labels=dict(sorted(labels.items())) if labels else None,
            taint=None if taint is None else [taint],
            launch_template=EksNodeGroupLaunchTemplate(id=template.template_id, version=template.latest_version),
            depends_on=[*after, *role.grants],
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )

"""The launch template of a node group."""

from __future__ import annotations

from collections.abc import Mapping

from modules.bindings import (
    Construct,
    LaunchTemplate,
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateMetadataOptions,
    LaunchTemplateNetworkInterfaces,
    LaunchTemplateTagSpecifications,
)
from modules.expression import literals


class NodeTemplate(Construct):
    """What EC2 is told about a node: locked metadata, encrypted disk, no key, no public address, its tags.

    It names no image and no user data: both are EKS's (see `node_image`). The interface names the cluster's security
    group, for one that names none would leave the node without it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        security_group_id: str,
        disk_size: int,
        metadata_hop_limit: int,
        tags: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)
        tagged = literals({**tags, "Name": name})
        template = LaunchTemplate(
            self,
            "Default",
            name=name,
            description=f"Nodes of {name}",
            update_default_version=True,
            block_device_mappings=[
                LaunchTemplateBlockDeviceMappings(
                    device_name="/dev/xvda",
                    ebs=LaunchTemplateBlockDeviceMappingsEbs(
                        volume_type="gp3", volume_size=disk_size, encrypted="true", delete_on_termination="true"
                    ),
                )
            ],
            metadata_options=LaunchTemplateMetadataOptions(
                http_endpoint="enabled",
                http_tokens="required",
                http_put_response_hop_limit=metadata_hop_limit,
                http_protocol_ipv6="disabled",
                instance_metadata_tags="disabled",
            ),
            network_interfaces=[
                LaunchTemplateNetworkInterfaces(
                    device_index=0,
                    associate_public_ip_address="false",
                    delete_on_termination="true",
                    security_groups=[security_group_id],
                )
            ],
            tag_specifications=[
                LaunchTemplateTagSpecifications(resource_type=resource, tags=tagged)
                for resource in ("instance", "network-interface", "volume")
            ],
        )
        self.template_id = template.id
        self.latest_version = template.get_string_attribute("latest_version")

"""D11: nodes run the EKS-optimised image, unchanged."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control

_IMAGES = ("aws_ami", "aws_ami_copy", "aws_ami_from_instance", "data.aws_ami", "data.aws_ami_ids")


@control(
    id="D11-optimised-image",
    title="Each node group runs an EKS-optimised image",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    remediation="Set ami_type to AL2023_x86_64_STANDARD and leave image_id out of the launch template.",
    references=("Node image", "https://docs.aws.amazon.com/eks/latest/userguide/eks-optimized-ami.html"),
)
def optimised_image(cluster: Cluster) -> Iterator[Finding]:
    """Each group names its AMI family, and its launch template brings no image of its own."""
    for group in cluster.node_groups():
        yield from group["ami_type"].must_be_one_of(parameters.AMI_TYPES)
        template = group.launch_template
        if template is None:
            yield group.resource.finding("has no launch template of this stack", expected="an aws_launch_template")
            continue
        yield from template["image_id"].must_be_absent("the image would be one of our own")
        for disk in template["block_device_mappings"].blocks():
            for key in ("ebs.snapshot_id", "no_device", "virtual_name"):
                yield from disk[key].must_be_absent("the disk's content would be one of our own")
        version = group["launch_template.version"]
        if template not in version.follow("aws_launch_template") and version.kind != "value":
            yield version.finding("must be the latest version of its own template", expected="latest_version")


@control(
    id="D11-no-image-building",
    title="No image of our own is looked up or built",
    severity="medium",
    scope="estate",
    reads=("cluster", "account"),
    remediation="Remove the image; the EKS-optimised one is named by ami_type.",
    references=("Node image",),
)
def no_image_building(estate: Cluster) -> Iterator[Finding]:
    """Nothing builds, copies or looks up a machine image."""
    yield from estate.none_of(*_IMAGES, why="the EKS-optimised image is used as it is")
    for resource in estate.resources():
        if resource.type.startswith("aws_imagebuilder_"):
            yield resource.finding("must not exist: images are not built", found=resource.type, expected="absent")


@control(
    id="D11-nothing-at-boot",
    title="Nothing of our own runs when a node boots",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_launch_template"),),
    remediation="Leave user data out: EKS brings the node's own, and computes its number of pods from the CNI's configuration.",
    references=("Node image", "https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html"),
)
def nothing_at_boot(cluster: Cluster) -> Iterator[Finding]:
    """User data changes the image after all: packages, users with keys, the kubelet's limits."""
    for template in cluster.resources("aws_launch_template"):
        yield from template["user_data"].must_be_absent("it changes the image when the node boots")
        yield from template["kernel_id"].must_be_absent("the image brings its own")
        yield from template["ram_disk_id"].must_be_absent("the image brings its own")

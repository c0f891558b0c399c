"""Ways to bring an image of our own onto the nodes (D11)."""

from __future__ import annotations

import base64

from tests.violations.catalogue import Stacks, violation


@violation(kills="D11-optimised-image")
def own_image_behind_the_template(stacks: Stacks) -> None:
    """The ami_type still says AL2023, but the launch template brings an image of our own."""
    stacks.one("live", "aws_launch_template", "main_template")["image_id"] = "ami-0123456789abcdef0"


@violation(kills="D11-optimised-image", also=("B10-no-secret-in-state",))
def image_by_reference(stacks: Stacks) -> None:
    """The image's id comes from a parameter: a check for a literal `ami-` sees nothing."""
    stacks.add("live", "data.aws_ssm_parameter", "image", {"name": "/images/golden"})
    stacks.one("live", "aws_launch_template", "prometheus_template")["image_id"] = (
        "${data.aws_ssm_parameter.image.value}"
    )


@violation(kills="D11-optimised-image")
def custom_ami_type(stacks: Stacks) -> None:
    """CUSTOM hands the choice to the launch template."""
    stacks.one("live", "aws_eks_node_group", "main")["ami_type"] = "CUSTOM"


@violation(kills="D11-optimised-image")
def image_left_to_the_provider(stacks: Stacks) -> None:
    """Without ami_type a plan shows it as unknown, and a check for wrong values passes."""
    del stacks.one("manager", "aws_eks_node_group", "prometheus")["ami_type"]


@violation(kills="D11-no-image-building")
def image_looked_up(stacks: Stacks) -> None:
    """An image of our own is looked up, to be used in the next step."""
    stacks.add("live", "data.aws_ami", "golden", {"owners": ["self"], "most_recent": True})


@violation(kills="D11-no-image-building")
def image_pipeline(stacks: Stacks) -> None:
    """A pipeline that builds images stands in the account's stack, away from every cluster."""
    stacks.add("account", "aws_imagebuilder_image_pipeline", "golden", {"name": "golden"})


@violation(kills="D11-nothing-at-boot")
def key_by_user_data(stacks: Stacks) -> None:
    """A script at boot adds a user with a key: no key pair, no rule, and a way in."""
    script = "#cloud-config\nusers:\n- name: ops\n  ssh_authorized_keys: [ssh-ed25519 AAAA]\n"
    data = base64.b64encode(script.encode()).decode()
    stacks.one("live", "aws_launch_template", "main_template")["user_data"] = data


@violation(kills="D11-nothing-at-boot")
def fewer_pods_by_user_data(stacks: Stacks) -> None:
    """A template function writes the kubelet's limit of old."""
    stacks.one("live", "aws_launch_template", "main_template")["user_data"] = (
        '${base64encode("[settings.kubernetes]\\nmax-pods = 29")}'
    )


@violation(kills="D11-optimised-image")
def disk_from_a_snapshot(stacks: Stacks) -> None:
    """The image is EKS's, and the root disk is made from a snapshot of one's own."""
    template = stacks.one("live", "aws_launch_template", "main_template")
    template["block_device_mappings"][0]["ebs"]["snapshot_id"] = "snap-0123456789abcdef0"

"""Decisions on nodes: how they are managed, grouped, sized, scaled, and what runs on them."""

from __future__ import annotations

from policies.catalogue.record import Decision, FutureOption

DECISIONS = (
    Decision(
        id="D05",
        name="node_management",
        heading="Node management",
        decided="All nodes belong to EKS managed node groups, on demand.",
        status="in force",
        served_by="aws_eks_node_group with an explicit capacity type and update settings.",
        modules=("node_groups/node_management.py", "node_groups/node_groups.py", "node_groups/launch_template.py"),
        settled=(
            "The heading promises future experiments with Fargate, and Spot if not; neither is decided, so neither may run.",
        ),
        future=(
            FutureOption(
                "Fargate",
                "D05-managed-only",
                "Record aws_eks_fargate_profile in OTHER_COMPUTE in policies/parameters; log shipping and node metrics need an answer first.",
            ),
            FutureOption("Spot instances", "D05-on-demand", "Amend CAPACITY_TYPE in policies/parameters."),
        ),
    ),
    Decision(
        id="D06",
        name="node_groups",
        heading="Node groups",
        decided=(
            "Two node groups: a main one for most workloads, and one of two large nodes in a single zone for Prometheus alone, so that "
            "both reach the volume of its metrics."
        ),
        status="in force",
        served_by="Two aws_eks_node_group, the second labelled, tainted and bound to one zone.",
        modules=("node_groups",),
        settled=(
            "A group that must be replaced may run beside its successor for a while; that needs an exception.",
            "“Two” is what is held of the Prometheus group's desired size; while nodes are replaced it may have three, and its minimum is free.",
        ),
        future=(
            FutureOption(
                "Further groups for Spot or Fargate",
                "D06-two-groups",
                "Amend MAIN_GROUPS in policies/parameters.",
            ),
        ),
    ),
    Decision(
        id="D07",
        name="main_instance_types",
        heading="Node instance types",
        decided="The main group runs r5.xlarge, and falls back to other memory-optimised types of x86.",
        status="in force",
        served_by="instance_types of the main group, in order of preference.",
        modules=("node_groups/main_instance_types.py",),
        settled=(
            "The headline names r5.4xlarge, the body r5.2xlarge as a fallback: both are allowed, r5.xlarge must come first.",
        ),
        future=(
            FutureOption(
                "r5a.xlarge as the first choice", "D07-main-types", "Amend MAIN_FIRST_TYPE in policies/parameters."
            ),
            FutureOption(
                "ARM processors",
                "D07-main-types",
                "Amend MAIN_TYPES and AMI_TYPES in policies/parameters; images must be built for both.",
            ),
        ),
    ),
    Decision(
        id="D09",
        name="prometheus_instance_types",
        heading="Node instance types",
        decided="The Prometheus group runs r5.2xlarge, and falls back to r4.2xlarge.",
        status="in force",
        served_by="instance_types of the Prometheus group, in order of preference.",
        modules=("node_groups/prometheus_instance_types.py",),
        settled=("r4 is not Nitro, so prefixes and their number of pods are asked of the main group only.",),
    ),
    Decision(
        id="D11",
        name="node_image",
        heading="Node image",
        decided="Nodes run the EKS-optimised AMI, unchanged.",
        status="in force",
        served_by="ami_type AL2023_x86_64_STANDARD; launch templates name no image.",
        modules=("node_groups/node_image.py",),
        settled=(
            "Amazon Linux 2 images ended; AL2023 is their successor. Nothing needs setting on the node, so user data stays empty.",
        ),
    ),
    Decision(
        id="D12",
        name="scaling",
        heading="Cluster scaling",
        decided="People scale clusters by hand, warned by an alert when capacity is low.",
        status="in force",
        served_by="scaling_config as literals from a reviewed file; no autoscaler; an alert on allocatable against requests.",
        modules=("node_groups/scaling.py",),
        settled=("Auto-scaling is called desired on 23/9/21 and stays undecided.",),
        future=(
            FutureOption(
                "Cluster autoscaling",
                "D12-no-autoscaler",
                "Record the autoscaler's chart in AUTOSCALERS in policies/parameters; IGNORED_CHANGES lets desired_size drift.",
            ),
        ),
    ),
)

"""Decisions on the pods' network."""

from __future__ import annotations

from policies.catalogue.record import Decision, FutureOption

DECISIONS = (
    Decision(
        id="D08",
        name="ip_prefixes",
        heading="Node instance types",
        decided="Nodes are given /28 prefixes, so that the number of network interfaces no longer limits their pods.",
        status="in force, once in the backlog",
        served_by="Configuration of the vpc-cni add-on, which stands before the node groups: EKS computes their number of pods from it.",
        modules=("ip_prefixes.py", "network.py"),
        settled=(
            "“Configured in the image” contradicts the unchanged EKS AMI: the add-on configures it, the image stays.",
            "Prefixes need Nitro instances, which r4 is not: the Prometheus group keeps the limit of its type.",
        ),
    ),
    Decision(
        id="D10",
        name="pod_networking",
        heading="Pod networking (CNI)",
        decided="Pods get addresses of the VPC from AWS's own CNI; Calico networking is not used.",
        status="in force",
        served_by="The vpc-cni add-on with a role of its own; Calico's CNI is AmazonVPC.",
        modules=("pod_networking.py",),
    ),
    Decision(
        id="D13",
        name="network_policy",
        heading="Network policy enforcement",
        decided="Calico enforces network policies and nothing else; each tenant's namespace admits its own pods and the ingress controllers only.",
        status="in force, by other means",
        served_by="The tigera-operator chart with an Installation beside it, and a default NetworkPolicy in each namespace.",
        modules=("network_policy.py", "objects.py"),
        settled=("The aws-calico chart is gone; the operator takes its place.",),
        future=(
            FutureOption(
                "Security groups for pods",
                "D13-one-enforcer",
                "Record SecurityGroupPolicy in OTHER_POLICY_KINDS in policies/parameters.",
            ),
        ),
    ),
    Decision(
        id="D14",
        name="typha",
        heading="Network policy enforcement",
        decided="Typha stands between Calico's Felix and the Kubernetes API.",
        status="in force",
        served_by="The operator runs Typha always; nothing here takes it away.",
        modules=("typha.py",),
    ),
)

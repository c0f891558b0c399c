"""Decisions on logs, terminals and monitoring."""

from __future__ import annotations

from policies.catalogue.record import Decision, FutureOption

DECISIONS = (
    Decision(
        id="D15",
        name="control_plane_logging",
        heading="Control plane logging",
        decided="All five control plane logs go to CloudWatch.",
        status="in force",
        served_by="enabled_cluster_log_types, and a log group that exists first, is encrypted and keeps a year or more.",
        modules=("control_plane_logging.py",),
        out_of_scope=("Export of the logs elsewhere: ADR 23 decides that.",),
    ),
    Decision(
        id="D16",
        name="node_access",
        heading="Node terminal access",
        decided="Terminals on nodes are opened by Session Manager, with each person's own credentials, and logged; no bastion, no shared key.",
        status="in force, by other means",
        served_by="The agent in the AMI, AmazonSSMManagedInstanceCore on the node role, logged and encrypted session preferences.",
        modules=("node_access.py",),
        settled=(
            "The ADR installs the agent by a daemonset; AL2023 images bring it, so no privileged daemonset is needed.",
        ),
    ),
    Decision(
        id="D21",
        name="log_shipping",
        heading="Future Fargate considerations",
        decided="fluent-bit ships the logs of every container on every node to Elasticsearch.",
        status="in force",
        served_by="A Helm release of fluent-bit that tolerates every taint, signs its requests by IRSA and sends to the cluster's own domain.",
        modules=("log_shipping.py",),
        settled=(
            "Named by the ADR as what runs today, not as a choice; held as a decision because the others rest on it.",
        ),
    ),
    Decision(
        id="D22",
        name="monitoring",
        heading="Node groups",
        decided="Prometheus runs on its own node group with its volume, node exporter on every node, and an alert warns when capacity is low.",
        status="in force",
        served_by="A Helm release of kube-prometheus-stack bound to the group's label, taint and zone.",
        modules=("monitoring",),
        settled=("The node exporter is named under Fargate, the alert under scaling; both are held here.",),
        future=(FutureOption("Metrics from cAdvisor on Fargate", "", "Follows from Fargate (D05)."),),
    ),
)

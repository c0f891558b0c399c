"""Settings of one cluster; one file `clusters/<name>.yaml` each."""

from __future__ import annotations

from typing import Literal

from modules.settings.fields import Cidr, DomainName, Listed, Secret, Settings, Zone, setting
from modules.settings.namespaces import Namespace
from modules.settings.organisation import PlatformNamespace


class SubnetLookup(Settings):
    """Subnets found by tag; their zones and CIDRs are stated here and held by a postcondition on the look-up."""

    tag: str = setting("Tag key of the subnets.", "SubnetType")
    value: str = setting("Tag value of the subnets.", example="Private")
    cidrs: dict[Zone, Cidr] = setting("The subnets' network in each zone.", min_length=2)


class Network(Settings):
    """The VPC that the cluster stands in; it exists already and is found by tag."""

    vpc: str = setting("Tag `Name` of the VPC.", example="live-1", min_length=1)
    node_subnets: SubnetLookup = setting("Subnets of nodes and pods, with a route out.")


class NodeGroupSize(Settings):
    """Number of nodes; a change is a pull request, no autoscaler runs (ADR: Cluster scaling)."""

    desired: int = setting("Nodes that run.", unit="nodes", ge=1, le=450)
    minimum: int = setting("Fewest nodes.", unit="nodes", ge=1, le=450)
    maximum: int = setting("Most nodes.", unit="nodes", ge=1, le=450)


class MainNodeGroup(Settings):
    """The group for the majority of workloads (ADR: Node groups, Node instance types)."""

    instance_types: Listed[str] = setting(
        "Instance types in order of preference.", ("r5.xlarge", "r5.2xlarge", "r5a.xlarge"), min_length=1
    )
    size: NodeGroupSize = setting("Number of nodes.")
    disk_size: int = setting("Root volume of a node.", 100, unit="GiB", ge=20, le=1000)
    max_unavailable_percentage: int = setting(
        "Share of nodes that an update may take away at once.", 10, unit="percent", ge=1, le=50
    )


class PrometheusNodeGroup(Settings):
    """The group of larger nodes for Prometheus alone, in one zone (ADR: Node groups, Node instance types)."""

    instance_types: Listed[str] = setting(
        "Instance types in order of preference.", ("r5.2xlarge", "r4.2xlarge"), min_length=1
    )
    size: NodeGroupSize = setting(
        "Number of nodes: the ADR says two.", lambda: NodeGroupSize(desired=2, minimum=2, maximum=3)
    )
    zone: Zone = setting("The one zone of group and volume.", example="eu-west-2b")
    disk_size: int = setting("Root volume of a node.", 100, unit="GiB", ge=20, le=1000)


class Addons(Settings):
    """Versions of the EKS add-ons; absent: the pin for the Kubernetes version, else the default that EKS reports (ADR: Pod networking)."""

    vpc_cni: str | None = setting("Version of vpc-cni.", None, pattern=r"^v\d+\.\d+\.\d+-eksbuild\.\d+$")
    kube_proxy: str | None = setting("Version of kube-proxy.", None, pattern=r"^v\d+\.\d+\.\d+-eksbuild\.\d+$")
    coredns: str | None = setting("Version of coredns.", None, pattern=r"^v\d+\.\d+\.\d+-eksbuild\.\d+$")
    ebs_csi: str | None = setting("Version of aws-ebs-csi-driver.", None, pattern=r"^v\d+\.\d+\.\d+-eksbuild\.\d+$")


class InstanceMetadata(Settings):
    """Who may reach a node's instance metadata (ADR: Blocking access instance metadata)."""

    hop_limit: int = setting(
        "Hops that a metadata answer may take; 1 keeps it from every pod without host network.",
        1,
        unit="hops",
        ge=1,
        le=2,
    )
    exempt_namespaces: Listed[str] = setting(
        "Namespaces that the GlobalNetworkPolicy leaves out; only useful with two hops.", ()
    )


class CredentialIssuer(Settings):
    """Kuberos, which hands out kubeconfigs (ADR: Auth credential issuer)."""

    host: DomainName = setting("Host name of Kuberos.", example="login.live.cloud-platform.service.justice.gov.uk")
    replicas: int = setting("Pods of Kuberos.", 2, unit="pods", ge=2, le=20)


class LogShipping(Settings):
    """Where fluent-bit sends logs (ADR: Future Fargate considerations, Daemonset functionality)."""

    host: DomainName = setting("Host of the OpenSearch or Elasticsearch domain.")
    domain_arn: str = setting("ARN of that domain.", pattern=r"^arn:aws:es:[a-z0-9-]+:\d{12}:domain/[a-z0-9-]+$")
    index_prefix: str | None = setting("Prefix of the indices; absent: `<cluster>_kubernetes_cluster`.", None)


class AlertReceiver(Settings):
    """Who hears the alerts that manual scaling depends on (ADR: Cluster scaling)."""

    kind: Literal["slack", "pagerduty", "webhook"] = setting("Kind of receiver.")
    channel: str | None = setting("Slack channel.", None)
    secret: Secret = setting("The receiver's URL or key.")


class Monitoring(Settings):
    """Prometheus, Alertmanager and Grafana (ADR: Node groups, Cluster scaling)."""

    grafana_host: DomainName = setting(
        "Host name of Grafana.", example="grafana.live.cloud-platform.service.justice.gov.uk"
    )
    storage: int = setting("Volume of Prometheus.", 75, unit="GiB", ge=10, le=16000)
    retention: int = setting("How long metrics are kept.", 1, unit="days", ge=1, le=90)
    low_capacity_threshold: int = setting(
        "Alert when the main group's pods, CPU or memory requests reach this share of what is allocatable.",
        80,
        unit="percent",
        ge=50,
        le=95,
    )
    receiver: AlertReceiver = setting("Who hears alerts.")
    extra_callbacks: Listed[str] = setting("Further callbacks of the `components` client, exact https URLs.", ())


class Cluster(Settings):
    """One EKS cluster (ADR: What's proposed)."""

    name: str = setting(
        "Name: of the cluster, its stacks, its zone.",
        example="live",
        pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$",
        max_length=12,
    )
    kubernetes_version: str = setting("Kubernetes version, quoted.", "1.35", pattern=r"^1\.\d{2}$")
    ami_release: str | None = setting(
        "Release of the EKS-optimised AMI on every node; absent: the newest at creation.",
        None,
        pattern=r"^1\.\d{2}\.\d+-\d{8}$",
    )
    protect: bool = setting(
        "Guard cluster, KMS key, zone and Auth0 clients against destruction, and keep log groups.", False
    )
    network: Network = setting("VPC and subnets.")
    public_access_cidrs: Listed[Cidr] = setting("Networks that reach the public API endpoint; none: private only.", ())
    main: MainNodeGroup = setting("The main node group.")
    prometheus: PrometheusNodeGroup = setting("The Prometheus node group.")
    addons: Addons = setting("Versions of add-ons.", Addons)
    instance_metadata: InstanceMetadata = setting("Instance metadata.", InstanceMetadata)
    prefix_delegation: bool = setting("Assign /28 prefixes to nodes (ADR: IP Prefixes).", True)
    log_retention: int = setting("How long control plane logs are kept.", 400, unit="days", ge=365)
    kubernetes_client_secret: Secret = setting("Secret of the cluster's Auth0 client for kubeconfigs.")
    components_client_secret: Secret = setting("Secret of the cluster's Auth0 client for web interfaces.")
    credential_issuer: CredentialIssuer = setting("Kuberos.")
    log_shipping: LogShipping = setting("Log shipping.")
    monitoring: Monitoring = setting("Monitoring.")
    platform_namespaces: Listed[PlatformNamespace] = setting("Further platform namespaces of this cluster.", ())
    namespaces: Listed[Namespace] = setting("Namespaces of service teams.", ())
    runner: str | None = setting(
        "Label of the CI runner that reaches the private endpoint; absent: plans of workloads are made in the sandbox.",
        None,
    )

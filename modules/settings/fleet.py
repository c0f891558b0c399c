"""The fleet: organisation, tenant, account and clusters together, and the rules between them."""

from __future__ import annotations

from collections.abc import Iterator

from modules.settings import names
from modules.settings.account import Account
from modules.settings.capacity import shortages
from modules.settings.cluster import Cluster
from modules.settings.fields import Listed, Secret, Settings, setting
from modules.settings.network import in_two_zones, overlapping
from modules.settings.organisation import Organisation, PlatformNamespace
from modules.settings.rules import Part, Violation, repeated, rule
from modules.settings.tenant import Tenant

Path = tuple[Part, ...]


class Fleet(Settings):
    """All that a run builds."""

    organisation: Organisation = setting("The organisation.")
    tenant: Tenant = setting("The Auth0 tenant.")
    account: Account = setting("The AWS account and region.")
    clusters: Listed[Cluster] = setting("The clusters, ordered by name.", min_length=1)

    def platform_namespaces(self, cluster: Cluster) -> tuple[PlatformNamespace, ...]:
        """Return the platform's namespaces in `cluster`: the organisation's, then the cluster's own."""
        return (*self.organisation.platform_namespaces, *cluster.platform_namespaces)

    def fqdn(self, cluster: Cluster) -> str:
        """Return the domain of the cluster's zone."""
        return names.fqdn(cluster.name, self.organisation.base_domain)

    @property
    def protected(self) -> list[str]:
        """Names of the clusters that are guarded against destruction."""
        return [cluster.name for cluster in self.clusters if cluster.protect]

    def secrets(self) -> Iterator[tuple[Path, Secret]]:
        """Every secret of the fleet with its key path."""
        yield ("tenant", "actions_client_secret"), self.tenant.actions_client_secret
        if self.tenant.connection.client_secret is not None:
            yield ("tenant", "connection", "client_secret"), self.tenant.connection.client_secret
        for index, cluster in enumerate(self.clusters):
            yield ("clusters", index, "kubernetes_client_secret"), cluster.kubernetes_client_secret
            yield ("clusters", index, "components_client_secret"), cluster.components_client_secret
            yield ("clusters", index, "monitoring", "receiver", "secret"), cluster.monitoring.receiver.secret

    @rule
    def cluster_names_are_unique(self) -> Iterator[Violation]:
        """No two clusters have one name."""
        for index, name in repeated(each.name for each in self.clusters):
            yield Violation(("clusters", index, "name"), name, "a name that no other cluster of the fleet has")

    @rule
    def stack_names_are_unique(self) -> Iterator[Violation]:
        """No cluster's name is that of another stack."""
        taken = {"identity", "account"}
        for each in self.clusters:
            taken |= {names.login_stack(each.name), names.workloads_stack(each.name)}
        for index, each in enumerate(self.clusters):
            if each.name in taken:
                yield Violation(("clusters", index, "name"), each.name, "a name that no other stack has")

    @rule
    def subnets_are_in_zones_of_the_account(self) -> Iterator[Violation]:
        """Every zone of a cluster is one of the account's region."""
        for index, each in enumerate(self.clusters):
            for zone, cidr in each.network.node_subnets.cidrs.items():
                if zone not in self.account.zones:
                    path = ("clusters", index, "network", "node_subnets", "cidrs", zone)
                    yield Violation(path, f"{zone}: {cidr}", f"a zone of the account: {', '.join(self.account.zones)}")

    @rule
    def one_vpc_is_stated_in_one_way(self) -> Iterator[Violation]:
        """Clusters that find the same subnets of the same VPC state the same networks."""
        first: dict[tuple[str, str, str], Cluster] = {}
        for index, each in enumerate(self.clusters):
            subnets = each.network.node_subnets
            other = first.setdefault((each.network.vpc, subnets.tag, subnets.value), each)
            if other.network.node_subnets.cidrs != subnets.cidrs:
                stated = ", ".join(f"{zone} {cidr}" for zone, cidr in subnets.cidrs.items())
                same = ", ".join(f"{zone} {cidr}" for zone, cidr in other.network.node_subnets.cidrs.items())
                path = ("clusters", index, "network", "node_subnets", "cidrs")
                yield Violation(path, stated, f"what cluster {other.name} states of VPC {each.network.vpc}: {same}")

    @rule
    def subnets_of_one_vpc_do_not_overlap(self) -> Iterator[Violation]:
        """Different subnets of one VPC share no address."""
        for index, zone, cidr, other in overlapping(each.network for each in self.clusters):
            path = ("clusters", index, "network", "node_subnets", "cidrs", zone)
            vpc = self.clusters[index].network.vpc
            yield Violation(path, cidr, f"a network apart from {other}, which another cluster states of VPC {vpc}")

    @rule
    def one_subnet_is_in_one_zone(self) -> Iterator[Violation]:
        """Clusters of one VPC state a subnet in the same zone, for AWS has it in one alone."""
        for index, zone, cidr, other, first in in_two_zones(each.network for each in self.clusters):
            path = ("clusters", index, "network", "node_subnets", "cidrs", zone)
            stated = f"what cluster {self.clusters[first].name} states of VPC {self.clusters[index].network.vpc}"
            yield Violation(path, f"{zone}: {cidr}", f"{stated}: {other}: {cidr}")

    @rule
    def subnets_hold_the_pods(self) -> Iterator[Violation]:
        """The subnets hold the pods that the node counts of all clusters of a VPC allow (`modules.settings.capacity`)."""
        for short in shortages(self.clusters):
            yield Violation(
                ("clusters", short.cluster, "network", "node_subnets", "cidrs", short.zone),
                f"{short.cidr} with {short.offered} addresses",
                f"a network with at least {short.asked} addresses, or fewer nodes at most, in VPC {short.vpc}: "
                f"{short.arithmetic}",
            )

    @rule
    def platform_namespaces_of_a_cluster_are_its_own(self) -> Iterator[Violation]:
        """A cluster's further platform namespaces are not among the organisation's, and each is named once."""
        shared = {each.name for each in self.organisation.platform_namespaces}
        for index, cluster in enumerate(self.clusters):
            seen = set(shared)
            for position, each in enumerate(cluster.platform_namespaces):
                if each.name in seen:
                    path = ("clusters", index, "platform_namespaces", position, "name")
                    yield Violation(path, each.name, "a platform namespace that is not listed already")
                seen.add(each.name)

    @rule
    def namespaces_are_not_the_platforms(self) -> Iterator[Violation]:
        """No service team's namespace is one of the platform's."""
        for index, cluster in enumerate(self.clusters):
            platform = {each.name for each in self.platform_namespaces(cluster)}
            for position, each in enumerate(cluster.namespaces):
                if each.name in platform:
                    path = ("clusters", index, "namespaces", position, "name")
                    yield Violation(path, each.name, "a name that no platform namespace has")

    @rule
    def exempt_namespaces_are_the_platforms(self) -> Iterator[Violation]:
        """Only a namespace of the platform may be exempt from the block of instance metadata."""
        for index, cluster in enumerate(self.clusters):
            platform = [each.name for each in self.platform_namespaces(cluster)]
            for position, name in enumerate(cluster.instance_metadata.exempt_namespaces):
                if name not in platform:
                    path = ("clusters", index, "instance_metadata", "exempt_namespaces", position)
                    yield Violation(path, name, f"one of {', '.join(platform)}")

    @rule
    def service_account_policies_are_listed(self) -> Iterator[Violation]:
        """A tenant's service account has policies of the organisation's list alone (ADR: IRSA)."""
        listed = self.organisation.service_account_policies
        for index, cluster in enumerate(self.clusters):
            for position, namespace in enumerate(cluster.namespaces):
                for number, account in enumerate(namespace.service_accounts):
                    for place, name in enumerate(account.policies):
                        if name not in listed:
                            path = ("clusters", index, "namespaces", position, "service_accounts", number)
                            allowed = (
                                f"one of {', '.join(listed)}" if listed else "none, for organisation.yaml has none"
                            )
                            yield Violation((*path, "policies", place), name, allowed)

    @rule
    def service_account_policies_are_of_the_account(self) -> Iterator[Violation]:
        """A role can have policies of its own account and of AWS alone."""
        for name, arn in self.organisation.service_account_policies.items():
            owner = arn.split(":")[4]
            if owner not in ("aws", self.account.id):
                path = ("organisation", "service_account_policies", name)
                yield Violation(path, arn, f"a policy of account {self.account.id} or of AWS")

    @rule
    def role_names_are_unique(self) -> Iterator[Violation]:
        """No two service accounts come to one role name, nor one to that of a role of the platform."""
        taken = {name for each in self.clusters for name in names.platform_roles(each.name)}
        for index, cluster in enumerate(self.clusters):
            for position, namespace in enumerate(cluster.namespaces):
                for number, account in enumerate(namespace.service_accounts):
                    name = names.service_account_role(cluster.name, namespace.name, account.name)
                    if name in taken:
                        path = ("clusters", index, "namespaces", position, "service_accounts", number, "name")
                        yield Violation(path, account.name, f"a name that does not make a second role {name}")
                    taken.add(name)

    @rule
    def web_hosts_are_below_the_base_domain(self) -> Iterator[Violation]:
        """Every web interface stands below the organisation's base domain."""
        for path, host in self._web_hosts():
            if not host.endswith(f".{self.organisation.base_domain}"):
                yield Violation(path, host, f"a host below {self.organisation.base_domain}")

    @rule
    def web_hosts_are_unique(self) -> Iterator[Violation]:
        """No two web interfaces of the fleet have one host."""
        taken = set()
        for path, host in self._web_hosts():
            if host in taken:
                yield Violation(path, host, "a host that no other web interface of the fleet has")
            taken.add(host)

    @rule
    def one_revision_per_secret(self) -> Iterator[Violation]:
        """A parameter that stands in several places has one revision, or some would keep the old value."""
        revisions: dict[str, int] = {}
        for path, secret in self.secrets():
            if (first := revisions.setdefault(secret.parameter, secret.revision)) != secret.revision:
                yield Violation((*path, "revision"), secret.revision, f"{first}, as elsewhere for {secret.parameter}")

    @rule
    def secrets_are_not_written_here(self) -> Iterator[Violation]:
        """No secret stands in a parameter that a stack writes a client's id to."""
        written = {names.connection_id_parameter()}
        for each in self.clusters:
            written |= {names.client_id_parameter(each.name, client) for client in ("kubernetes", "components")}
        for path, secret in self.secrets():
            if secret.parameter in written:
                yield Violation((*path, "parameter"), secret.parameter, "a parameter that no stack writes")

    def _web_hosts(self) -> Iterator[tuple[Path, str]]:
        for index, each in enumerate(self.clusters):
            yield ("clusters", index, "credential_issuer", "host"), each.credential_issuer.host
            yield ("clusters", index, "monitoring", "grafana_host"), each.monitoring.grafana_host

"""What breaks each rule between the settings of one file, what must be said of it, and what nearby is right."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.settings.folders import DELETE


class Case(NamedTuple):
    """A change that breaks a rule, where the message points and what it says, and a change nearby that is right."""

    broken: dict[str, Any]
    file: str
    key: str
    given: str
    allowed: str
    right: dict[str, Any] = {}


NODE_SIZE = "live/main/size"
CIDRS = "live/network/node_subnets/cidrs"
NAMESPACE = "live/namespaces/0"

CASES: dict[str, Case] = {
    "idle_sessions_end_first": Case(
        {"account/session_manager/idle_timeout": 31, "account/session_manager/max_duration": 30},
        "account", "session_manager.idle_timeout", "31", "at most max_duration, 30 minutes",
        {"account/session_manager/idle_timeout": 30, "account/session_manager/max_duration": 30},
    ),
    "principals_are_distinct": Case(
        {"account/principals/plan": "arn:aws:iam::111122223333:role/cloud-platform-deploy"},
        "account", "principals.plan", '"arn:aws:iam::111122223333:role/cloud-platform-deploy"', "neither deploy nor",
        {"account/principals/plan": "arn:aws:iam::111122223333:role/another"},
    ),
    "zones_are_of_the_region": Case(
        {"account/zones/+": "eu-west-1a"}, "account", "zones[3]", '"eu-west-1a"', "eu-west-2 and a letter",
        {"account/zones/+": "eu-west-2d"},
    ),
    "zones_are_named_once": Case(
        {"account/zones/+": "eu-west-2a"}, "account", "zones[3]", '"eu-west-2a"', "each zone once"
    ),
    "name_is_not_default": Case(
        {f"{NAMESPACE}/service_accounts/0/name": "default"},
        "live", "namespaces[0].service_accounts[0].name", '"default"', "which pods that name none have",
        {f"{NAMESPACE}/service_accounts/0/name": "default-1"},
    ),
    "tenant_policies_are_distinct": Case(
        {"organisation/service_account_policies/again": "arn:aws:iam::111122223333:policy/else/tenant-s3-read"},
        "organisation", "service_account_policies.again", '"arn:aws:iam::111122223333:policy/else/tenant-s3-read"',
        "named otherwise than that of s3-read",
        {"organisation/service_account_policies/again": "arn:aws:iam::111122223333:policy/else/tenant-s3-list"},
    ),
    "private_networks_are_named_once": Case(
        {"organisation/private_networks": ["10.0.0.0/8", "10.0.0.0/8"]},
        "organisation", "private_networks[1]", '"10.0.0.0/8"', "each network once",
        {"organisation/private_networks": ["10.0.0.0/8", "192.168.0.0/16"]},
    ),
    "policies_are_named_once": Case(
        {f"{NAMESPACE}/service_accounts/0/policies": ["s3-read", "s3-read"]},
        "live", "namespaces[0].service_accounts[0].policies[1]", '"s3-read"', "each policy once",
        {f"{NAMESPACE}/service_accounts/0/policies": ["s3-read", "s3-write"]},
    ),
    "name_is_not_kubernetes_own": Case(
        {f"{NAMESPACE}/name": "kube-visits"},
        "live", "namespaces[0].name", '"kube-visits"', "does not begin with kube-",
        {f"{NAMESPACE}/name": "kubernetes-visits"},
    ),
    "service_accounts_are_named_once": Case(
        {f"{NAMESPACE}/service_accounts/+": {"name": "prison-visits", "policies": ["s3-write"]}},
        "live", "namespaces[0].service_accounts[1].name", '"prison-visits"', "each service account once",
        {f"{NAMESPACE}/service_accounts/+": {"name": "prison-visits-2", "policies": ["s3-write"]}},
    ),
    "subnets_have_a_size_that_aws_allows": Case(
        {f"test/{CIDRS[5:]}/eu-west-2a": "172.16.0.0/15"},
        "test", "network.node_subnets.cidrs.eu-west-2a", '"172.16.0.0/15"', "from /16 to /28",
        {f"test/{CIDRS[5:]}/eu-west-2a": "172.16.0.0/16"},
    ),
    "subnets_of_zones_do_not_overlap": Case(
        {f"test/{CIDRS[5:]}/eu-west-2c": "172.20.64.0/19"},
        "test", "network.node_subnets.cidrs.eu-west-2c", '"172.20.64.0/19"', "apart from that of eu-west-2b",
        {f"test/{CIDRS[5:]}/eu-west-2c": "172.20.128.0/19"},
    ),
    "minimum_is_not_above_maximum": Case(
        {f"{NODE_SIZE}/minimum": 61}, "live", "main.size.minimum", "61", "at most the maximum, 60 nodes",
        {f"{NODE_SIZE}/minimum": 60, f"{NODE_SIZE}/desired": 60},
    ),
    "desired_is_between_minimum_and_maximum": Case(
        {f"{NODE_SIZE}/desired": 61}, "live", "main.size.desired", "61", "from 1 to 60 nodes",
        {f"{NODE_SIZE}/desired": 60},
    ),
    "instance_types_are_known": Case(
        {"live/main/instance_types/0": "r5.xlrage"},
        "live", "main.instance_types[0]", '"r5.xlrage"', "r5.2xlarge",
        {"live/main/instance_types/0": "r6i.xlarge"},
    ),
    "instance_types_are_x86_64": Case(
        {"live/prometheus/instance_types/1": "r6g.2xlarge"},
        "live", "prometheus.instance_types[1]", '"r6g.2xlarge"', "an x86-64 type",
        {"test/prometheus/instance_types/1": "r6i.2xlarge"},
    ),
    "instance_types_are_named_once": Case(
        {"live/main/instance_types/1": "r5.xlarge"},
        "live", "main.instance_types[1]", '"r5.xlarge"', "each instance type once",
    ),
    "two_nodes_run": Case(
        {"live/prometheus/size/desired": 3}, "live", "prometheus.size.desired", "3", "2 nodes (ADR: Node groups)"
    ),
    "something_is_asked_for": Case(
        {"organisation/platform_namespaces/0/privileged_service_accounts/+": {
            "service_account": "idle", "reason": "It needs nothing that anybody knows of."}},
        "organisation", "platform_namespaces[0].privileged_service_accounts[3]", "nothing that it needs",
        "at least one of privileged",
        {"organisation/platform_namespaces/0/privileged_service_accounts/+": {
            "service_account": "idle", "reason": "It needs a host path for a socket.", "host_paths": ["/run"]}},
    ),
    "a_level_other_than_restricted_has_a_reason": Case(
        {"organisation/platform_namespaces/1/level": "baseline"},
        "organisation", "platform_namespaces[1].reason", "nothing", "at least 20 characters, for level is baseline",
        {"organisation/platform_namespaces/1/level": "baseline",
         "organisation/platform_namespaces/1/reason": "A pod there runs as root."},
    ),
    "privileged_service_accounts_need_the_level_privileged": Case(
        {"organisation/platform_namespaces/0/level": "baseline"},
        "organisation", "platform_namespaces[0].level", '"baseline"', "privileged, for privileged_service_accounts",
    ),
    "privileged_service_accounts_are_named_once": Case(
        {"organisation/platform_namespaces/0/privileged_service_accounts/1/service_account": "aws-node"},
        "organisation", "platform_namespaces[0].privileged_service_accounts[1].service_account", '"aws-node"',
        "each service account once",
    ),
    "admissions_are_of_an_isolated_namespace": Case(
        {"organisation/platform_namespaces/0/admits": ["scraping"]},
        "organisation", "platform_namespaces[0].admits", "scraping", "none, for isolated is false",
    ),
    "certificates_come_from_one_place": Case(
        {"organisation/tls_secret": "wildcard"},
        "organisation", "certificate_issuer", "both", "either certificate_issuer or tls_secret",
        {"organisation/tls_secret": "wildcard", "organisation/certificate_issuer": DELETE},
    ),
    "tags_are_not_reserved": Case(
        {"organisation/default_tags/aws:owner": "us"},
        "organisation", "default_tags.aws:owner", '"us"', "does not begin with aws:",
        {"organisation/default_tags/awsome": "us"},
    ),
    "platform_namespaces_are_named_once": Case(
        {"organisation/platform_namespaces/+": {"name": "cert-manager"}},
        "organisation", "platform_namespaces[11].name", '"cert-manager"', "each namespace once",
        {"organisation/platform_namespaces/+": {"name": "cert-manager-2"}},
    ),
    "platform_namespaces_are_complete": Case(
        {"organisation/platform_namespaces/8": DELETE},
        "organisation", "platform_namespaces", "no namespace kuberos", "an entry for kuberos as well",
    ),
    "tenant_policies_are_not_administrative": Case(
        {"organisation/service_account_policies/all": "arn:aws:iam::aws:policy/AdministratorAccess"},
        "organisation", "service_account_policies.all", '"arn:aws:iam::aws:policy/AdministratorAccess"',
        "does not administer the account",
        {"organisation/service_account_policies/read": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"},
    ),
    "slack_alone_has_a_channel": Case(
        {"live/monitoring/receiver/kind": "pagerduty"},
        "live", "monitoring.receiver.channel", '"#high-priority-alarms"', "no channel, for kind is pagerduty",
        {"live/monitoring/receiver/kind": "pagerduty", "live/monitoring/receiver/channel": DELETE},
    ),
    "exemptions_need_two_hops": Case(
        {"live/instance_metadata/exempt_namespaces": ["logging"]},
        "live", "instance_metadata.exempt_namespaces", "logging", "none with a hop_limit of 1",
        {"live/instance_metadata/exempt_namespaces": ["logging"], "live/instance_metadata/hop_limit": 2},
    ),
    "two_hops_need_an_exemption": Case(
        {"live/instance_metadata/hop_limit": 2},
        "live", "instance_metadata.hop_limit", "2", "1, for exempt_namespaces names none",
    ),
    "exempt_namespaces_are_named_once": Case(
        {"live/instance_metadata/exempt_namespaces": ["logging", "logging"], "live/instance_metadata/hop_limit": 2},
        "live", "instance_metadata.exempt_namespaces[1]", '"logging"', "each namespace once",
    ),
    "prometheus_zone_has_a_subnet": Case(
        {"live/prometheus/zone": "eu-west-2d"},
        "live", "prometheus.zone", '"eu-west-2d"', "one of eu-west-2a, eu-west-2b, eu-west-2c",
        {"live/prometheus/zone": "eu-west-2c"},
    ),
    "main_types_are_nitro": Case(
        {"live/main/instance_types/2": "r4.xlarge"},
        "live", "main.instance_types[2]", '"r4.xlarge"', "a Nitro type, for prefix_delegation is true",
        {"live/main/instance_types/2": "r4.xlarge", "live/prefix_delegation": False},
    ),
    "public_access_is_not_for_everybody": Case(
        {"live/public_access_cidrs/+": "0.0.0.0/0"},
        "live", "public_access_cidrs[1]", '"0.0.0.0/0"', "a network of /8 or smaller",
        {"live/public_access_cidrs/+": "51.0.0.0/8"},
    ),
    "public_access_is_named_once": Case(
        {"live/public_access_cidrs/+": "203.0.113.0/24"},
        "live", "public_access_cidrs[1]", '"203.0.113.0/24"', "each network once",
    ),
    "ami_releases_are_of_their_kubernetes_version": Case(
        {"live/ami_releases": {"1.35": "1.34.2-20261110"}},
        "live", "ami_releases.1.35", '"1.34.2-20261110"', "a release of 1.35",
        {"live/ami_releases": {"1.35": "1.35.2-20261110", "1.34": "1.34.2-20261110"}},
    ),
    "vpc_cni_can_assign_prefixes": Case(
        {"live/addons/vpc_cni": "v1.8.9-eksbuild.1"},
        "live", "addons.vpc_cni", '"v1.8.9-eksbuild.1"', "v1.9.0 or later",
        {"live/addons/vpc_cni": "v1.9.0-eksbuild.1"},
    ),
    "kube_proxy_is_not_ahead_of_the_control_plane": Case(
        {"live/addons/kube_proxy": "v1.36.0-eksbuild.1"},
        "live", "addons.kube_proxy", '"v1.36.0-eksbuild.1"', "from v1.32 to v1.35",
        {"live/addons/kube_proxy": "v1.32.0-eksbuild.1"},
    ),
    "pod_security_can_be_kept": Case(
        {"live/kubernetes_version": "1.29"},
        "live", "kubernetes_version", '"1.29"', "below 1.25, which has PodSecurityPolicies, or 1.32 to 1.35",
        {"live/kubernetes_version": "1.32"},
    ),
    "calico_is_tested_on_the_version": Case(
        {"live/kubernetes_version": "1.36"},
        "live", "kubernetes_version", '"1.36"', "1.32 to 1.35, which Calico v3.31 is tested on",
        {"live/kubernetes_version": "1.34"},
    ),
    "pod_security_suits_the_version": Case(
        {"live/pod_security": "policies"},
        "live", "pod_security", '"policies"', "admission, for kubernetes_version is 1.35",
        {"live/pod_security": "policies", "live/kubernetes_version": "1.24"},
    ),
    "namespaces_are_named_once": Case(
        {"live/namespaces/+": {"name": "prison-visits-staging", "team": "webops"}},
        "live", "namespaces[14].name", '"prison-visits-staging"', "no other namespace of the cluster has",
        {"live/namespaces/+": {"name": "prison-visits-stage", "team": "webops"}},
    ),
    "client_secrets_are_distinct": Case(
        {"live/components_client_secret/parameter": "/cloud-platform/live/auth0/kubernetes-client-secret"},
        "live", "components_client_secret.parameter", '"/cloud-platform/live/auth0/kubernetes-client-secret"',
        "another parameter than that of kubernetes_client_secret",
    ),
    "connection_is_looked_up_or_managed": Case(
        {"tenant/connection/client_id": "Iv1.abc"},
        "tenant", "connection.id", "id and client_id", "either id or client_id and client_secret",
        {"tenant/connection": {"client_id": "Iv1.abc", "client_secret": {"parameter": "/cloud-platform/github"}}},
    ),
    "domain_is_canonical": Case(
        {"tenant/domain": "login.example.org"},
        "tenant", "domain", '"login.example.org"', "below auth0.com, not a custom one",
        {"tenant/domain": "another.auth0.com"},
    ),
    "groups_claim_is_not_auth0s": Case(
        {"tenant/groups_claim": "https://tenant.webtask.io/groups"},
        "tenant", "groups_claim", '"https://tenant.webtask.io/groups"', "outside auth0.com, webtask.io, webtask.run",
        {"tenant/groups_claim": "https://notauth0.com/groups"},
    ),
    "groups_prefix_is_not_kubernetes_own": Case(
        {"tenant/groups_prefix": "ecosystem:"}, "tenant", "groups_prefix", '"ecosystem:"', "without system: in it",
        {"tenant/groups_prefix": "systems:"},
    ),
    "refresh_token_idles_no_longer_than_it_lives": Case(
        {"tenant/refresh_token_lifetime": 7200, "tenant/refresh_token_idle_lifetime": 7201},
        "tenant", "refresh_token_idle_lifetime", "7201", "at most refresh_token_lifetime, 7200 seconds",
        {"tenant/refresh_token_lifetime": 7200, "tenant/refresh_token_idle_lifetime": 7200},
    ),
    "actions_of_others_need_the_engine_actions": Case(
        {"tenant/engine": "rules", "tenant/actions_before": [{"id": "a", "display_name": "A"}]},
        "tenant", "actions_before", "1 Actions", "none, for engine is rules",
        {"tenant/actions_before": [{"id": "a", "display_name": "A"}]},
    ),
    "actions_are_bound_once": Case(
        {"tenant/actions_before": [{"id": "a", "display_name": "A"}],
         "tenant/actions_after": [{"id": "b", "display_name": "B"}, {"id": "a", "display_name": "A"}]},
        "tenant", "actions_after[1].id", '"a"', "each Action once",
    ),
}  # fmt: skip

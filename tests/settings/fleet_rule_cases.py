"""What breaks each rule between files, what must be said of it, and what nearby is right."""

from __future__ import annotations

from tests.settings.rule_cases import CIDRS, NAMESPACE, Case

POLICY = "arn:aws:iam::111122223333:policy/x"

FLEET_CASES: dict[str, Case] = {
    "cluster_names_are_unique": Case(
        {"manager/name": "live"}, "manager", "name", '"live"', "no other cluster of the fleet has"
    ),
    "stack_names_are_unique": Case(
        {"test/name": "live-login"}, "test", "name", '"live-login"', "a name that no other stack has"
    ),
    "subnets_are_in_zones_of_the_account": Case(
        {f"{CIDRS}/eu-west-2d": "172.20.128.0/19", f"manager/{CIDRS[5:]}/eu-west-2d": "172.20.128.0/19"},
        "live", "network.node_subnets.cidrs.eu-west-2d", "eu-west-2d: 172.20.128.0/19", "a zone of the account",
        {f"{CIDRS}/eu-west-2d": "172.20.128.0/19", f"manager/{CIDRS[5:]}/eu-west-2d": "172.20.128.0/19",
         "account/zones/+": "eu-west-2d"},
    ),
    "one_vpc_is_stated_in_one_way": Case(
        {f"manager/{CIDRS[5:]}/eu-west-2c": "172.20.128.0/19"},
        "manager", "network.node_subnets.cidrs", "eu-west-2c 172.20.128.0/19", "what cluster live states of VPC live-1",
        {f"test/{CIDRS[5:]}/eu-west-2c": "172.20.128.0/19"},
    ),
    "subnets_of_one_vpc_do_not_overlap": Case(
        {"manager/network/node_subnets": {"value": "EKS-Private", "cidrs": {
            "eu-west-2a": "172.20.32.0/20", "eu-west-2b": "172.20.160.0/19"}}, "manager/main/size/maximum": 4},
        "manager", "network.node_subnets.cidrs.eu-west-2a", '"172.20.32.0/20"', "apart from 172.20.32.0/19",
        {"manager/network/node_subnets": {"value": "EKS-Private", "cidrs": {
            "eu-west-2a": "172.20.128.0/19", "eu-west-2b": "172.20.160.0/19"}}},
    ),
    "one_subnet_is_in_one_zone": Case(
        {"manager/network/node_subnets": {"tag": "Name", "value": "live-1-private", "cidrs": {
            "eu-west-2b": "172.20.32.0/19", "eu-west-2c": "172.20.96.0/19"}}, "manager/main/size/maximum": 4},
        "manager", "network.node_subnets.cidrs.eu-west-2b", "eu-west-2b: 172.20.32.0/19",
        "what cluster live states of VPC live-1: eu-west-2a: 172.20.32.0/19",
        {"manager/network/node_subnets": {"tag": "Name", "value": "live-1-private", "cidrs": {
            "eu-west-2b": "172.20.64.0/19", "eu-west-2c": "172.20.96.0/19"}}, "manager/main/size/maximum": 30},
    ),
    "subnets_hold_the_pods": Case(
        {"manager/main/size/maximum": 58},
        "live", "network.node_subnets.cidrs.eu-west-2b", "172.20.64.0/19 with 8187 addresses", "at least 8226 addresses",
        {"manager/main/size/maximum": 57},
    ),
    "platform_namespaces_of_a_cluster_are_its_own": Case(
        {"live/platform_namespaces": [{"name": "logging"}]},
        "live", "platform_namespaces[0].name", '"logging"', "a platform namespace that is not listed already",
        {"live/platform_namespaces": [{"name": "velero"}]},
    ),
    "namespaces_are_not_the_platforms": Case(
        {f"{NAMESPACE}/name": "monitoring"},
        "live", "namespaces[0].name", '"monitoring"', "no platform namespace has",
        {f"{NAMESPACE}/name": "monitoring-2"},
    ),
    "exempt_namespaces_are_the_platforms": Case(
        {"live/instance_metadata": {"exempt_namespaces": ["prison-visits-staging"], "hop_limit": 2}},
        "live", "instance_metadata.exempt_namespaces[0]", '"prison-visits-staging"', "one of kube-system",
        {"live/instance_metadata": {"exempt_namespaces": ["kube-system"], "hop_limit": 2}},
    ),
    "service_account_policies_are_listed": Case(
        {f"{NAMESPACE}/service_accounts/0/policies": ["s3-raed"]},
        "live", "namespaces[0].service_accounts[0].policies[0]", '"s3-raed"', "one of s3-read, s3-write, sqs-consume",
        {f"{NAMESPACE}/service_accounts/0/policies": ["sqs-consume"]},
    ),
    "service_account_policies_are_of_the_account": Case(
        {"organisation/service_account_policies/s3-read": "arn:aws:iam::222233334444:policy/x"},
        "organisation", "service_account_policies.s3-read", '"arn:aws:iam::222233334444:policy/x"',
        "a policy of account 111122223333 or of AWS",
        {"organisation/service_account_policies/s3-read": POLICY},
    ),
    "role_names_are_unique": Case(
        {"live/namespaces": [
            {"name": "a-b", "team": "t", "service_accounts": [{"name": "c", "policies": ["s3-read"]}]},
            {"name": "a", "team": "t", "service_accounts": [{"name": "b-c", "policies": ["s3-read"]}]}]},
        "live", "namespaces[1].service_accounts[0].name", '"b-c"', "does not make a second role live-a-b-c",
        {"live/namespaces": [
            {"name": "a-b", "team": "t", "service_accounts": [{"name": "c", "policies": ["s3-read"]}]},
            {"name": "a", "team": "t", "service_accounts": [{"name": "b-d", "policies": ["s3-read"]}]}]},
    ),
    "web_hosts_are_below_the_base_domain": Case(
        {"live/credential_issuer/host": "login.example.org"},
        "live", "credential_issuer.host", '"login.example.org"', "below cloud-platform.service.justice.gov.uk",
        {"live/credential_issuer/host": "login.cloud-platform.service.justice.gov.uk"},
    ),
    "web_hosts_are_unique": Case(
        {"manager/credential_issuer/host": "login.live.cloud-platform.service.justice.gov.uk"},
        "manager", "credential_issuer.host", '"login.live.cloud-platform.service.justice.gov.uk"',
        "no other web interface of the fleet has",
    ),
    "one_revision_per_secret": Case(
        {"manager/monitoring/receiver/secret": {
            "parameter": "/cloud-platform/live/monitoring/alert-receiver", "revision": 2}},
        "manager", "monitoring.receiver.secret.revision", "2",
        "1, as elsewhere for /cloud-platform/live/monitoring/alert-receiver",
        {"manager/monitoring/receiver/secret": {"parameter": "/cloud-platform/live/monitoring/alert-receiver"}},
    ),
    "secrets_are_not_written_here": Case(
        {"live/kubernetes_client_secret/parameter": "/cloud-platform/live/auth0/kubernetes-client-id"},
        "live", "kubernetes_client_secret.parameter", '"/cloud-platform/live/auth0/kubernetes-client-id"',
        "a parameter that no stack writes",
    ),
}  # fmt: skip

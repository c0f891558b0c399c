"""Starts the embedded AWS on loopback and puts into it what exists before the fleet."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from modules.settings import names
from modules.settings.fields import Secret
from modules.settings.fleet import Fleet
from tests.sandbox.kubernetes import EmptyKubernetes

Environment = dict[str, str]
SECRET = "sandbox-secret"
"""What every SecureString holds."""
TENANT_POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
)


@contextmanager
def embedded_aws(account: str) -> Iterator[Environment]:
    """Run an AWS for `account`; yield the environment variables with which a program talks to it and nothing else."""
    os.environ["MOTO_ACCOUNT_ID"] = account
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication
    from moto.server import ThreadedMotoServer

    from tests.sandbox.corrections import correct
    from tests.sandbox.eks_extension import extend
    from tests.sandbox.wrapping import wrap

    correct()
    extend()
    # moto reads its own folder at each request to tell whose host that is, which takes as long as the answer.
    wrap(DomainDispatcherApplication, "get_backend_for_host", functools.cache)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "eu-west-2",
        }
    finally:
        server.stop()


def client(environment: Environment, service: str, region: str) -> Any:
    """Return a boto3 client of the embedded AWS."""
    import boto3

    return boto3.client(
        service,
        region_name=region,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def furnish(environment: Environment, fleet: Fleet) -> None:
    """Create what the fleet finds: VPCs and subnets, the parent zone, the secrets, the Auth0 clients' ids."""
    region = fleet.account.region
    ec2, ssm = client(environment, "ec2", region), client(environment, "ssm", region)
    route53 = client(environment, "route53", region)
    route53.create_hosted_zone(Name=fleet.organisation.base_domain, CallerReference="base")
    iam = client(environment, "iam", region)
    for arn in sorted(set(fleet.organisation.service_account_policies.values())):
        path, name = arn.split(":policy", 1)[1].rsplit("/", 1)
        iam.create_policy(Path=f"{path}/", PolicyName=name, PolicyDocument=TENANT_POLICY)
    vpcs: set[str] = set()
    for cluster in fleet.clusters:
        if cluster.network.vpc not in vpcs:
            vpcs.add(cluster.network.vpc)
            _create_vpc(ec2, cluster.network)
        for kind in ("kubernetes", "components"):
            parameter = names.client_id_parameter(cluster.name, kind)
            ssm.put_parameter(Name=parameter, Value=f"{cluster.name}{kind}ClientId", Type="String")
    for secret in sorted(secrets_of(fleet)):
        ssm.put_parameter(Name=secret, Value=SECRET, Type="SecureString")


def furnish_predecessors(environment: Environment, fleet: Fleet, kubernetes: EmptyKubernetes) -> None:
    """Create what stacks find that were applied before: the key of session logs, and every cluster."""
    from moto.eks.models import eks_backends

    region = fleet.account.region
    kms, eks = client(environment, "kms", region), client(environment, "eks", region)
    key = kms.create_key(Description="Session Manager sessions and their log")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=names.SESSION_KEY_ALIAS, TargetKeyId=key)
    subnets = client(environment, "ec2", region).describe_subnets()["Subnets"]
    for cluster in fleet.clusters:
        stated = set(cluster.network.node_subnets.cidrs.values())
        eks.create_cluster(
            name=cluster.name,
            version=cluster.kubernetes_version,
            roleArn=f"arn:aws:iam::{fleet.account.id}:role/{names.cluster_role(cluster.name)}",
            resourcesVpcConfig={"subnetIds": [each["SubnetId"] for each in subnets if each["CidrBlock"] in stated]},
        )
        made = eks_backends[fleet.account.id][region].clusters[cluster.name]
        made.endpoint = kubernetes.endpoint
        made.certificate_authority = {"data": kubernetes.certificate.encoded}


def secrets_of(fleet: Fleet) -> set[str]:
    """Return the names of all SecureStrings that the fleet's settings mention."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, Secret):
            found.add(value.parameter)
        elif hasattr(type(value), "model_fields"):
            for name in type(value).model_fields:
                walk(getattr(value, name))
        elif isinstance(value, tuple):
            for each in value:
                walk(each)

    walk(fleet)
    return found


def _create_vpc(ec2: Any, network: Any) -> None:
    """Create one VPC with the subnets that the settings state."""
    import ipaddress

    subnets = network.node_subnets
    first = ipaddress.ip_network(min(subnets.cidrs.values(), key=lambda cidr: ipaddress.ip_network(cidr)))
    vpc = ec2.create_vpc(CidrBlock=str(first.supernet(new_prefix=16)))["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": network.vpc}])
    for zone, cidr in sorted(subnets.cidrs.items()):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        ec2.create_tags(Resources=[subnet], Tags=[{"Key": subnets.tag, "Value": subnets.value}])

"""Counts what stands in the embedded account."""

from __future__ import annotations

from modules.settings.fleet import Fleet
from tests.sandbox.server import Environment, client


def census(aws: Environment, fleet: Fleet) -> dict[str, list[str]]:
    """Return the names of what stands there, by kind."""
    region = fleet.account.region
    kms, eks, iam = client(aws, "kms", region), client(aws, "eks", region), client(aws, "iam", region)
    keys = [kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in kms.list_keys()["Keys"]]
    found = {
        "clusters": eks.list_clusters()["clusters"],
        "keys": [each["Description"] for each in keys if each["KeyState"] == "Enabled" and each.get("Description")],
        "key aliases": [
            each["AliasName"]
            for each in kms.list_aliases()["Aliases"]
            if not each["AliasName"].startswith("alias/aws/")
        ],
        "roles": [each["RoleName"] for each in iam.list_roles()["Roles"]],
        "policies": [each["PolicyName"] for each in iam.list_policies(Scope="Local")["Policies"]],
        "issuers": [each["Arn"] for each in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]],
        "zones": [each["Name"] for each in client(aws, "route53", region).list_hosted_zones()["HostedZones"]],
        "log groups": [each["logGroupName"] for each in client(aws, "logs", region).describe_log_groups()["logGroups"]],
        "launch templates": [
            each["LaunchTemplateName"]
            for each in client(aws, "ec2", region).describe_launch_templates()["LaunchTemplates"]
        ],
        "documents": [
            each["Name"]
            for each in client(aws, "ssm", region).list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])[
                "DocumentIdentifiers"
            ]
        ],
    }
    return {kind: sorted(each) for kind, each in found.items()}

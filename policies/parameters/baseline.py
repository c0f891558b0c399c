"""What is allowed of every account: the account itself, B, and X, what the generator may do beside plain resources."""

from __future__ import annotations

from typing import Final

# The account
ACCOUNT: Final = "111122223333"
REGION: Final = "eu-west-2"

# B baseline
STANDARD_SUPPORT: Final[dict[str, str]] = {
    "1.34": "2026-12-02",
    "1.35": "2027-03-27",
    "1.36": "2027-08-02",
    "1.37": "2027-12-01",
}
"""Last day of standard support on EKS, by Kubernetes version (AWS: Kubernetes versions)."""
WIDEST_PUBLIC_NETWORK: Final = 8
"""Shortest mask of a network that may reach a cluster's public endpoint."""
LARGEST_PUBLIC_SHARE: Final = 1 / 64
"""Share of all addresses that the networks may hold together: four of the widest."""
REQUIRED_TAGS: Final = (
    "application",
    "business-unit",
    "infrastructure-support",
    "is-production",
    "managed-by",
    "owner",
)
SHORTEST_KEY_DELETION: Final = 30
"""Days in which the deletion of a key can be taken back."""
UNDOING_ACTIONS: Final[dict[str, str]] = {
    "eks:AssociateAccessPolicy": "D04",
    "eks:CreateAccessEntry": "D04",
    "eks:UpdateAccessEntry": "D04",
    "eks:AssociateIdentityProviderConfig": "D02",
    "eks:DisassociateIdentityProviderConfig": "D02",
    "eks:UpdateClusterConfig": "D04, D15, B01",
    "eks:CreateNodegroup": "D06",
    "eks:CreateFargateProfile": "D05",
    "eks:CreateAddon": "D01",
    "eks:UpdateAddon": "D08, D10",
    "eks:DeleteAddon": "D10",
    "eks:CreatePodIdentityAssociation": "D19",
    "ec2:ModifyInstanceMetadataOptions": "D20",
    "ec2:ModifyInstanceMetadataDefaults": "D20",
    "iam:AttachRolePolicy": "D19, D20",
    "iam:PutRolePolicy": "D19, D20",
    "iam:UpdateAssumeRolePolicy": "D19, D20",
    "iam:CreateAccessKey": "D19",
    "kms:DisableKey": "B02, B03",
    "kms:PutKeyPolicy": "B03",
    "kms:ScheduleKeyDeletion": "B03",
    "logs:DeleteLogGroup": "D15, D16",
    "logs:DeleteLogStream": "D15, D16",
    "logs:DisassociateKmsKey": "D15, D16",
    "logs:PutRetentionPolicy": "D15, D16",
}
"""Actions by which the holder of a policy would undo a decision past Terraform, with the decision."""
UNBOUND_ACTIONS: Final[dict[str, str]] = {}
"""Actions that may be allowed on every resource, each with the reason why they cannot be bound."""

# X: what can be trusted
OLDEST_PLAN: Final = 7
"""Days after which a plan is made again before it is judged."""
OLDEST_TERRAFORM: Final = (1, 11)
"""Write-only arguments came with it: an older one would put secrets into the plan."""

# X: what the generator may do beside plain resources
OVERRIDES: Final[dict[str, tuple[str, ...]]] = {"stack": ("terraform", "//")}
"""Escape hatches that may appear: resource type (`stack` for the stack itself) to attributes. Each has its reason below."""
OVERRIDE_REASONS: Final[dict[str, str]] = {
    "stack": "State locking, version ranges and the comment that names the pipeline's runner have no argument in the bindings.",
}
IGNORED_CHANGES: Final[dict[str, tuple[str, ...]]] = {}
"""Attributes whose changes Terraform may ignore: resource type to attributes."""
FOREIGN_CODE: Final[dict[str, str]] = {}
"""Resource types that run code of others, or change AWS behind Terraform's back, each with the reason why it may (`X09-foreign-code`)."""

"""What is allowed of the control plane and of who gets in: D01 to D04."""

from __future__ import annotations

from typing import Final

# D01 control_plane
SUPPORT_TYPE: Final = "STANDARD"
"""Extended support costs six times as much and hides that an upgrade is due."""
ADDONS: Final = ("vpc-cni", "kube-proxy", "coredns", "aws-ebs-csi-driver")
"""EKS add-ons that may run; the volume of Prometheus needs the last."""
FEWEST_ZONES: Final = 2

# D02 login
ORGANISATION: Final = "ministryofjustice"
"""GitHub organisation whose members may log in."""
TENANT_DOMAIN: Final = "justice-cloud-platform.eu.auth0.com"
ISSUER: Final = f"https://{TENANT_DOMAIN}/"
GROUPS_CLAIM: Final = "https://k8s.integration.dsd.io/groups"
GROUPS_PREFIX: Final = "github:"
USERNAME_CLAIM: Final = "email"
LONGEST_TOKEN: Final = 36_000
"""Longest lifetime of an ID token, in seconds."""
LONGEST_REFRESH: Final = 2_592_000
"""Longest lifetime of a refresh token, used or not, in seconds: who has left GitHub's organisation is out within thirty days at the latest."""
LONGEST_LEEWAY: Final = 60
"""Seconds in which a refresh token may be used again."""
CONNECTION_STRATEGIES: Final = ("github",)
"""Identity providers that may vouch for a user (Azure AD is an option of the future)."""
CONNECTION_SCOPE: Final = "read_org"
"""What the connection must ask of GitHub, as Auth0 spells it: without it memberships cannot be seen."""
CONNECTION_IDS: Final[dict[str, str]] = {"con_CloudPlatformGitHub1": "The tenant's GitHub connection, made by hand."}
"""Connections that may be named by a literal id, each with what it is."""
ACTION_RUNTIMES: Final = ("node22",)
LOGIN_TRIGGER: Final = ("post-login", "v3")
FOREIGN_ACTIONS: Final[dict[str, str]] = {}
"""Actions of others that may be bound beside ours, by id, each with the reason why it may see and change every login."""
ACTIONS_SCOPES: Final = ("read:user_idp_tokens", "read:users")
"""All that the client of the Actions may do in the tenant."""
LOGIN_GRANTS: Final = ("authorization_code", "refresh_token")
CLIENT_SECRETS: Final = ("client_secret_post", "client_secret_basic")
"""Ways in which a client may show its secret."""
KUBEROS_CALLBACK: Final = "/ui"
GRAFANA_CALLBACK: Final = "/login/generic_oauth"
EXTRA_CALLBACKS: Final[dict[str, str]] = {}
"""Callbacks of web interfaces other than Kuberos and Grafana, each with what it belongs to."""

# D03 credential_issuer
KUBEROS_IMAGE: Final = "ministryofjustice/cloud-platform-kuberos"
"""The organisation's own fork; the original is unmaintained."""
KUBEROS_TAGS: Final = ("2.7.0",)
KUBEROS_REPLICAS: Final = 2
"""Fewest pods: an eviction must not stop logins."""

# D04 authorization
ADMIN_TEAM: Final = "webops"
"""GitHub team that administers every cluster."""
CI_SERVICE_ACCOUNT: Final = ("kube-system", "concourse-build-environments")
"""Namespace and name of the service account by which CI administers each cluster, as in the clusters before."""
TEAM_ROLE: Final = "admin"
"""The ClusterRole that a team has in its own namespaces."""
TEAM_ANNOTATION: Final = "cloud-platform.justice.gov.uk/team-name"
"""Annotation of a tenant's namespace that names the GitHub team it belongs to."""
CLUSTER_ADMIN_POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
CLUSTER_VIEW_POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy"
ACCESS: Final[dict[str, str]] = {
    "arn:aws:iam::111122223333:role/cloud-platform-deploy": CLUSTER_ADMIN_POLICY,
    "arn:aws:iam::111122223333:role/cloud-platform-plan": CLUSTER_VIEW_POLICY,
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_PlatformTeam_0123456789abcdef": CLUSTER_ADMIN_POLICY,
}
"""IAM principals with an access entry: the pipeline that applies, the one that plans, the platform's team; service teams log in by OIDC."""

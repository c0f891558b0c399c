"""Grafana: admits only who has logged in by the cluster's Auth0 client `components` (ADR: Auth)."""

from __future__ import annotations

import json
from typing import Final

from modules import web_ingress
from modules.expression import Expression, Value
from modules.monitoring.placement import placement
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fleet import Fleet

CREDENTIALS: Final = "grafana-client"
"""Name of the Secret that is mounted."""
KEY: Final = "client-secret"
"""Key of the Secret under which the client's secret lies."""
_MOUNT: Final = "/etc/secrets/components-client"
REVISION_KEY: Final = "cloud-platform.justice.gov.uk/components-client-secret-revision"


def role_attribute_path(*, groups_claim: str, admin_team: str) -> str:
    """Return the JMESPath of a user's role: Admin for `admin_team`, else Viewer; an error without the claim.

    `[*]` makes a claim that is no list an error as well, and with `role_attribute_strict` an error is a refusal.
    """
    return f"contains({json.dumps(groups_claim)}[*], '{admin_team}') && 'Admin' || 'Viewer'"


def values(*, fleet: Fleet, cluster: Cluster, client_id: Expression) -> dict[str, Value]:
    """Return the values of the sub-chart grafana.

    There is no first administrator and so no password: the side-cars read once or are polled, none calls the API.
    """
    organisation, host = fleet.organisation, cluster.monitoring.grafana_host
    return {
        "enabled": True,
        **placement(),
        "env": {"GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true"},
        "podAnnotations": {REVISION_KEY: str(cluster.components_client_secret.revision)},
        "extraSecretMounts": [
            {
                "name": "components-client",
                "secretName": CREDENTIALS,
                "mountPath": _MOUNT,
                "readOnly": True,
                "defaultMode": 0o440,
            }
        ],
        "grafana.ini": _ini(fleet=fleet, host=host, client_id=client_id),
        "ingress": {
            "enabled": True,
            "ingressClassName": organisation.ingress_class,
            "annotations": web_ingress.certificate_annotations(organisation),
            "hosts": [host],
            "tls": web_ingress.tls(organisation, host=host, certificate="grafana-tls"),
        },
        "rbac": {"namespaced": True},
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        "sidecar": {
            "dashboards": {"resource": "configmap", "searchNamespace": names.MONITORING, "skipReload": True},
            "datasources": {
                "resource": "configmap",
                "searchNamespace": names.MONITORING,
                "initDatasources": True,
                "watchMethod": "LIST",
                "skipReload": True,
            },
        },
        "testFramework": {"enabled": False},
    }


def _ini(*, fleet: Fleet, host: str, client_id: Expression) -> dict[str, Value]:
    issuer = fleet.tenant.issuer
    return {
        "server": {"domain": host, "root_url": f"https://{host}/"},
        "analytics": {"reporting_enabled": False, "check_for_updates": False, "check_for_plugin_updates": False},
        "auth": {"disable_login_form": True, "oauth_allow_insecure_email_lookup": False},
        "auth.anonymous": {"enabled": False},
        "auth.basic": {"enabled": False},
        "auth.generic_oauth": {
            "enabled": True,
            "name": "Auth0",
            "auto_login": True,
            "allow_sign_up": True,
            "client_id": client_id,
            "client_secret": f"$__file{{{_MOUNT}/{KEY}}}",
            "scopes": "openid profile email",
            "auth_url": f"{issuer}authorize",
            "token_url": f"{issuer}oauth/token",
            "api_url": f"{issuer}userinfo",
            "use_pkce": True,
            "role_attribute_path": role_attribute_path(
                groups_claim=fleet.tenant.groups_claim, admin_team=fleet.organisation.admin_team
            ),
            "role_attribute_strict": True,
            "skip_org_role_sync": False,
        },
        "security": {"cookie_secure": True, "disable_initial_admin_creation": True, "strict_transport_security": True},
        "snapshots": {"enabled": False},
        "users": {"allow_sign_up": False, "auto_assign_org": True, "auto_assign_org_role": "Viewer"},
    }

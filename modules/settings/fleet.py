"""The fleet: organisation, tenant, account and clusters together, and the names derived from them."""

from __future__ import annotations

from modules.settings.account import Account
from modules.settings.cluster import Cluster
from modules.settings.fields import Listed, Settings, setting
from modules.settings.organisation import Organisation
from modules.settings.tenant import Tenant


class Fleet(Settings):
    """All that a run builds."""

    organisation: Organisation = setting("The organisation.")
    tenant: Tenant = setting("The Auth0 tenant.")
    account: Account = setting("The AWS account and region.")
    clusters: Listed[Cluster] = setting("The clusters, ordered by name.")

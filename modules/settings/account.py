"""Settings of the AWS account and region that hold the fleet."""

from __future__ import annotations

from modules.settings.fields import AccountId, Listed, Region, RoleArn, Settings, setting


class SessionManager(Settings):
    """Session Manager preferences of the account and region (ADR: Node terminal access)."""

    log_retention: int = setting("How long a session's log is kept.", 400, unit="days", ge=365)
    idle_timeout: int = setting("A session that is idle this long ends.", 20, unit="minutes", ge=1, le=60)
    max_duration: int = setting("A session ends after this long.", 120, unit="minutes", ge=1, le=1440)
    import_existing: bool = setting(
        "The account already has a preferences document: import it instead of creating one.", False
    )


class Principals(Settings):
    """IAM roles that reach the cluster API by IAM, for the platform alone (ADR: Auth, Authorization)."""

    platform_team: Listed[RoleArn] = setting("Roles of the platform team: cluster administrators.", min_length=1)
    deploy: RoleArn = setting("The pipeline's role that applies: cluster administrator.")
    plan: RoleArn = setting(
        "The pipeline's role that plans: reads everything, Secrets included, for a Helm plan reads releases."
    )


class Account(Settings):
    """The AWS account and region of the fleet; `clusters/account.yaml`."""

    id: AccountId = setting("AWS account id.", example="111122223333")
    region: Region = setting("Region of the clusters.", example="eu-west-2")
    zones: Listed[str] = setting("Availability zones of the region.", min_length=2)
    principals: Principals = setting("IAM roles that reach the cluster API.")
    session_manager: SessionManager = setting("Session Manager preferences.", SessionManager)

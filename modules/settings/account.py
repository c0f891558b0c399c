"""Settings of the AWS account and region that hold the fleet."""

from __future__ import annotations

from collections.abc import Iterator

from modules.settings.fields import AccountId, Listed, LogRetention, Region, RoleArn, Settings, Zone, setting
from modules.settings.rules import Violation, repeated, rule


class SessionManager(Settings):
    """Session Manager preferences of the account and region (ADR: Node terminal access)."""

    log_retention: LogRetention = setting("How long a session's log is kept.", 400, unit="days")
    idle_timeout: int = setting("A session that is idle this long ends.", 20, unit="minutes", ge=1, le=60)
    max_duration: int = setting("A session ends after this long.", 120, unit="minutes", ge=1, le=1440)
    import_existing: bool = setting(
        "The account already has a preferences document: import it instead of creating one.", False
    )

    @rule
    def idle_sessions_end_first(self) -> Iterator[Violation]:
        """A session that is idle ends before or with one that is not."""
        if self.idle_timeout > self.max_duration:
            yield Violation(("idle_timeout",), self.idle_timeout, f"at most max_duration, {self.max_duration} minutes")


class Principals(Settings):
    """IAM roles that reach the cluster API by IAM, for the platform alone (ADR: Auth, Authorization)."""

    platform_team: Listed[RoleArn] = setting("Roles of the platform team: cluster administrators.", min_length=1)
    deploy: RoleArn = setting("The pipeline's role that applies: cluster administrator.")
    plan: RoleArn = setting(
        "The pipeline's role that plans: reads everything, Secrets included, for a Helm plan reads releases."
    )

    @rule
    def principals_are_distinct(self) -> Iterator[Violation]:
        """Each role has one access entry: EKS refuses a second, and the pipeline that plans must not be able to apply."""
        for index, arn in repeated(self.platform_team):
            yield Violation(("platform_team", index), arn, "each role once")
        if self.deploy in self.platform_team:
            yield Violation(("deploy",), self.deploy, "a role that is not among platform_team")
        if self.plan in (*self.platform_team, self.deploy):
            yield Violation(("plan",), self.plan, "a role that is neither deploy nor among platform_team")


class Account(Settings):
    """The AWS account and region of the fleet; `clusters/account.yaml`."""

    id: AccountId = setting("AWS account id.", example="111122223333")
    region: Region = setting("Region of the clusters.", example="eu-west-2")
    zones: Listed[Zone] = setting("Availability zones of the region.", min_length=2)
    principals: Principals = setting("IAM roles that reach the cluster API.")
    session_manager: SessionManager = setting("Session Manager preferences.", SessionManager)

    @rule
    def zones_are_of_the_region(self) -> Iterator[Violation]:
        """Every zone is the region's name and a letter."""
        for index, zone in enumerate(self.zones):
            if zone[:-1] != self.region:
                yield Violation(("zones", index), zone, f"{self.region} and a letter")

    @rule
    def zones_are_named_once(self) -> Iterator[Violation]:
        """No zone stands twice."""
        for index, zone in repeated(self.zones):
            yield Violation(("zones", index), zone, "each zone once")

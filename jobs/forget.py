"""The Job that forgets what was seen long ago; it runs every night."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from nautobot.apps.jobs import DryRunVar, Job

from nautobot_wow.ipam import retention

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs

SOFT_LIMIT_S = 1700
HARD_LIMIT_S = 1800


class ForgetSightings(Job):
    """Delete sightings that ended longer ago than they are kept."""

    dryrun = DryRunVar(default=False, description="Only count what would be forgotten.")

    class Meta:
        name = "Forget old sightings"
        description = (
            "Delete sightings that ended longer ago than the setting sighting_keep_days says. What counts as evidence "
            "is kept in any case. Enabling this Job schedules it every night."
        )
        has_sensitive_variables = False
        dryrun_default = False
        soft_time_limit = SOFT_LIMIT_S
        time_limit = HARD_LIMIT_S

    def run(self, *, dryrun: bool = False) -> dict[str, Any]:
        """Return how many sightings went, or would go, by who saw them."""
        now = timezone.now()
        gone = retention.counts(retention.old(now)) if dryrun else retention.forget(now)
        for who, count in gone.items():
            self.logger.info("%s %d sightings of %s", "Would forget" if dryrun else "Forgot", count, who)
        if not gone:
            self.logger.info("Nothing is old enough")
        return {"dry_run": dryrun, "sightings": sum(gone.values()), "by": gone}

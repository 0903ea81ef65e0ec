"""The Job that takes back addresses that were held for somebody who never used them; it runs every five minutes."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from nautobot.apps.jobs import Job

from nautobot_wow.errors import Incomplete
from nautobot_wow.ipam import lifecycle, noticed

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs

SOFT_LIMIT_S = 240
HARD_LIMIT_S = 270


class ReturnHolds(Job):
    """Let holds return that ran out, keep those that turn out to be used, and end the rest of what rested enough."""

    class Meta:
        name = "Return unused holds"
        description = (
            "Give back addresses that were held for somebody and not used in time, and end the quarantine of those "
            "that were given back long enough ago. Enabling this Job schedules it every five minutes."
        )
        has_sensitive_variables = False
        soft_time_limit = SOFT_LIMIT_S
        time_limit = HARD_LIMIT_S

    def run(self) -> dict[str, Any]:
        """Return how many returned, turned out to be used, and may be given to somebody else now."""
        now = timezone.now()
        swept = lifecycle.sweep(now)
        noticed.resolve_gone(now)
        for key in swept.returned:
            self.logger.info("%s was not used in time; its address rests now", key)
        for key in swept.used:
            self.logger.info("%s is used; its address stays", key)
        for host in swept.removed:
            self.logger.info("%s has rested; its record, which was retired, is gone", host)
        for key, reason in swept.failed.items():
            self.logger.error("%s stays held: %s", key, reason)
        if swept.failed:
            names = ", ".join(sorted(swept.failed))
            raise Incomplete(f"{len(swept.failed)} addresses could not be given back: {names}")
        return {
            "returned": len(swept.returned),
            "used": len(swept.used),
            "rested": swept.rested,
            "removed": len(swept.removed),
        }

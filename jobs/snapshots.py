"""The Job that removes snapshots that are over their time; it runs every night."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from nautobot.apps.jobs import Job

from nautobot_wow.errors import Incomplete
from nautobot_wow.provisioning import snapshots

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs

SOFT_LIMIT_S = 3000
HARD_LIMIT_S = 3300


class PruneSnapshots(Job):
    """Remove the snapshots that guest requests took and that their policy does not keep any longer."""

    class Meta:
        name = "Prune snapshots"
        description = (
            "Remove the snapshots that were taken for guest requests, once their policy does not keep them any longer; "
            "no others. Enabling this Job schedules it every night."
        )
        has_sensitive_variables = False
        soft_time_limit = SOFT_LIMIT_S
        time_limit = HARD_LIMIT_S

    def run(self) -> dict[str, Any]:
        """Return how many were removed and left."""
        pruned = snapshots.prune(timezone.now())
        for text in pruned.removed:
            self.logger.info("%s was removed", text)
        for about, reason in pruned.left.items():
            self.logger.warning("%s: nothing was removed, %s", about, reason)
        for about, reason in pruned.failed.items():
            self.logger.error("%s: %s", about, reason)
        if pruned.failed:
            raise Incomplete(f"the snapshots of {len(pruned.failed)} are left: {', '.join(sorted(pruned.failed))}")
        return {"removed": len(pruned.removed), "left": len(pruned.left)}

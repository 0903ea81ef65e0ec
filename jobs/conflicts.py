"""The Job that asks every rule of the conflict ledger; it runs every hour, and every sync asks them at its end."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from nautobot.apps.jobs import Job

from nautobot_wow.conflicts.check import Report, check
from nautobot_wow.errors import Incomplete
from nautobot_wow.models import Conflict

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs

SOFT_LIMIT_S = 540
HARD_LIMIT_S = 600
LISTED = 100


class CheckConflicts(Job):
    """Ask every rule what cannot be true at once; open, refresh and resolve conflicts."""

    class Meta:
        name = "Check for conflicts"
        description = (
            "Ask every rule of the conflict ledger now: what is new is opened, what is over is resolved. Every sync "
            "does so at its end; enabling this Job also schedules it every hour."
        )
        has_sensitive_variables = False
        soft_time_limit = SOFT_LIMIT_S
        time_limit = HARD_LIMIT_S

    def run(self) -> dict[str, Any]:
        """Return what is new, open again, refreshed and resolved, with links. Raises Incomplete if a rule failed."""
        report = check(timezone.now())
        say(report, self.logger)
        if report.failed:
            names = "; ".join(f"{slug} ({why})" for slug, why in sorted(report.failed.items()))
            raise Incomplete(
                f"{len(report.failed)} rules could not be asked, and their conflicts stay as they are: {names}"
            )
        return result_of(report)


def say(report: Report, logger: Any) -> None:
    """Log what is new, and what could not be asked."""
    for note in report.notes:
        logger.warning("%s", note)
    for slug, why in sorted(report.failed.items()):
        logger.error("The rule %s could not be asked, and its conflicts stay as they are: %s", slug, why)
    for row in [*report.changes.opened, *report.changes.reopened][:LISTED]:
        logger.warning("%s: %s", row.get_severity_display(), row.title, extra={"object": row})
    counts = ", ".join(f"{number} {name}" for name, number in report.changes.counts().items())
    logger.info("Conflicts: %s", counts)


def result_of(report: Report) -> dict[str, Any]:
    """Return the changes with links, a bounded list of each, and how many each rule finds now."""
    lists = {name: [_line(row) for row in rows[:LISTED]] for name, rows in vars(report.changes).items()}
    return {"counts": report.changes.counts(), **lists, "found": {k: n for k, n in report.standing.items() if n}}


def _line(row: Conflict) -> dict[str, str]:
    return {"severity": row.severity, "kind": row.kind, "title": row.title, "url": row.get_absolute_url()}

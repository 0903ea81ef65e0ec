"""The Job that gives up everything a System claims, before the System is removed."""

from __future__ import annotations

from contextlib import ExitStack

from nautobot.apps.jobs import DryRunVar, Job, ObjectVar, StringVar

from nautobot_wow.errors import Incomplete, NotAllowed
from nautobot_wow.models import System
from nautobot_wow.reconcile import garbage
from nautobot_wow.reconcile.changelog import ChangeLog
from nautobot_wow.reconcile.lock import exclusive
from nautobot_wow.reconcile.release import Release, release_of

from .sync import HARD_LIMIT_S, SOFT_LIMIT_S, in_words_of

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs


class ReleaseSystem(Job):
    """Show what would become of everything that a System claims; then, by the digest of that plan, do it."""

    system = ObjectVar(
        model=System, query_params={"enabled": False}, description="The System to give up. It must be disabled."
    )
    dryrun = DryRunVar(
        label="Dry run", description="Only make the plan: nothing but the plan itself is written.", default=True
    )
    approve = StringVar(
        label="Approve plan",
        required=False,
        description="The digest of the plan that you looked at. It is applied exactly, or refused if the world moved.",
    )

    class Meta:
        name = "Release a System"
        description = (
            "Give up everything that a disabled System claims; its delete policy says what is kept, retired or "
            "deleted. What other Systems claim, or people made, stays. Afterwards the System can be removed."
        )
        dryrun_default = True
        has_sensitive_variables = False
        soft_time_limit = SOFT_LIMIT_S
        time_limit = HARD_LIMIT_S
        field_order = ("system", "dryrun", "approve")

    def run(self, system: System, dryrun: bool = True, approve: str = "") -> None:
        """Plan, or apply the approved plan."""
        approve = (approve or "").strip()
        dryrun = dryrun and not approve
        self._may_it(system, "plan" if dryrun else "apply")
        with ExitStack() as held:
            held.enter_context(exclusive(system.pk, system.name))
            held.enter_context(garbage.left_alone())
            work = release_of(system)
            work.decide()
            self.logger.info("Plan %s: %s", work.digest[:12], in_words_of(work.counts()))
            if dryrun:
                plan = work.store_plan(job_result=self.job_result, user=self.user)
                self.logger.info("Plan %s is stored; its page applies it", plan.digest[:12], extra={"object": plan})
                return
            work.guard(approved=approve)
            self._apply(work, approve)

    def _may_it(self, system: System, action: str) -> None:
        if not System.objects.restrict(self.user, action).filter(pk=system.pk).exists():
            raise NotAllowed(
                f"{self.user} may not {action} a release of {system.name}; ask for the permission {action}_system"
            )

    def _apply(self, work: Release, approve: str) -> None:
        work.queue_all()
        written = work.apply(ChangeLog.current(), job_result=self.job_result, user=self.user, approved=approve)
        for refusal in written.refused.values():
            self.logger.error("%s %s was refused: %s", refusal.kind.value, refusal.key, refusal.reason)
        self.logger.info("%s: %s", work.system.name, in_words_of(work.counts(written)), extra={"object": work.system})
        if written.refused:
            names = ", ".join(f"{item.key} ({item.reason})" for item in [*written.refused.values()][:10])
            raise Incomplete(f"{work.system.name}: {len(written.refused)} objects were not given up: {names}")

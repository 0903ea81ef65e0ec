"""The Job that brings Nautobot up to date with one System: a form and a few short hooks."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from diffsync.enum import DiffSyncFlags
from django.db import DatabaseError
from django.db.models import TextField, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from nautobot.apps.jobs import BooleanVar, DryRunVar, ObjectVar, StringVar
from nautobot_ssot.jobs.base import DataMapping, DataSource

from nautobot_wow.choices import RunStatus
from nautobot_wow.conflicts.check import check
from nautobot_wow.diffsync_models import KINDS
from nautobot_wow.errors import Busy, ConfigurationError, Incomplete, NotAllowed, StalePlan, UnsafePlan, WowError
from nautobot_wow.jobs.conflicts import say
from nautobot_wow.models import System
from nautobot_wow.reconcile import garbage
from nautobot_wow.reconcile.changelog import ChangeLog
from nautobot_wow.reconcile.lock import exclusive
from nautobot_wow.reconcile.run import Run, plan_scope, record_health
from nautobot_wow.reconcile.synclog import bounded_diff, entries
from nautobot_wow.systems.source import source_of

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs

SOFT_LIMIT_S = 1800
HARD_LIMIT_S = 2100


class SyncSystem(DataSource):
    """Read one System and reconcile what it says into Nautobot, or show what that would do."""

    system = ObjectVar(
        model=System, query_params={"enabled": True}, description="The System to read. It must be enabled."
    )
    dryrun = DryRunVar(
        label="Dry run", description="Only make the plan: nothing but the plan itself is written.", default=True
    )
    approve = StringVar(
        label="Approve plan",
        required=False,
        description="The digest of a plan that you looked at. It is applied exactly, past the guards, or refused "
        "if the world moved since.",
    )
    only = StringVar(
        label="Only",
        required=False,
        description="Limit the run to single guests and nodes, by the keys that their claims show, with blanks "
        "between them: lxc/210 node/wow-prox1. Everything else is neither read nor touched. Empty means everything.",
    )
    memory_profiling = BooleanVar(description="Trace memory (slow).", default=False)
    parallel_loading = None

    class Meta:
        name = "Sync from system"
        description = (
            "Read one System (Proxmox VE, ...) and reconcile racks, nodes, guests and addresses into Nautobot. "
            "Nothing is overwritten or deleted that is not its own."
        )
        data_source = "Systems"
        data_target = "Nautobot"
        dryrun_default = True
        has_sensitive_variables = False
        soft_time_limit = SOFT_LIMIT_S
        time_limit = HARD_LIMIT_S
        field_order = ("system", "dryrun", "only", "approve")

    def __init__(self) -> None:
        super().__init__()
        self.diffsync_flags = DiffSyncFlags.CONTINUE_ON_FAILURE
        self.work: Run | None = None
        self.approved = ""

    @classmethod
    def _get_vars(cls) -> dict[str, Any]:
        found = super()._get_vars()
        found.pop("parallel_loading", None)
        return found

    @classmethod
    def data_mappings(cls) -> Iterable[DataMapping]:
        """Return what becomes what."""
        return [
            DataMapping(kind.value.replace("_", " "), None, model.orm._meta.verbose_name, _list_url(model.orm))
            for kind, model in KINDS.items()
        ]

    @classmethod
    def config_information(cls) -> dict[str, str]:
        """Return the Systems that can be read."""
        return {system.name: system.get_kind_display() for system in System.objects.filter(enabled=True)}

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Hold the System, sync, and say on it how that ended."""
        self.target_system: System = kwargs.pop("system")
        self.approved = (kwargs.pop("approve", "") or "").strip()
        self.only = frozenset((kwargs.pop("only", "") or "").replace(",", " ").split())
        kwargs["dryrun"] = kwargs.get("dryrun", True) and not self.approved
        self._may_it(kwargs["dryrun"])
        if self.approved:  # a plan is applied to what it was made for
            self.only = plan_scope(self.target_system, self.approved)
        started = timezone.now()
        with ExitStack() as held:
            held.enter_context(exclusive(self.target_system.pk, self.target_system.name))
            held.enter_context(garbage.left_alone())
            try:
                super().run(*args, **kwargs)
            except Incomplete:  # the report has said so
                self._check_rules(kwargs["dryrun"])
                raise
            except Exception as error:
                self._record_failure(error, started)
                raise
            self._check_rules(kwargs["dryrun"])

    def _record_failure(self, error: Exception, started: datetime) -> None:
        """Say on the System how its run failed; a limited run says nothing of the System as a whole."""
        if not self.only:
            status = RunStatus.REFUSED if isinstance(error, (UnsafePlan, StalePlan)) else RunStatus.FAILED
            record_health(self.target_system, status, _in_words(error), started)

    def _check_rules(self, dryrun: bool) -> None:
        """Ask the rules of the ledger about what was written; that they could not be asked does not undo the sync."""
        if dryrun:
            return
        try:
            report = check(timezone.now())
        except (DatabaseError, Busy) as error:
            self.logger.exception("The rules of the conflict ledger could not be asked")
            failed = _in_words(error)
        else:
            say(report, self.logger)
            failed = ", ".join(sorted(report.failed))
        if failed and not self.only:
            unasked = f"conflicts were not all checked: {failed}"
            with_it = Concat("last_message", Value(f"; {unasked}"), output_field=TextField())
            health = System.objects.filter(pk=self.target_system.pk, last_status__in=(RunStatus.OK, RunStatus.PARTIAL))
            health.update(last_status=RunStatus.PARTIAL, last_message=with_it)

    def _may_it(self, dryrun: bool) -> None:
        action = "plan" if dryrun else "apply"
        name = self.target_system.name
        allowed = System.objects.restrict(self.user, action).filter(pk=self.target_system.pk)
        found = allowed.select_related("namespace", "location", "external_integration__secrets_group").first()
        if found is None:
            raise NotAllowed(f"{self.user} may not {action} a sync of {name}; ask for the permission {action}_system")
        if not self.target_system.enabled:
            raise ConfigurationError(f"{name} is not enabled; enable it and run again")
        self.target_system = found

    # SSoT's hooks

    def load_source_adapter(self) -> None:
        """Read the system; a failure raises, it never becomes less."""
        self.started = timezone.now()
        self.sync.source = self.target_system.name[:64]
        kind = self.target_system.system_kind
        options = kind.options(**self.target_system.options)
        snapshot = kind.read(source_of(self.target_system, options), options, self.only)
        for name, value in sorted(snapshot.facts.items()):
            self.logger.info("%s: %s", name, value)
        for name, report in sorted(snapshot.reports.items()):
            self.create_file(name, report)
        self.work = Run(self.target_system, snapshot, only=self.only)
        self.source_adapter = self.work.source

    def load_target_adapter(self) -> None:
        """Read Nautobot and decide what differs."""
        assert self.work is not None
        self.work.decide()
        self.target_adapter = self.work.target

    def calculate_diff(self) -> None:
        """Compute the diff once; store it bounded; ask the guards."""
        work = self.work
        assert work is not None
        self.diff = work.source.diff_to(work.target, flags=self.diffsync_flags)
        self.sync.summary = self.diff.summary()
        self.sync.diff = bounded_diff(work)
        self._say_what_was_found()
        objections = [] if self.approved else work.objections()
        if self.dryrun or objections:
            plan = work.store_plan(job_result=self.job_result, user=self.user, refused="; ".join(objections))
            self.logger.info("Plan %s is stored", plan.digest[:12], extra={"object": plan})
        if not self.dryrun:
            if objections or self.approved:
                self.sync.save()  # a refusal ends the run before SSoT would
            work.guard(approved=self.approved)
        elif objections:
            self.logger.warning("A guard would refuse this plan: %s", "; ".join(objections))

    def execute_sync(self) -> None:
        """Let DiffSync apply the diff that was shown, then write what it queued."""
        work = self.work
        assert work is not None
        if any(change.writes for change in work.changes):
            work.source.sync_to(work.target, flags=self.diffsync_flags, diff=self.diff)
        written = work.apply(ChangeLog.current(), job_result=self.job_result, user=self.user, approved=self.approved)
        entries(self.sync, work, written)
        self._report(written)

    def sync_log(self, *args: Any, **kwargs: Any) -> None:
        """Insert nothing for each object that DiffSync queues: `entries` inserts all, with the writer's verdict."""

    # what the run says

    def _say_what_was_found(self) -> None:
        assert self.work is not None
        draft, snapshot = self.work.decision.draft, self.work.snapshot
        for scope, reason in sorted(snapshot.unseen.items())[:NOTES_LOGGED]:
            # One silent guest is an everyday thing; a node or a whole listing is news.
            level = logging.INFO if scope.startswith("guests/") else logging.WARNING
            self.logger.log(level, "Not seen, and so left alone: %s (%s)", scope, reason)
        for note in draft.notes[:NOTES_LOGGED]:
            self.logger.warning("%s", note)
        for dispute in self.work.decision.disputes[:NOTES_LOGGED]:
            self.logger.warning("%s", dispute.message)
        self.logger.info("Plan %s: %s", self.work.digest[:12], in_words_of(self.work.counts()))

    def _report(self, written: Any) -> None:
        assert self.work is not None
        refusals = self.work.refusals(written)
        counts = self.work.counts(written)
        unread = sorted(scope for scope in self.work.snapshot.unseen if "/" not in scope)
        status = RunStatus.PARTIAL if refusals or unread else RunStatus.OK
        message = "; ".join(
            [in_words_of(counts)]
            + ([f"{len(refusals)} refused"] if refusals else [])
            + [f"{scope} were not seen completely" for scope in unread]
        )
        if not self.only:
            record_health(self.target_system, status, message, self.started, summary=counts)
        for refusal in written.refused.values():
            self.logger.error("%s %s was refused: %s", refusal.kind.value, refusal.key, refusal.reason)
        self.logger.info("%s: %s", self.target_system.name, message, extra={"object": self.target_system})
        if refusals:
            names = ", ".join(f"{item.kind.value} {item.key} ({item.reason})" for item in refusals[:NOTES_LOGGED])
            raise Incomplete(f"{self.target_system.name}: {len(refusals)} objects were not accepted: {names}")


NOTES_LOGGED = 50


def _in_words(error: Exception) -> str:
    """Our own errors are sentences; of anything else only the type is safe to show outside the Job's log."""
    return str(error) if isinstance(error, WowError) else f"the run broke off ({type(error).__name__}); see its log"


def in_words_of(counts: dict[str, dict[str, int]]) -> str:
    """Return counts by kind and action as a sentence."""
    parts = [
        f"{kind.replace('_', ' ')}: " + ", ".join(f"{number} {action}" for action, number in actions.items())
        for kind, actions in counts.items()
    ]
    return "; ".join(parts) or "nothing to change"


def _list_url(model: Any) -> str | None:
    return reverse(f"{model._meta.app_label}:{model._meta.model_name}_list")

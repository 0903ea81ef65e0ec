"""The Job that sends what people changed of guests in Nautobot to their System: a form and a few short hooks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from diffsync.enum import DiffSyncFlags
from nautobot.apps.jobs import BooleanVar, DryRunVar, ObjectVar, StringVar
from nautobot.virtualization.models import VirtualMachine
from nautobot_ssot.jobs.base import DataMapping, DataTarget

from nautobot_wow.diffsync_models.adapters import RecordAdapter
from nautobot_wow.errors import ConfigurationError, Incomplete, NotAllowed
from nautobot_wow.models import System
from nautobot_wow.reconcile.lock import exclusive
from nautobot_wow.reconcile.plan import Change
from nautobot_wow.reconcile.push import ATTRIBUTES, NOTHING, Push, edited_guests, outbound_of
from nautobot_wow.reconcile.synclog import bounded_diff, entries
from nautobot_wow.systems.credentials import connection_of

from .sync import HARD_LIMIT_S, NOTES_LOGGED, SOFT_LIMIT_S, in_words_of

PLAN, OUTCOME = {"grouping": "plan"}, {"grouping": "outcome"}
"""How the lines of the log are grouped."""

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs


class PushSystem(DataTarget):
    """Send names, tags and notes of guests that people changed in Nautobot to a System, or show what would be sent."""

    system = ObjectVar(
        model=System,
        query_params={"enabled": True},
        description="The System to send to. It must be enabled, and its option push must say what may be sent.",
    )
    dryrun = DryRunVar(label="Dry run", description="Only make the plan: nothing is sent.", default=True)
    approve = StringVar(
        label="Approve plan",
        required=False,
        description="The digest of a plan that you looked at. It is applied exactly, past the guards, or refused "
        "if the world moved since.",
    )
    memory_profiling = BooleanVar(description="Trace memory (slow).", default=False)
    parallel_loading = None

    class Meta:
        name = "Sync to system"
        description = (
            "Send names, tags and notes of guests that people changed in Nautobot to their System, where its options "
            "allow it. What changed on both sides is a conflict, and stays as it is."
        )
        data_source = "Nautobot"
        data_target = "Systems"
        dryrun_default = True
        has_sensitive_variables = False
        soft_time_limit = SOFT_LIMIT_S
        time_limit = HARD_LIMIT_S
        field_order = ("system", "dryrun", "approve")

    def __init__(self) -> None:
        super().__init__()
        self.diffsync_flags = DiffSyncFlags.CONTINUE_ON_FAILURE
        self.work: Push | None = None
        self.approved = ""

    @classmethod
    def _get_vars(cls) -> dict[str, Any]:
        found = super()._get_vars()
        found.pop("parallel_loading", None)
        return found

    @classmethod
    def data_mappings(cls) -> Iterable[DataMapping]:
        """Return what becomes what."""
        return [DataMapping(f"guest: {name}", None, sent.value, None) for sent, name in ATTRIBUTES.items()]

    @classmethod
    def config_information(cls) -> dict[str, str]:
        """Return the Systems that something may be sent to, and what."""
        found = {}
        for system in System.objects.filter(enabled=True):
            try:
                found[system.name] = ", ".join(sorted(outbound_of(system)[1]))
            except ConfigurationError:
                continue
        return found

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Hold the System, plan or send."""
        self.target_system: System = kwargs.pop("system")
        self.approved = (kwargs.pop("approve", "") or "").strip()
        kwargs["dryrun"] = kwargs.get("dryrun", True) and not self.approved
        self._may_it(kwargs["dryrun"])
        with exclusive(self.target_system.pk, self.target_system.name):
            super().run(*args, **kwargs)

    def _may_it(self, dryrun: bool) -> None:
        action = "plan" if dryrun else "apply"
        name = self.target_system.name
        allowed = System.objects.restrict(self.user, action).filter(pk=self.target_system.pk)
        found = allowed.select_related("namespace", "location", "external_integration__secrets_group").first()
        if found is None:
            raise NotAllowed(f"{self.user} may not {action} a sync to {name}; ask for the permission {action}_system")
        if not found.enabled:
            raise ConfigurationError(f"{name} is not enabled; enable it and run again")
        self.target_system = found

    # SSoT's hooks

    def load_source_adapter(self) -> None:
        """Find what people changed; of nothing else anything is asked."""
        self.sync.target = self.target_system.name[:64]
        self.edited = edited_guests(self.target_system)
        self.source_adapter = RecordAdapter(name="Nautobot")  # until what is sent is decided
        number = len(self.edited)
        differ = "guest differs" if number == 1 else "guests differ"
        text = f"{number} {differ} from what {self.target_system.name} last said"
        self.logger.info("%s", text, extra={"object": self.target_system})

    def load_target_adapter(self) -> None:
        """Read these guests, and decide what is sent."""
        system = self.target_system
        kind = system.system_kind
        options = kind.options(**system.options)
        snapshot = kind.read(connection_of(system), options, self.edited) if self.edited else NOTHING
        self.work = Push(system, snapshot)
        self.work.decide()
        self.source_adapter, self.target_adapter = self.work.source, self.work.target

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
        """Let DiffSync apply the diff that was shown, then send what it queued."""
        work, system = self.work, self.target_system
        assert work is not None
        if work.changes:
            work.source.sync_to(work.target, flags=self.diffsync_flags, diff=self.diff)
        kind = system.system_kind
        if kind.provisioner is None:
            raise ConfigurationError(f"{system.name}: a {kind.name} cannot be changed by this app")
        with kind.provisioner(connection_of(system, writes=True), kind.options(**system.options)) as provisioner:
            written = work.send(provisioner, job_result=self.job_result, user=self.user, approved=self.approved)
        entries(self.sync, work, written)
        self._report(written)

    def sync_log(self, *args: Any, **kwargs: Any) -> None:
        """Insert nothing for each object that DiffSync queues: `entries` inserts all, with what became of it."""

    # what the run says

    def _say_what_was_found(self) -> None:
        assert self.work is not None
        for note in self.work.decision.draft.notes[:NOTES_LOGGED]:
            self.logger.warning("%s", note, extra=PLAN)
        for dispute in self.work.decision.disputes[:NOTES_LOGGED]:
            self.logger.warning("%s", dispute.message, extra=PLAN)
        guests = _guests(self.work.changes[:NOTES_LOGGED])
        for change in self.work.changes[:NOTES_LOGGED]:
            text = f"{change.label}: {_attributes(change)} {'would be' if self.dryrun else 'to be'} sent"
            self.logger.info("%s", text, extra={**PLAN, "object": guests.get(change.object_id)})
        text = f"Plan {self.work.digest[:12]}: {in_words_of(self.work.counts())}"
        self.logger.info("%s", text, extra=PLAN)

    def _report(self, written: Any) -> None:
        assert self.work is not None
        refusals = self.work.refusals(written)
        for refusal in refusals:
            self.logger.error("%s was not sent: %s", refusal.key, refusal.reason, extra=OUTCOME)
        guests = _guests(written.done[:NOTES_LOGGED])
        for change in written.done[:NOTES_LOGGED]:
            text = f"{change.label}: {_attributes(change)} sent"
            self.logger.info("%s", text, extra={**OUTCOME, "object": guests.get(change.object_id)})
        text = f"{self.target_system.name}: {in_words_of(self.work.counts(written))}"
        self.logger.info("%s", text, extra={**OUTCOME, "object": self.target_system})
        if refusals:
            names = ", ".join(f"{item.key} ({item.reason})" for item in refusals[:NOTES_LOGGED])
            raise Incomplete(f"{self.target_system.name}: {len(refusals)} guests were not changed: {names}")


def _attributes(change: Change) -> str:
    return ", ".join(sent.value for sent, name in ATTRIBUTES.items() if name in change.attrs)


def _guests(changes: Iterable[Change]) -> dict[Any, VirtualMachine]:
    """Return the guests that changes are about, by their id: one query."""
    return VirtualMachine.objects.in_bulk([change.object_id for change in changes])

"""One run of one System, in the steps that a Job takes: load, decide, diff, guard, write.

run = Run(system, snapshot)
run.decide()                    what would be done, and the two DiffSync adapters that say so
run.guard(approved="")          UnsafePlan or StalePlan, before the first write
run.apply(queued)               the changes that DiffSync asked for, in one transaction
run.finish(...)                 the System's health
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ..choices import RunStatus
from ..conflicts.book import Changes
from ..diffsync_models.adapters import NautobotAdapter, RecordAdapter
from ..diffsync_models.references import References
from ..diffsync_models.view import View
from ..errors import StalePlan, UnsafePlan
from ..ipam import follow, sightings
from ..models import Plan, System
from ..records import Kind
from ..snapshot import Refusal, Snapshot
from . import claims, disputes, ledger, statistics
from .changelog import ChangeLog
from .decide import Decision, decide
from .guards import GuardLimits, objections
from .plan import Action, Change, moved
from .writer import BulkWriter, Written

PLAN_LIFETIME = timedelta(hours=24)


@dataclass
class Run:
    """One run of one System over one snapshot."""

    direction: ClassVar[str] = ""

    system: System
    snapshot: Snapshot
    only: frozenset[str] = frozenset()
    now: datetime = field(default_factory=timezone.now)
    decision: Decision = field(default_factory=Decision)
    digest: str = ""
    queued: set[tuple[Kind, str]] = field(default_factory=set)
    conflicts: Changes = field(default_factory=Changes)

    def __post_init__(self) -> None:
        refs = References(namespace=self.system.namespace, location=self.system.location)
        mine = claims.of_system(self.system)
        self.view = View(system=self.system, snapshot=self.snapshot, refs=refs, claims=mine, only=self.only)
        self.source = RecordAdapter(name=self.system.name)
        self.target = NautobotAdapter(name="Nautobot", on_queue=lambda kind, key: self.queued.add((kind, key)))

    @property
    def changes(self) -> list[Change]:
        """What the plan holds."""
        return self.decision.draft.changes

    def decide(self) -> None:
        """Find out what would be done, and fill the adapters with what differs."""
        self.decision = self._decide()
        self.digest = self.decision.draft.digest(self.direction)
        differences = [change for change in self.changes if change.writes]
        self.source.load(differences)
        self.target.load(differences)

    def _decide(self) -> Decision:
        decision = decide(self.view)
        decision.disputes += disputes.found_by_reader(self.view)
        return decision

    # ---------------------------------------------------------------------------------------------------------- plan

    def store_plan(self, *, job_result: Any = None, user: Any = None, refused: str = "", **applied: Any) -> Plan:
        """Store what would be done; an older plan of this System that was never applied makes room for it."""
        draft = self.decision.draft
        self._open_plans().delete()
        return Plan.objects.create(
            system=self.system,
            digest=self.digest,
            summary=draft.summary(),
            content=json.loads(json.dumps({**draft.content(), **self._stored()}, default=str)),
            truncated=draft.truncated,
            expires=self.now + PLAN_LIFETIME,
            refused=refused,
            job_result=job_result,
            requested_by=user,
            **applied,
        )

    def _stored(self) -> dict[str, Any]:
        return {"only": sorted(self.only)}

    def _open_plans(self) -> QuerySet[Plan]:
        """Return the plans of this System that go the way of this run and were not applied."""
        return Plan.objects.filter(system=self.system, applied_at=None, content__direction__isnull=True)

    def objections(self) -> list[str]:
        """Return what the guards have against the plan."""
        return objections(self.decision.extents, GuardLimits(**self.system.guards))

    def guard(self, *, approved: str = "") -> None:
        """Raise UnsafePlan where a guard objects, or StalePlan where the approved plan is not this one."""
        if approved:
            self._compare_with_approved(approved)
            return
        found = self.objections()
        if found:
            raise UnsafePlan(
                f"{self.system.name}: {'; '.join(found)}. Nothing was written; "
                f"approve plan {self.digest[:12]} to go on (run the Job again with approve = {self.digest})",
                digest=self.digest,
            )

    def _compare_with_approved(self, approved: str) -> None:
        plan = self._open_plans().filter(digest=approved).order_by("-created").first()
        if plan is None:
            raise StalePlan(f"{self.system.name}: there is no open plan {approved[:12]}; make a new one and approve it")
        if plan.expires < self.now:
            raise StalePlan(f"{self.system.name}: plan {approved[:12]} expired; make a new plan and approve that")
        if self.digest != approved:
            names = moved(plan.content["changes"], self.decision.draft.content()["changes"])
            raise StalePlan(
                f"{self.system.name}: the world moved since plan {approved[:12]} was made: {', '.join(names)}. "
                "Nothing was written; look at a new plan"
            )

    # ---------------------------------------------------------------------------------------------------------- apply

    def queue_all(self) -> None:
        """Ask for every change of the plan, as DiffSync does when it applies the diff."""
        self.queued.update((change.kind, change.key) for change in self.changes if change.writes)

    def apply(self, log: ChangeLog, *, job_result: Any = None, user: Any = None, approved: str = "") -> Written:
        """Write what DiffSync asked for and what is only bookkeeping; all of it or nothing."""
        asked = [change for change in self.changes if change.writes and (change.kind, change.key) in self.queued]
        with transaction.atomic():
            written = BulkWriter(self.view, log).write(asked)
            ledger.store(self.view, self.decision, written, self.now)
            self.conflicts = disputes.store(self.decision.disputes, self.view, self.now)
            self._follow(written)
            self._record_seen()
            self._keep_what_is_no_object()
            if written.done or (approved and not written.refused):
                self._record_applied(approved, job_result, user)
        statistics.refresh(written.done)
        log.dispatch()
        return written

    def _follow(self, written: Written) -> None:
        """Tell of the addresses that were given out: who has them now, and which came free with their guest."""
        came: list[str] = []
        went: list[str] = []
        lost: list[uuid.UUID] = []
        for change in written.done:
            is_gone = change.action in (Action.RETIRE, Action.DELETE)
            if change.kind is Kind.ADDRESS:
                (went if is_gone else came).append(change.key)
            elif change.kind is Kind.GUEST and is_gone:
                lost.append(change.object_id)
        follow.departed(went, lost, self.system.namespace, self.now)
        follow.arrived(came, self.system.namespace)

    def _record_seen(self) -> None:
        """Keep what was seen of addresses, also of those that no record could be made of."""
        if self.snapshot.seen:
            sightings.record(
                self.snapshot.seen,
                namespace=self.system.namespace,
                system=self.system,
                seen_by=self.system.name,
                now=self.now,
                at_most_every=sightings.SEEN_EVERY,
                ports=claims.interfaces(self.system, {one.port for one in self.snapshot.seen if one.port}),
            )

    def _keep_what_is_no_object(self) -> None:
        """Keep tables for people and what was learned for the next reading on the System, where they are new."""
        learned = {**self.system.learned, **self.snapshot.learned}
        values: dict[str, Any] = {"learned": learned} if learned != self.system.learned else {}
        if not self.only:
            context = {"tables": [_table(title, rows) for title, rows in self.snapshot.context.items()]}
            values |= {"context": context} if context != (self.system.context or {"tables": []}) else {}
        if values:
            System.objects.filter(pk=self.system.pk).update(**values)

    def _record_applied(self, approved: str, job_result: Any, user: Any) -> None:
        applied = {"applied_at": self.now, "applied_by": user}
        shown = self._open_plans().filter(digest=approved or self.digest)
        if not shown.update(**applied):
            self.store_plan(job_result=job_result, user=user, **applied)

    def refusals(self, written: Written) -> list[Refusal]:
        """Return every object that was not accepted: by the reader, by the rules, by the database."""
        return [*self.decision.refused, *written.refused.values()]

    def counts(self, written: Written | None = None) -> dict[str, dict[str, int]]:
        """Return {kind: {action: number}} of what was written, or of what would be."""
        if written is None:
            return self.decision.draft.summary()
        found: dict[str, dict[str, int]] = {}
        done = {id(change) for change in written.done}
        for change in self.changes:
            if id(change) in done or not change.writes and change.action is not Action.ADOPT:
                actions = found.setdefault(change.kind.value, {})
                actions[change.action.value] = actions.get(change.action.value, 0) + 1
        return found


def _table(title: str, rows: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return a table for people as it is stored: in lists, because PostgreSQL keeps no order of keys."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return {"title": title, "columns": columns, "rows": [[row.get(name, "") for name in columns] for row in rows]}


def plan_scope(system: System, digest: str) -> frozenset[str]:
    """Return what the open plan with this digest is limited to; empty is everything."""
    plan = Plan.objects.filter(system=system, digest=digest, applied_at=None).order_by("-created").first()
    return frozenset(plan.content.get("only") or ()) if plan else frozenset()


def record_health(
    system: System,
    status: str,
    message: str,
    started: datetime,
    summary: dict[str, Any] | None = None,
) -> None:
    """Say on the System how its run ended: one UPDATE, no change log."""
    now = timezone.now()
    values: dict[str, Any] = {
        "last_run_at": now,
        "last_status": status,
        "last_message": message,
        "last_duration": now - started,
    }
    if summary is not None:
        values["last_summary"] = summary
    if status == RunStatus.OK:
        values["last_success_at"] = now
    System.objects.filter(pk=system.pk).update(**values)

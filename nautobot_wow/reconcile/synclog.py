"""What nautobot-ssot stores of a run, bounded: the diff that its page shows, and one log entry per changed object."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from nautobot_ssot.choices import SyncLogEntryActionChoices, SyncLogEntryStatusChoices
from nautobot_ssot.models import Sync, SyncLogEntry

from ..diffsync_models import KINDS
from .plan import Action, Change
from .run import Run
from .writer import Written

DIFF_ELEMENTS = 1000
BATCH = 1000

ACTIONS = {
    Action.CREATE: SyncLogEntryActionChoices.ACTION_CREATE,
    Action.DELETE: SyncLogEntryActionChoices.ACTION_DELETE,
}


def bounded_diff(run: Run) -> dict[str, Any]:
    """Return the first DIFF_ELEMENTS differences in the form of DiffSync's `Diff.dict()`."""
    found: dict[str, dict[str, Any]] = {}
    for change in [change for change in run.changes if change.writes][:DIFF_ELEMENTS]:
        sides: dict[str, dict[str, Any]] = {}
        if not change.goes:
            sides["+"] = change.new
        if not change.comes:
            sides["-"] = change.old
        found.setdefault(change.kind.value, {})[change.label] = sides
    return found


def entries(sync: Sync, run: Run, written: Written) -> None:
    """Insert one entry for every change that was tried, with what became of it."""
    rows = [_entry(sync, change, written) for change in run.changes if change.writes]
    SyncLogEntry.objects.bulk_create(rows, batch_size=BATCH)


def _entry(sync: Sync, change: Change, written: Written) -> SyncLogEntry:
    refusal = written.refused.get((change.kind, change.key))
    success, error = SyncLogEntryStatusChoices.STATUS_SUCCESS, SyncLogEntryStatusChoices.STATUS_ERROR
    is_there = not change.goes and not (change.comes and refusal)
    return SyncLogEntry(
        sync=sync,
        action=ACTIONS.get(change.action, SyncLogEntryActionChoices.ACTION_UPDATE),
        status=error if refusal else success,
        diff={"+": change.new} if change.comes else {"+": change.new, "-": change.old},
        synced_object_type=ContentType.objects.get_for_model(KINDS[change.kind].orm) if is_there else None,
        synced_object_id=change.object_id if is_there else None,
        object_repr=f"{change.kind.value} {change.label}",
        message=refusal.reason if refusal else change.note or change.action.value,
    )

"""Names of guests in a cluster: Nautobot cannot hold two equal ones for long, Proxmox VE can.

The one that has the name keeps it; of several that come, the lowest id gets it. The others get "(VMID)" appended, and
a conflict says so. A guest that is retired gives its name up in the same run.
"""

from __future__ import annotations

import uuid
from collections import defaultdict

from ..diffsync_models.view import View
from ..records import GuestRecord, Kind
from .disputes import ConflictKind, Dispute, Severity
from .plan import Action, Change


def name_guests(view: View, absences: list[Change]) -> list[Dispute]:
    """Decide the Nautobot name of every guest record that has a name."""
    yielding = {change.object_id for change in absences if change.action in (Action.RETIRE, Action.DELETE)}
    rivals: dict[str, list[GuestRecord]] = defaultdict(list)
    for record in view.records[Kind.GUEST].values():
        if isinstance(record, GuestRecord) and record.name:
            rivals[record.name].append(record)
    strangers = _held_by_strangers(view, yielding)
    disputes = []
    for name, records in sorted(rivals.items()):
        holder = None if name in strangers else _holder(view, name, records)
        for record in records:
            if record is holder:
                view.names[record.key] = name
            else:
                view.names[record.key] = f"{name} ({record.vmid})"
                disputes.append(_clash(view, record))
    return disputes


def _held_by_strangers(view: View, yielding: set[uuid.UUID]) -> set[str]:
    """Return the names that objects without a record hold."""
    recorded = {view.pk[Kind.GUEST, key] for key in view.records[Kind.GUEST]}
    return {
        row.values["name"] for pk, row in view.current[Kind.GUEST].items() if pk not in recorded and pk not in yielding
    }


def _holder(view: View, name: str, records: list[GuestRecord]) -> GuestRecord:
    current = view.current[Kind.GUEST]
    for record in records:
        row = current.get(view.pk[Kind.GUEST, record.key])
        if row is not None and row.values["name"] == name:
            return record
    return min(records, key=lambda record: (record.vmid, record.key))


def _clash(view: View, record: GuestRecord) -> Dispute:
    return Dispute(
        kind=ConflictKind.NAME_CLASH,
        severity=Severity.WARNING,
        subject=(Kind.GUEST, record.key),
        title=f"{record.name} is the name of more than one guest",
        message=f"{view.system.name}: {record.key} is called {record.name}, as another guest of its cluster is. "
        f"In Nautobot it is {record.name} ({record.vmid}). Rename one of the two.",
        scopes=record.scopes,
    )

"""Names that Nautobot cannot hold twice: guests in a cluster, nodes at a location, clusters at all.

The one that has the name keeps it, also where an operator gave it; of several that come, the lowest id gets it. The
others get "(VMID)" appended, and a conflict says so. A guest that is retired gives its name up in the same run.
"""

from __future__ import annotations

import uuid
from collections import defaultdict

from nautobot.core.utils.config import get_settings_or_config  # not in nautobot.apps as of 3.2
from nautobot.dcim.choices import DeviceUniquenessChoices

from ..choices import Mode
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
    held = _held(view, yielding)
    disputes = []
    for name, records in sorted(rivals.items()):
        holder = _among(view, records, held[name]) if name in held else _holder(view, name, records)
        for record in records:
            if record is holder:
                view.names[record.key] = name
            else:
                view.names[record.key] = f"{name} ({record.vmid})"
                disputes.append(_clash(view, record))
    return disputes


def name_hosts(view: View) -> list[Dispute]:
    """Decide the Nautobot names of clusters and nodes: where another has the name, the System's name is appended."""
    disputes = []
    for kind in (Kind.CLUSTER, Kind.DEVICE):
        for key, record in view.records[kind].items():
            name = getattr(record, "name", None)
            if not name:
                continue
            is_clear = not _has_namesake(view, kind, view.pk[kind, key], name)
            view.names[key] = name if is_clear else f"{name} ({view.system.name})"
            if not is_clear:
                disputes.append(_namesake(view, kind, key, name))
    return disputes


def _has_namesake(view: View, kind: Kind, pk: uuid.UUID, name: str) -> bool:
    """Tell whether another cluster, or another device at the same place, has the name."""
    rows = [row for row in view.current[kind].values() if row.pk != pk and row.values["name"] == name]
    if kind is Kind.CLUSTER or not rows:
        return bool(rows)
    mine = view.current[kind].get(pk)
    place = mine.natural[1] if mine else view.system.location_id
    everywhere = (
        get_settings_or_config("DEVICE_UNIQUENESS", fallback=DeviceUniquenessChoices.DEFAULT)
        == DeviceUniquenessChoices.NAME
    )
    return any(everywhere or row.natural[1] == place for row in rows)


def _namesake(view: View, kind: Kind, key: str, name: str) -> Dispute:
    return Dispute(
        kind=ConflictKind.NAME_CLASH,
        severity=Severity.WARNING,
        subject=(kind, key),
        title=f"{name} is the name of another {kind.value}, too",
        message=f"{view.system.name} calls a {kind.value} {name}, and Nautobot has another one of that name. Ours is "
        f"{view.names[key]}. If they are one, set the cluster of the System; else rename one of the two.",
        scopes=view.records[kind][key].scopes,
    )


def _held(view: View, yielding: set[uuid.UUID]) -> dict[str, uuid.UUID]:
    """Return the names that this run will not change, and the objects that have them."""
    changing = {view.pk[Kind.GUEST, key] for key in view.records[Kind.GUEST] if not _stays(view, key)}
    return {
        row.values["name"]: pk
        for pk, row in view.current[Kind.GUEST].items()
        if pk not in changing and pk not in yielding
    }


def _stays(view: View, key: str) -> bool:
    """Tell whether a guest keeps its name because the system does not say one, or an operator has said another."""
    if not getattr(view.records[Kind.GUEST][key], "name", None):
        return True
    claim = view.claims[Kind.GUEST].get(key)
    row = view.current[Kind.GUEST].get(view.pk[Kind.GUEST, key])
    if claim is None or row is None or view.system.mode != Mode.KEEP:
        return False
    return bool(row.values["name"] != claim.values.get("name"))


def _among(view: View, records: list[GuestRecord], pk: uuid.UUID) -> GuestRecord | None:
    return next((record for record in records if view.pk[Kind.GUEST, record.key] == pk), None)


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

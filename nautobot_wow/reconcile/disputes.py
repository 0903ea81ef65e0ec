"""What a run found to be in conflict, before it becomes rows: same dispute, same key, so it stays one row."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType

from ..choices import ConflictKind, ConflictState, Severity
from ..diffsync_models import KINDS
from ..diffsync_models.view import View
from ..models import Conflict, System
from ..records import Kind

__all__ = ("ConflictKind", "Dispute", "Severity", "store")


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """One disagreement: about which object, who says what. `detail` tells disputes of one object apart."""

    kind: str
    severity: str
    subject: tuple[Kind, str]
    title: str
    message: str
    evidence: tuple[tuple[str, str], ...] = field(default=())
    detail: str = ""
    scopes: tuple[str, ...] = ()

    def identity(self, system: System) -> str:
        """Return what makes two findings the same conflict."""
        parts = (str(system.pk), self.kind, self.subject[0].value, self.subject[1], self.detail)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def store(disputes: Iterable[Dispute], view: View, now: datetime) -> dict[str, int]:
    """Open what is new, leave what is still there, resolve what is gone. Return {"opened": n, "resolved": n}.

    An open conflict is not touched while it lasts and reads the same: its last sighting is the System's last good run.
    """
    found = {dispute.identity(view.system): dispute for dispute in disputes}
    known = {row.key: row for row in Conflict.objects.filter(system=view.system).exclude(state=ConflictState.RESOLVED)}
    opened = _open(found, known, view, now)
    over = [row.pk for key, row in known.items() if key not in found and _judged(row, view)]
    if over:
        Conflict.objects.filter(pk__in=over).update(state=ConflictState.RESOLVED, resolved_at=now, last_seen=now)
    return {"opened": opened, "resolved": len(over)}


def add(disputes: Iterable[Dispute], view: View, now: datetime) -> int:
    """Open what is new and resolve nothing: for what only looked for disputes of one sort. Return how many are new."""
    found = {dispute.identity(view.system): dispute for dispute in disputes}
    if not found:
        return 0
    rows = Conflict.objects.filter(key__in=found).exclude(state=ConflictState.RESOLVED)
    return _open(found, {row.key: row for row in rows}, view, now)


def _open(found: dict[str, Dispute], known: dict[str, Conflict], view: View, now: datetime) -> int:
    new = [_row(key, dispute, view, now) for key, dispute in found.items() if key not in known]
    reopened = _reopen(new, now)
    Conflict.objects.bulk_create([row for row in new if row.key not in reopened])
    _reword([(known[key], _row(key, dispute, view, now)) for key, dispute in found.items() if key in known])
    return len(new)


def _reword(pairs: list[tuple[Conflict, Conflict]]) -> None:
    """Let conflicts that last say what they say now."""
    changed = [(row, now) for row, now in pairs if (row.title, row.message) != (now.title, now.message)]
    for row, now in changed:
        row.title, row.message, row.evidence, row.last_seen = now.title, now.message, now.evidence, now.last_seen
    Conflict.objects.bulk_update([row for row, _ in changed], ["title", "message", "evidence", "last_seen"])


def _reopen(rows: list[Conflict], now: datetime) -> set[str]:
    """Open conflicts again that were resolved before; return their keys."""
    again = (
        set(Conflict.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True)) if rows else set()
    )
    if again:
        Conflict.objects.filter(key__in=again).update(state=ConflictState.OPEN, resolved_at=None, last_seen=now)
        news = {row.key: row for row in rows}
        _reword([(row, news[row.key]) for row in Conflict.objects.filter(key__in=again)])
    return again


def _judged(row: Conflict, view: View) -> bool:
    """Tell whether this run could have found the conflict again: it read all that the conflict was found in."""
    if view.releasing:
        return True
    return view.snapshot.covers(row.scopes) if row.scopes else not view.only


def _row(key: str, dispute: Dispute, view: View, now: datetime) -> Conflict:
    kind, subject = dispute.subject
    evidence: list[dict[str, Any]] = [
        {"source": source, "says": says, "at": now.isoformat()} for source, says in dispute.evidence
    ]
    object_id: uuid.UUID | None = view.pk.get((kind, subject))
    return Conflict(
        key=key,
        kind=dispute.kind,
        severity=dispute.severity,
        title=dispute.title[:255],
        message=dispute.message,
        system=view.system,
        object_type=ContentType.objects.get_for_model(KINDS[kind].orm) if object_id else None,
        object_id=object_id,
        evidence=evidence,
        scopes=list(dispute.scopes),
        first_seen=now,
        last_seen=now,
    )

"""How rows of the ledger change, whoever found them: a fixed number of statements, and none where nothing changed.

the row was            and is found         and is not found, by who could have found it
not there              opened
open                   refreshed            resolved
acknowledged           refreshed; opened    resolved
                       again when its
                       sides say something
                       else
resolved               opened again
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..choices import ConflictState
from ..models import Conflict

BATCH = 500
SAID = (
    "title",
    "severity",
    "message",
    "cure",
    "action",
    "host",
    "involved",
    "object_type_id",
    "object_id",
    "prefix_id",
    "location_id",
)
"""What is compared beside the evidence, whose times do not count."""

REFRESHED = (
    *(name.removesuffix("_id") if name != "object_id" else name for name in SAID),
    "evidence",
    "digest",
    "scopes",
    "last_seen",
    "state",
    "acknowledged_by",
    "acknowledged_at",
    "acknowledged_until",
    "reason",
    "resolved_at",
    "times_opened",
    "history",
)


@dataclass
class Changes:
    """What became of the rows: those that are new or open again, those that say something else, those that are over."""

    opened: list[Conflict] = field(default_factory=list)
    reopened: list[Conflict] = field(default_factory=list)
    refreshed: list[Conflict] = field(default_factory=list)
    resolved: list[Conflict] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many of each."""
        return {name: len(rows) for name, rows in vars(self).items()}


def enter(
    found: Mapping[str, Conflict],
    known: Iterable[Conflict],
    over: Iterable[Conflict],
    now: datetime,
    why: Mapping[str, str] | None = None,
) -> Changes:
    """Bring rows up to date. `found` are unsaved rows by key, `known` those of them that are not resolved.

    `over` are rows that were not found any more by somebody who would have found them, or for another reason (`why`).
    """
    changes = Changes()
    before = {row.key: row for row in known}
    unknown = {key: row for key, row in found.items() if key not in before}
    for row in Conflict.objects.filter(key__in=unknown) if unknown else ():
        if row.state == ConflictState.RESOLVED:
            _open_again(row, now, "It is there again")
            changes.reopened.append(row)
        before[row.key] = row
    again = {id(row) for row in changes.reopened}
    for key, row in found.items():
        row.digest = digest_of(row.evidence)
        if key not in before:
            row.remember("opened", now)
            changes.opened.append(row)
        else:
            _refresh(before[key], row, now, changes, again)
    for row in over:
        _resolve(row, now, (why or {}).get(row.key, "It is not found any more"))
        changes.resolved.append(row)
    _write(changes)
    return changes


def expire(now: datetime) -> list[Conflict]:
    """Open again what was acknowledged until a time that has passed; return it."""
    rows = list(Conflict.objects.filter(state=ConflictState.ACKNOWLEDGED, acknowledged_until__lte=now))
    for row in rows:
        _open_again(row, now, "The acknowledgement ran out")
    Conflict.objects.bulk_update(rows, REFRESHED, batch_size=BATCH)
    return rows


def digest_of(evidence: list[dict[str, Any]]) -> str:
    """Return a digest of who says what; since when they say so is no part of it."""
    said = sorted([str(side.get("source", "")), str(side.get("says", ""))] for side in evidence)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _refresh(row: Conflict, now_row: Conflict, now: datetime, changes: Changes, again: set[int]) -> None:
    moved = row.digest != now_row.digest
    if not moved and all(getattr(row, name) == getattr(now_row, name) for name in SAID):
        return
    if moved and row.digest and row.state == ConflictState.ACKNOWLEDGED:
        _open_again(row, now, "The sides say something else than when it was acknowledged")
        changes.reopened.append(row)
        again.add(id(row))
    for name in (*SAID, "evidence", "digest", "scopes"):
        setattr(row, name, getattr(now_row, name))
    row.last_seen = now
    if id(row) not in again:
        changes.refreshed.append(row)


def _open_again(row: Conflict, now: datetime, why: str) -> None:
    row.state = ConflictState.OPEN
    row.resolved_at = row.acknowledged_at = row.acknowledged_until = row.acknowledged_by = None
    row.reason = ""
    row.times_opened += 1
    row.last_seen = now
    row.remember("opened again", now, why=why)


def _resolve(row: Conflict, now: datetime, why: str) -> None:
    row.state = ConflictState.RESOLVED
    row.resolved_at = row.last_seen = now
    row.acknowledged_at = row.acknowledged_until = row.acknowledged_by = None
    row.reason = ""
    row.remember("resolved", now, why=why)


def _write(changes: Changes) -> None:
    Conflict.objects.bulk_create(changes.opened, batch_size=BATCH)
    changed = [*changes.reopened, *changes.refreshed, *changes.resolved]
    if changed:
        Conflict.objects.bulk_update(changed, REFRESHED, batch_size=BATCH)

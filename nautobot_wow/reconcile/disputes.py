"""What a run found to be in conflict, before it becomes rows: same dispute, same key, so it stays one row."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from nautobot.ipam.models import IPAddress

from ..choices import ConflictKind, ConflictState, Severity
from ..conflicts import book
from ..conflicts.book import Changes
from ..diffsync_models import KINDS
from ..diffsync_models.view import View
from ..models import Conflict, System
from ..records import Kind

__all__ = ("ConflictKind", "Dispute", "Severity", "store")


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """One disagreement: about which object, who says what. `detail` tells disputes of one object apart.

    What is about no record may be about an address, which may be in Nautobot or not (`host`).
    """

    kind: str
    severity: str
    subject: tuple[Kind, str] | None = None
    title: str
    message: str
    evidence: tuple[tuple[str, str], ...] = field(default=())
    detail: str = ""
    scopes: tuple[str, ...] = ()
    cure: str = ""
    host: str = ""

    def identity(self, system: System) -> str:
        """Return what makes two findings the same conflict."""
        about = (self.subject[0].value, self.subject[1]) if self.subject else ("", self.host)
        parts = (str(system.pk), self.kind, *about, self.detail)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def found_by_reader(view: View) -> list[Dispute]:
    """Return what the reader of the system itself found, as disputes of the run."""
    return [
        Dispute(
            kind=finding.kind.value,
            severity=finding.severity.value,
            subject=finding.subject,
            host=finding.host,
            title=finding.title,
            message=finding.message,
            cure=finding.cure,
            evidence=finding.evidence,
            detail=finding.detail,
            scopes=finding.scopes,
        )
        for finding in view.snapshot.findings
    ]


def store(disputes: Iterable[Dispute], view: View, now: datetime) -> Changes:
    """Open what is new, leave what is still there, resolve what is gone. Return what became of them.

    An open conflict is not touched while it lasts and reads the same: its last sighting is the System's last good run.
    """
    found = _rows(disputes, view, now)
    known = list(Conflict.objects.filter(system=view.system).exclude(state=ConflictState.RESOLVED))
    over = [row for row in known if row.key not in found and _judged(row, view)]
    return book.enter(found, known, over, now)


def add(disputes: Iterable[Dispute], view: View, now: datetime) -> Changes:
    """Open what is new and resolve nothing: for what only looked for disputes of one sort."""
    return book.enter(_rows(disputes, view, now), (), (), now)


def _rows(disputes: Iterable[Dispute], view: View, now: datetime) -> dict[str, Conflict]:
    found = {dispute.identity(view.system): dispute for dispute in disputes}
    addresses = _addresses(found.values(), view)
    return {key: _row(key, dispute, view, addresses, now) for key, dispute in found.items()}


def _addresses(disputes: Iterable[Dispute], view: View) -> dict[str, uuid.UUID]:
    """Return the addresses of Nautobot that disputes are about without a record of this run."""
    hosts = {dispute.host for dispute in disputes if dispute.host and dispute.subject is None}
    if not hosts:
        return {}
    rows = IPAddress.objects.filter(parent__namespace=view.system.namespace_id, host__in=hosts).order_by()
    return dict(rows.values_list("host", "pk"))


def _judged(row: Conflict, view: View) -> bool:
    """Tell whether this run could have found the conflict again: it read all that the conflict was found in."""
    if view.releasing:
        return True
    return view.snapshot.covers(row.scopes) if row.scopes else not view.only


def _row(key: str, dispute: Dispute, view: View, addresses: dict[str, uuid.UUID], now: datetime) -> Conflict:
    kind, object_id = Kind.ADDRESS, addresses.get(dispute.host)
    if dispute.subject is not None:
        kind, object_id = dispute.subject[0], view.pk.get(dispute.subject)
    evidence: list[dict[str, Any]] = [
        {"source": source, "says": says, "at": now.isoformat()} for source, says in dispute.evidence
    ]
    return Conflict(
        key=key,
        kind=dispute.kind,
        severity=dispute.severity,
        title=dispute.title[:255],
        message=dispute.message,
        cure=dispute.cure,
        system=view.system,
        object_type=ContentType.objects.get_for_model(KINDS[kind].orm) if object_id else None,
        object_id=object_id,
        host=dispute.host,
        involved=[str(object_id)] if object_id else [],
        location_id=view.system.location_id,
        evidence=evidence,
        scopes=list(dispute.scopes),
        first_seen=now,
        last_seen=now,
    )

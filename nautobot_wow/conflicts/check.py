"""All rules, now: open what they find, refresh what lasts, resolve what is over. One transaction, one at a time.

A rule that fails leaves its conflicts as they are and is reported by name; the others go on.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connection, transaction
from nautobot.ipam.models import IPAddress

from ..app_settings import rule_choices
from ..choices import ConflictState
from ..errors import Busy
from ..models import Conflict
from . import book
from .estate import Estate
from .registry import RULES
from .rule import Fault, Ref, Rule, Side
from .surroundings import Surroundings

log = structlog.get_logger(__name__)

LIMIT = 200
"""How many conflicts of one rule are kept at a time; more are counted in one that says so."""

OFF = "off"
LOCK = (0x776F77, 0x72756C65)
"""The two numbers of the advisory lock; runs of Systems use others (reconcile.lock)."""

WAIT_MS = 60_000


@dataclass
class Report:
    """What a check found. `standing` counts what each rule finds, `failed` says which could not be asked and why."""

    changes: book.Changes = field(default_factory=book.Changes)
    standing: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Found:
    """What one rule found, by key; `more` is how many did not find room."""

    rule: Rule
    severity: str
    faults: dict[str, Fault]
    more: int = 0


def check(now: datetime) -> Report:
    """Ask every rule. Raises Busy where another check does not end."""
    report = Report()
    choices, report.notes = rule_choices()
    with transaction.atomic():
        _hold()
        known = list(Conflict.objects.filter(system=None, kind__in=RULES).exclude(state=ConflictState.RESOLVED))
        by_kind: dict[str, set[str]] = {}
        for row in known:
            by_kind.setdefault(row.kind, set()).add(row.key)
        estate, asked = Estate(now), []
        for rule in RULES.values():
            severity = choices.get(rule.slug, rule.severity)
            found = _Found(rule, severity, {}) if severity == OFF else _ask(rule, severity, estate, report)
            if found is not None:
                _bound(found, by_kind.get(rule.slug, set()))
                asked.append(found)
        _enter(asked, known, choices, report, now)
    return report


def _hold() -> None:
    """Wait for the lock, for a while; it ends with the transaction, also with that of a killed process."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MS}")
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
            cursor.execute("SET LOCAL lock_timeout = 0")
    except OperationalError as error:
        raise Busy("Conflicts: another check has been working for a minute; wait for it to end") from error


def _ask(rule: Rule, severity: str, estate: Estate, report: Report) -> _Found | None:
    """Return what the rule finds by key, or None where it failed."""
    try:
        with transaction.atomic():
            faults = {key_of(rule, fault): fault for fault in rule.find(estate)}
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one rule must not keep the others from working
        # Not log.exception: what shows local variables asks the database again for a query that failed.
        log.error("rule failed", rule=rule.slug, traceback=traceback.format_exc())  # noqa: TRY400
        report.failed[rule.slug] = f"{type(error).__name__}: {error}"[:500]
        return None
    report.standing[rule.slug] = len(faults)
    return _Found(rule, severity, faults)


def key_of(rule: Rule, fault: Fault) -> str:
    """Return what makes two findings the same conflict."""
    parts = ("rule", rule.slug, str(fault.about.pk), fault.detail)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _bound(found: _Found, known: set[str]) -> None:
    """Keep as many as there is room for: first those that are conflicts already."""
    if len(found.faults) <= LIMIT:
        return
    kept = sorted(found.faults, key=lambda key: (key not in known, key))[:LIMIT]
    found.more = len(found.faults) - LIMIT
    found.faults = {key: found.faults[key] for key in kept}


def _enter(asked: list[_Found], known: list[Conflict], choices: dict[str, str], report: Report, now: datetime) -> None:
    around = Surroundings.of(fault for found in asked for fault in found.faults.values())
    rows: dict[str, Conflict] = {}
    for found in asked:
        rows |= {key: _row(key, found, fault, around, now) for key, fault in found.faults.items()}
        if found.more:
            row = _more(found, now)
            rows[row.key] = row
    judged = {found.rule.slug for found in asked}
    over = [row for row in known if row.key not in rows and row.kind in judged]
    why = {row.key: "The rule was switched off" for row in over if choices.get(row.kind) == OFF}
    report.changes = book.enter(rows, known, over, now, why)
    report.changes.reopened += book.expire(now)


def _row(key: str, found: _Found, fault: Fault, around: Surroundings, now: datetime) -> Conflict:
    rule, about = found.rule, fault.about
    sides = [*fault.sides, *around.claims_of((about, *fault.involved))]
    severity = found.severity if found.severity != rule.severity else fault.severity or rule.severity
    return Conflict(
        key=key,
        kind=rule.slug,
        severity=severity,
        title=fault.title[:255],
        message=fault.message,
        cure=fault.cure or rule.cure,
        action=rule.action if fault.action is None else fault.action,
        object_type=ContentType.objects.get_for_model(about.model),
        object_id=about.pk,
        host=fault.host or (about.name if about.model is IPAddress else ""),
        involved=_keys((about, *fault.involved)),
        prefix_id=fault.prefix,
        location_id=around.location_of(fault),
        evidence=[_evidence(side, now) for side in dict.fromkeys(sides)],
        first_seen=now,
        last_seen=now,
    )


def _more(found: _Found, now: datetime) -> Conflict:
    """Return the conflict that stands for those without room."""
    rule = found.rule
    return Conflict(
        key=hashlib.sha256(f"rule\n{rule.slug}\nmore".encode()).hexdigest(),
        kind=rule.slug,
        severity=found.severity,
        title=f"{rule.name}: and {found.more} more",
        message=f"{LIMIT} are listed; {found.more} more were found. They are listed as the others are settled.",
        cure=rule.cure,
        first_seen=now,
        last_seen=now,
    )


def _keys(refs: Iterable[Ref]) -> list[str]:
    return list(dict.fromkeys(str(ref.pk) for ref in refs))


def _evidence(side: Side, now: datetime) -> dict[str, Any]:
    return {"source": side.source, "says": side.says, "at": (side.at or now).isoformat()}

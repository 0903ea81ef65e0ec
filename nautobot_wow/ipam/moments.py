"""What stood at a moment: of each observer and subject the rows of its last look before then.

A row says that something was the same from `first_seen` to `last_seen`, so one that holds at the moment counts as seen
just then; of those that had ended before it, the last one says what was known.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from ..app_settings import sightings_count_for
from ..models import Sighting
from .sightings import SEEN_EVERY

CURRENT = 2 * SEEN_EVERY
"""Who looks often writes an unchanged row once in `SEEN_EVERY`, so one that is this far behind was not seen again."""

Observer = tuple[Any, str, str]
"""A namespace, who looks there, and how."""


def as_of(rows: Iterable[Sighting], at: datetime) -> list[Sighting]:
    """Return what each observer knew of each address (of each card, where there is no address), the newest first."""
    latest: dict[tuple[Any, ...], list[Sighting]] = {}
    for row in rows:
        if row.first_seen > at:
            continue
        together = latest.setdefault((*observer(row), row.host or row.mac), [])
        if together and until(together[0], at) < until(row, at):
            together.clear()
        if not together or until(together[0], at) == until(row, at):
            together.append(row)
    found = [row for together in latest.values() for row in together]
    return sorted(found, key=lambda row: (until(row, at), row.first_seen, row.mac, row.where), reverse=True)


def until(row: Sighting, at: datetime) -> datetime:
    """Return when a row was last known to hold, as one could know at a moment."""
    moment: datetime = min(row.last_seen, at)
    return moment


def observer(row: Sighting) -> Observer:
    """Return who saw it, and how."""
    return row.namespace_id, row.seen_by, row.source


def last_looks(rows: QuerySet[Sighting], at: datetime) -> dict[Observer, datetime]:
    """Return when each observer among the rows last saw anything before a moment, as far as it counts: one query."""
    since = at - sightings_count_for()
    looks = (
        rows.filter(first_seen__lte=at, last_seen__gte=since)
        .order_by()
        .values_list("namespace_id", "seen_by", "source")
    )
    return {(namespace, who, how): min(last, at) for namespace, who, how, last in looks.annotate(Max("last_seen"))}


def is_current(row: Sighting, looks: dict[Observer, datetime], at: datetime) -> bool:
    """Tell whether the observer saw it when it last looked; not where that is longer ago than a sighting counts."""
    look = looks.get(observer(row))
    return look is not None and bool(until(row, at) >= look - CURRENT)

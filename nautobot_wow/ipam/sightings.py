"""Keep what was seen on the wire: the same again moves the end of one row, a new MAC or place is a new row.

Rows of one address and one way of seeing belong together, and where only a card was seen, rows of that card. Of their
history only the last look is read, so that years of it cost nothing.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ..models import Sighting
from ..snapshot import Seen

BATCH = 1000
SEEN_EVERY = timedelta(hours=1)
"""How exactly it is known when an address was last seen: a run that finds nothing new writes no more often."""
NO_TIME = timedelta(0)
NO_PORTS: Mapping[str, uuid.UUID] = {}


@dataclass(frozen=True)
class Key:
    """What makes two sightings the same: everything but the time."""

    host: str
    mac: str
    source: str
    where: str
    vid: int | None
    name: str
    far_port: str

    @classmethod
    def of(cls, one: Seen) -> Key:
        """Return the key of what was seen, as a row would have it."""
        host = str(ipaddress.ip_address(one.host)) if one.host else ""
        name, far_port = one.name[:255], one.far_port[:255]
        return cls(host, one.mac.upper(), one.source, one.where[:255], one.vid, name, far_port)

    @classmethod
    def of_row(cls, row: Sighting) -> Key:
        """Return the key of a row."""
        return cls(row.host or "", row.mac, row.source, row.where, row.vid, row.name, row.far_port)

    @property
    def subject(self) -> tuple[str, str, str]:
        """What it is about, and how that was seen: the address, or the card where there is no address."""
        return self.host, "" if self.host else self.mac, self.source


def record(
    seen: Iterable[Seen],
    *,
    namespace: Any,
    seen_by: str,
    now: datetime,
    system: Any = None,
    at_most_every: timedelta = NO_TIME,
    ports: Mapping[str, uuid.UUID] = NO_PORTS,
) -> int:
    """Store what was seen in a few queries; return how many rows are new.

    The same again is only written if the row says less than `at_most_every` ago: who looks all the time writes rarely.
    `ports` are the Interfaces by the key under which their System reports them.
    """
    wanted = {Key.of(one): one for one in seen if one.is_evidence}
    latest = _latest(wanted, namespace, seen_by)
    again = _to_move(wanted, latest, now - at_most_every)
    for start in range(0, len(again), BATCH):
        Sighting.objects.filter(pk__in=again[start : start + BATCH]).update(last_seen=now)
    _connect(wanted, latest, ports)
    new = [
        Sighting(
            namespace=namespace,
            host=key.host or None,
            ip_version=ipaddress.ip_address(key.host).version if key.host else None,
            mac=key.mac,
            source=key.source,
            where=key.where,
            vid=key.vid,
            name=key.name,
            far_port=key.far_port,
            interface_id=ports.get(one.port),
            system=system,
            seen_by=seen_by,
            first_seen=now,
            last_seen=now,
        )
        for key, one in wanted.items()
        if key not in latest
    ]
    Sighting.objects.bulk_create(new, batch_size=BATCH)
    return len(new)


def _connect(wanted: dict[Key, Seen], latest: dict[Key, Sighting], ports: Mapping[str, uuid.UUID]) -> None:
    """Say of rows on which Interface they were seen, where that is known only now."""
    late: list[Sighting] = []
    for key, row in latest.items():
        port = ports.get(wanted[key].port)
        if port is not None and row.interface_id != port:
            row.interface_id = port
            late.append(row)
    Sighting.objects.bulk_update(late, ["interface"], batch_size=BATCH)


def _to_move(wanted: dict[Key, Seen], latest: dict[Key, Sighting], due: datetime) -> list[uuid.UUID]:
    """Return the rows that shall end now: of an address of which anything is new or due, all that was seen again.

    Rows of one address end together, or the next look would take one of two machines for gone.
    """
    moving = {key.subject for key in wanted if key not in latest or latest[key].last_seen <= due}
    return [latest[key].pk for key in wanted if key in latest and key.subject in moving]


def _latest(wanted: dict[Key, Seen], namespace: Any, seen_by: str) -> dict[Key, Sighting]:
    """Return the rows of the last time that an address was seen this way, where they say the same as now.

    There are several where two machines have one address: both go on, and neither begins anew each time.
    """
    hosts = sorted({(key.host, key.source) for key in wanted if key.host})
    cards = sorted({(key.mac, key.source) for key in wanted if not key.host})
    rows = [*_last_looks(HOSTS, hosts, namespace, seen_by), *_last_looks(CARDS, cards, namespace, seen_by)]
    same = {Key.of_row(row): row for row in rows}
    return {key: same[key] for key in wanted if key in same}


@dataclass(frozen=True)
class _Subject:
    """What rows are found by: the column, its type in the database, and what else they have to be."""

    column: str
    type: str
    more: str = ""


HOSTS = _Subject("host", "bytea")
CARDS = _Subject("mac", "text", "AND host IS NULL")

LAST_LOOKS = """
    SELECT latest.* FROM unnest(%s::{type}[], %s::text[]) AS asked (subject, source)
    CROSS JOIN LATERAL (
        SELECT * FROM {table}
        WHERE namespace_id = %s AND {column} = asked.subject {more} AND source = asked.source AND seen_by = %s
        ORDER BY last_seen DESC FETCH FIRST 1 ROW WITH TIES
    ) AS latest
"""
"""Reads each history from its end, along the index of its subject, and stops behind the last look."""


def _last_looks(subject: _Subject, asked: list[tuple[str, str]], namespace: Any, seen_by: str) -> Iterable[Sighting]:
    """Yield the rows of the last look at each address or card, one query for a thousand of them."""
    query = LAST_LOOKS.format(table=Sighting._meta.db_table, **vars(subject))
    column = Sighting._meta.get_field(subject.column)
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        values = [column.get_db_prep_value(value, connection) for value, _ in batch]
        yield from Sighting.objects.raw(query, [values, [source for _, source in batch], namespace.pk, seen_by])

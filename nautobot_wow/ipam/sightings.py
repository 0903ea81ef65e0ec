"""Keep what was seen on the wire: the same again moves the end of one row, a new MAC or place is a new row."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ..models import Sighting
from ..snapshot import Seen

BATCH = 1000
NO_TIME = timedelta(0)
Key = tuple[str, str, str, str]
"""Host, MAC address, source and place."""


def record(
    seen: Iterable[Seen],
    *,
    namespace: Any,
    seen_by: str,
    now: datetime,
    system: Any = None,
    at_most_every: timedelta = NO_TIME,
) -> int:
    """Store what was seen in a few queries; return how many rows are new.

    The same again is only written if the row says less than `at_most_every` ago: who looks all the time writes rarely.
    """
    wanted = {_key(one): one for one in seen if one.is_evidence}
    latest = _latest(wanted, namespace, seen_by)
    again = _to_move(wanted, latest, now - at_most_every)
    for start in range(0, len(again), BATCH):
        Sighting.objects.filter(pk__in=again[start : start + BATCH]).update(last_seen=now)
    new = [
        Sighting(
            namespace=namespace,
            host=key[0],
            ip_version=ipaddress.ip_address(key[0]).version,
            mac=key[1],
            source=one.source,
            where=one.where[:255],
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


def _to_move(wanted: dict[Key, Seen], latest: dict[Key, Sighting], due: datetime) -> list[uuid.UUID]:
    """Return the rows that shall end now: of an address of which anything is new or due, all that was seen again.

    Rows of one address end together, or the next look would take one of two machines for gone.
    """
    moving = {(key[0], key[2]) for key in wanted if key not in latest or latest[key].last_seen <= due}
    return [latest[key].pk for key in wanted if key in latest and (key[0], key[2]) in moving]


def _key(one: Seen) -> Key:
    return str(ipaddress.ip_address(one.host)), one.mac.upper(), one.source, one.where[:255]


def _latest(wanted: dict[Key, Seen], namespace: Any, seen_by: str) -> dict[Key, Sighting]:
    """Return the rows of the last time that an address was seen this way, where they say the same as now.

    There are several where two machines have one address: both go on, and neither begins anew each time.
    """
    hosts = sorted({key[0] for key in wanted})
    newest: dict[tuple[str, str], list[Sighting]] = {}
    for start in range(0, len(hosts), BATCH):
        rows = Sighting.objects.filter(namespace=namespace, seen_by=seen_by, host__in=hosts[start : start + BATCH])
        for row in rows.order_by("last_seen"):
            together = newest.setdefault((row.host, row.source), [])
            if together and together[0].last_seen < row.last_seen:
                together.clear()
            together.append(row)
    same = {(row.host, row.mac, row.source, row.where): row for rows in newest.values() for row in rows}
    return {key: same[key] for key in wanted if key in same}
